"""A form: Enter goes on, errors stand beside their field, what was typed comes back."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.app import ComposeResult

from hms.kernel.errors import HmsError, InvalidInput
from hms.kit.base import HmsScreen
from hms.kit.drafts import DraftStore
from hms.kit.forms import Choice, Field, Form, TextLine
from tests.kit.screens import OneScreen, shown

SEXES = (("unknown", "unknown"), ("female", "female"), ("male", "male"), ("other", "other"))


class Registration(HmsScreen[None]):
    submitted = 0

    def compose_body(self) -> ComposeResult:
        fields = [
            Field("name", "Name", "family name first"),
            Field("sex", "Sex", options=SEXES),
            Field("pin", "PIN", secret=True),
            Field("phone", "Phone"),
        ]
        yield Form(fields, draft="registration")

    @property
    def form(self) -> Form:
        return self.query_one(Form)

    def on_form_submitted(self) -> None:
        self.submitted += 1


def app_in(folder: Path, owner: str = "rosa") -> OneScreen:
    app = OneScreen(Registration(), drafts=DraftStore(folder / "drafts"))
    app.owner = owner
    return app


def form_of(app: OneScreen) -> Form:
    return app.screen.query_one(Form)


async def typed(pilot: object, text: str) -> None:
    await pilot.press(*text)  # type: ignore[attr-defined]


@pytest.mark.asyncio
async def test_enter_goes_from_field_to_field_and_submits_on_the_last(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await typed(pilot, "Rao")
        await pilot.press("enter", "f", "enter", "1", "enter", "9", "8", "enter")
        await pilot.pause()
        expected = {"name": "Rao", "sex": "female", "pin": "1", "phone": "98"}
        assert form_of(app).values == expected
        assert isinstance(app.first, Registration)
        assert app.first.submitted == 1


@pytest.mark.asyncio
async def test_what_is_wrong_stands_beside_the_field_and_goes_when_it_is_changed(
    tmp_path: Path,
) -> None:
    app = app_in(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        assert "family name first" in shown(app)
        form = form_of(app)
        assert form.show_error(InvalidInput("name is empty", field="name"))
        await pilot.pause()
        assert "name is empty" in shown(app)
        assert "family name first" not in shown(app)
        await typed(pilot, "R")
        assert "name is empty" not in shown(app)
        assert "family name first" in shown(app)
        assert not form.show_error(HmsError("elsewhere", field="room"))


@pytest.mark.asyncio
async def test_a_half_typed_form_comes_back_to_its_owner_without_the_secret(
    tmp_path: Path,
) -> None:
    app = app_in(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await typed(pilot, "Rao")
        await pilot.press("enter", "f", "enter", "1", "2", "3")
    again = app_in(tmp_path)
    async with again.run_test(size=(80, 24)):
        expected = {"name": "Rao", "sex": "female", "pin": "", "phone": ""}
        assert form_of(again).values == expected
    other = app_in(tmp_path, owner="nils")
    async with other.run_test(size=(80, 24)):
        assert form_of(other).values["name"] == ""
    assert set(DraftStore(tmp_path / "drafts").find("rosa", "registration")) == {"name", "sex"}


@pytest.mark.asyncio
async def test_a_draft_that_cannot_be_opened_is_one_sentence_on_an_empty_form(
    tmp_path: Path,
) -> None:
    app = app_in(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await typed(pilot, "Rao")
    for file in (tmp_path / "drafts").iterdir():
        file.write_bytes(b"not what was written")
    again = app_in(tmp_path)
    async with again.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert form_of(again).values["name"] == ""
        assert "cannot be opened: it was set aside" in shown(again)


@pytest.mark.asyncio
async def test_a_secret_is_never_copied_and_nothing_leaves_for_the_terminals_clipboard(
    tmp_path: Path,
) -> None:
    app = app_in(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await typed(pilot, "Rao")
        await pilot.press("home", "shift+end", "ctrl+c")
        assert app.clipboard == "Rao"
        await pilot.press("enter", "f", "enter", "1", "2", "3", "home", "shift+end", "ctrl+c")
        assert app.clipboard == "Rao"
        await pilot.press("ctrl+x")
        assert app.clipboard == "Rao"
        assert form_of(app).values["pin"] == "123"


@pytest.mark.asyncio
async def test_a_saved_form_leaves_no_draft(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await typed(pilot, "Rao")
        form_of(app).saved()
    again = app_in(tmp_path)
    async with again.run_test(size=(80, 24)):
        assert form_of(again).values["name"] == ""


@pytest.mark.asyncio
async def test_a_hidden_field_is_passed_by(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        form_of(app).offer("sex", False)
        await pilot.press("enter", "7", "enter")
        assert form_of(app).values["pin"] == "7"


@pytest.mark.asyncio
async def test_a_choice_turns_with_the_arrows_and_jumps_by_letter(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        choice = app.screen.query_one(Choice)
        for key, value in (("m", "male"), ("right", "other"), ("right", "unknown")):
            await pilot.press(key)
            assert choice.value == value
        await pilot.press("left", "x")
        assert choice.value == "other"


@pytest.mark.asyncio
async def test_the_cursor_does_not_blink(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    async with app.run_test(size=(80, 24)):
        assert all(not line.cursor_blink for line in app.screen.query(TextLine))
