"""The reception's find field just emptied: who was found is in sight a moment, never at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from hms.console.desks import reception_finding
from hms.console.desks.reception import ReceptionDesk
from hms.features.tokens import service as tokens
from tests.console.desks.seat import sits_at
from tests.support import Hospital

pytestmark = pytest.mark.asyncio

LONG = 600.0  # seconds: only a key ends it


@pytest.fixture
def carl(hospital: Hospital) -> None:
    """Ann and Bob are known, Carl has GM-001."""
    hospital.patient("Ann Lee")
    hospital.patient("Bob Ray")
    hospital.issue(patient=hospital.patient("Carl Noe").mrn)


@pytest.fixture
def lingers(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was found stays in sight until the next key."""
    monkeypatch.setattr(reception_finding, "LINGERS_SECONDS", LONG)


@pytest.mark.usefixtures("carl")
async def test_the_list_comes_back_by_itself(hospital: Hospital, tmp_path: Path) -> None:
    """Nobody types on: the tokens given last stand there, and nothing of who was found."""
    async with sits_at(hospital, "rosa", ReceptionDesk(), tmp_path) as desk:
        await desk.type("ann")
        await desk.sees("Ann Lee", "1 found")
        await desk.type("ctrl+u")
        await desk.sees("GM-001")
        assert "Ann Lee" not in desk.text
        assert "found" not in desk.text


@pytest.mark.usefixtures("carl", "lingers")
@pytest.mark.parametrize("emptied", ["ctrl+u", "escape", "backspace"])
async def test_enter_takes_nobody_who_is_only_still_in_sight(
    hospital: Hospital, tmp_path: Path, emptied: str
) -> None:
    """The receptionist is told to type, and sees the list that is true."""
    async with sits_at(hospital, "rosa", ReceptionDesk(), tmp_path) as desk:
        await desk.type("a")
        await desk.sees("Ann Lee")
        await desk.type(emptied)
        assert "Ann Lee" in desk.text, "it did not linger: this test shows nothing"
        await desk.type("enter")
        await desk.sees("Type a name, MRN, phone number", "GM-001")
        assert "Give the token" not in desk.text
        assert "Ann Lee" not in desk.text
    assert len(hospital.ask("rosa", tokens.list_tokens)) == 1


@pytest.mark.usefixtures("carl", "lingers")
@pytest.mark.parametrize(("key", "said"), [("f7", "Choose a patient"), ("f9", "no token at hand")])
async def test_no_key_reaches_who_is_only_still_in_sight(
    hospital: Hospital, tmp_path: Path, key: str, said: str
) -> None:
    """Neither the record nor the token of the one searched before is opened."""
    async with sits_at(hospital, "rosa", ReceptionDesk(), tmp_path) as desk:
        await desk.type("carl", "ctrl+u")
        assert "Carl Noe" in desk.text
        await desk.type(key)
        await desk.sees(said)


@pytest.mark.usefixtures("carl", "lingers")
async def test_typing_on_finds_the_next_one(hospital: Hospital, tmp_path: Path) -> None:
    """The first of those found now is chosen, wherever the cursor stood before."""
    hospital.patient("Anna Maier")
    async with sits_at(hospital, "rosa", ReceptionDesk(), tmp_path) as desk:
        await desk.type("ann", "down", "ctrl+u", "bob")
        await desk.sees("Bob Ray", "1 found")
        assert "Ann Lee" not in desk.text
        await desk.type("enter", "2", "enter")
        await desk.sees("ENT-001 given out · Bob Ray", "GM-001")


@pytest.mark.usefixtures("carl", "lingers")
async def test_an_arrow_goes_into_the_list_of_tokens(hospital: Hospital, tmp_path: Path) -> None:
    """The list is shown at once, and the row one came to is a token."""
    async with sits_at(hospital, "rosa", ReceptionDesk(), tmp_path) as desk:
        await desk.type("ann", "ctrl+u", "down")
        await desk.sees("GM-001", "Carl Noe")
        assert "Ann Lee" not in desk.text
        assert desk.app.first.chosen.token.code == "GM-001"  # type: ignore[attr-defined]


@pytest.mark.usefixtures("carl", "lingers")
async def test_what_others_do_brings_nobody_back(hospital: Hospital, tmp_path: Path) -> None:
    """A token given elsewhere meanwhile is on the board; Enter still takes nobody."""
    async with sits_at(hospital, "rosa", ReceptionDesk(), tmp_path, (132, 43)) as desk:
        await desk.type("ann", "ctrl+u")
        token = hospital.issue("ENT")
        await desk.hears(token.queue_id, kinds=("TokenIssued",))
        first: ReceptionDesk = desk.app.first  # type: ignore[assignment]
        assert {view.row.code: view.waiting for view in first.queues.boards}["ENT"] == 1
        assert "Ann Lee" in desk.text
        assert first.chosen is None
        await desk.type("enter")
        await desk.sees("Type a name, MRN, phone number", "ENT-001")
