"""Dialogs: answered by other keys than the one that asked, left without effect by Esc."""

from __future__ import annotations

from typing import Any

import pytest

from hms.kit.base import HmsModal, HmsScreen
from hms.kit.modals import Answer, Ask, Item, Pick, Reason
from hms.kit.tui_actions import Action
from tests.kit.screens import OneScreen, shown

QUEUES = [Item("GM", "GM  General medicine", "8 waiting"), Item("ENT", "ENT  Ear", "1 waiting")]


class Desk(HmsScreen[None]):
    TITLE_TEXT = "A desk"
    HELP_TEXT = "Here tokens are called."
    ACTIONS = (
        Action("f4", "Next", "Call the next patient", "next", "The wall sounds."),
        Action("", "", "Something rare", "rare"),
    )
    done: list[str]

    def __init__(self) -> None:
        super().__init__()
        self.done = []

    def action_next(self) -> None:
        self.done.append("next")

    def action_rare(self) -> None:
        self.done.append("rare")


class Result:
    value: Any = "nothing yet"

    def __call__(self, value: Any) -> None:
        self.value = value


async def answer(modal: HmsModal[Any], *keys: str) -> tuple[Any, str]:
    """Return what the dialog came to after ``keys``, and what it showed before."""
    app = OneScreen(Desk())
    result = Result()
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(modal, result)
        await pilot.pause()
        before = shown(app)
        await pilot.press(*keys)
        await pilot.pause()
    return result.value, before


@pytest.mark.asyncio
async def test_a_question_shows_its_keys_and_takes_the_answer() -> None:
    ask = Ask(
        "[/bold] is in the room.", [Answer("enter", "finish", "f"), Answer("f8", "miss", "m")]
    )
    value, before = await answer(ask, "f4", "x", "f8")
    assert value == "m"
    assert "[/bold] is in the room." in before
    assert "leave it as it is" in before


@pytest.mark.asyncio
async def test_esc_leaves_everything_as_it_is() -> None:
    for modal in (Ask("?", [Answer("enter", "yes", "y")]), Pick("?", QUEUES), Reason("?")):
        value, _ = await answer(modal, "escape")
        assert value is None


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("keys", "value"),
    [(("enter",), "GM"), (("down", "enter"), "ENT"), ((*"ear", "enter"), "ENT")],
)
async def test_one_of_a_list_is_picked_by_typing_or_moving(
    keys: tuple[str, ...], value: str
) -> None:
    assert (await answer(Pick("Which queue?", QUEUES), *keys))[0] == value


@pytest.mark.asyncio
async def test_enter_takes_nothing_when_nothing_matches() -> None:
    assert (await answer(Pick("?", QUEUES), *"zzz", "enter"))[0] == "nothing yet"


@pytest.mark.asyncio
async def test_a_reason_may_be_empty_unless_it_is_required() -> None:
    assert (await answer(Reason("Why?"), "enter"))[0] == ""
    assert (await answer(Reason("Why?", required=True), "enter"))[0] == "nothing yet"
    assert (await answer(Reason("Why?", required=True), *"tea", "enter"))[0] == "tea"


@pytest.mark.asyncio
async def test_the_palette_runs_what_it_names_on_the_screen_below() -> None:
    app = OneScreen(Desk())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+p", *"rare", "enter")
        await pilot.pause()
        assert isinstance(app.first, Desk)
        assert app.first.done == ["rare"]
        assert app.screen is app.first


@pytest.mark.asyncio
async def test_the_help_says_what_each_key_does_here() -> None:
    app = OneScreen(Desk())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("f1")
        text = shown(app)
        for words in ("A desk", "Here tokens are called.", "Call the next patient", "The wall"):
            assert words in text
        await pilot.press("f1")
        assert app.screen is app.first
