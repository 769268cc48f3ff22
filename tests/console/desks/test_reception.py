"""The reception desk: what its keys do, in the words of the desk."""

from __future__ import annotations

from pathlib import Path

import pytest

from hms.console.desks.doctor import NurseDesk
from hms.console.desks.reception import ReceptionDesk
from hms.features.patients import service as patients
from hms.features.tokens import service as tokens
from hms.features.tokens.screens import reading
from hms.kernel.errors import Unavailable
from tests.console.desks.seat import sits_at
from tests.kit.screens import pale
from tests.support import Hospital

pytestmark = pytest.mark.asyncio


async def test_an_empty_search_asks_for_something(hospital: Hospital, tmp_path: Path) -> None:
    """Enter alone gives nobody a token."""
    async with sits_at(hospital, "rosa", ReceptionDesk(), tmp_path) as desk:
        await desk.type("enter")
        await desk.sees("Type a name, MRN, phone number")
    assert hospital.ask("rosa", tokens.list_tokens) == []


async def test_enter_twice_gives_no_token(hospital: Hospital, tmp_path: Path) -> None:
    """No queue is chosen before a digit or an arrow key, so a bouncing Enter does nothing."""
    hospital.patient("Ann Lee")
    async with sits_at(hospital, "rosa", ReceptionDesk(), tmp_path) as desk:
        await desk.type("ann", "enter", "enter")
        await desk.sees("Type the number of the queue first.")
        await desk.type("9")
        await desk.sees("There is no queue 9.")
        await desk.type("down", "enter")
        await desk.sees("GM-001 given out · Ann Lee")


async def test_a_letter_sets_the_class(hospital: Hospital, tmp_path: Path) -> None:
    """One key: e for an emergency; n takes it back."""
    hospital.patient("Ann Lee")
    hospital.patient("Bob Ray")
    async with sits_at(hospital, "rosa", ReceptionDesk(), tmp_path) as desk:
        await desk.type("ann", "enter", "1e", "enter")
        await desk.sees("emergency", "next in line")
        await desk.type("bob", "enter", "e1n", "enter")
        await desk.sees("1 person ahead")
    classes = [t.token_class for t in hospital.ask("rosa", tokens.list_tokens)]
    assert classes == ["emergency", "normal"]


async def test_a_second_token_in_the_queue_is_refused_with_the_dialog_open(
    hospital: Hospital, tmp_path: Path
) -> None:
    """The queue shows the token that is there; another queue can be chosen at once."""
    ann = hospital.patient("Ann Lee")
    hospital.issue(patient=ann.mrn)
    async with sits_at(hospital, "rosa", ReceptionDesk(), tmp_path) as desk:
        await desk.type("ann", "enter")
        await desk.sees("has GM-001")
        await desk.type("1", "enter")
        await desk.sees("the patient has GM-001 in GM already")
        await desk.type("2", "enter")
        await desk.sees("ENT-001 given out")


async def test_a_mistyped_mrn_opens_no_form(hospital: Hospital, tmp_path: Path) -> None:
    """What was typed stays, with what is wrong about it."""
    async with sits_at(hospital, "rosa", ReceptionDesk(), tmp_path) as desk:
        await desk.type("M00000012", "enter")
        await desk.sees("check digit", "M00000012")
        assert "New patient" not in desk.text


async def test_a_duplicate_is_shown_side_by_side(hospital: Hospital, tmp_path: Path) -> None:
    """F5 takes the record that is there; nothing new is registered."""
    said = patients.RegisterPatient(name="Maria Lopez", birth="1980-05-04", phone="0301 5550100")
    known = hospital.do("rosa", patients.register, said)
    async with sits_at(hospital, "rosa", ReceptionDesk(), tmp_path) as desk:
        await desk.type("f3", "Maria Lopes", "enter", "1980-05-04", "f9")
        await desk.sees("Is this the same person?", "Maria Lopez", "Maria Lopes", known.mrn)
        await desk.type("enter")
        await desk.sees("Is this the same person?")
        await desk.type("f5")
        await desk.sees("Maria Lopez", known.mrn, "General")
    assert len(hospital.ask("rosa", patients.search, "maria")) == 1


async def test_somebody_else_is_registered_on_another_key(
    hospital: Hospital, tmp_path: Path
) -> None:
    """F8 goes on; Esc would have kept the form."""
    said = patients.RegisterPatient(name="Maria Lopez", birth="1980-05-04")
    hospital.do("rosa", patients.register, said)
    async with sits_at(hospital, "rosa", ReceptionDesk(), tmp_path) as desk:
        await desk.type("f3", "Maria Lopes", "enter", "1980-05-04", "f9", "escape")
        await desk.sees("New patient", "Maria Lopes")
        await desk.type("f9", "f8")
        await desk.sees("Maria Lopes", "Give the token")
    assert len(hospital.ask("rosa", patients.search, "maria")) == 2


async def test_what_is_wrong_stands_beside_its_field(hospital: Hospital, tmp_path: Path) -> None:
    """Typed text is never lost."""
    async with sits_at(hospital, "rosa", ReceptionDesk(), tmp_path) as desk:
        await desk.type("f3", "Zara Quist", "enter", "31 Feb 1980", "f9")
        await desk.sees("there is no 31 Feb 1980", "Zara Quist")
        assert hospital.ask("rosa", patients.search, "zara") == []


async def test_a_blank_token_gets_its_patient_later(hospital: Hospital, tmp_path: Path) -> None:
    """F5 gives it; F9 on the token asks whose it is."""
    hospital.patient("Ann Lee")
    async with sits_at(hospital, "rosa", ReceptionDesk(), tmp_path) as desk:
        await desk.type("f5", "2", "enter")
        await desk.sees("ENT-001 given out", "no patient yet")
        await desk.type("f9", "whose", "enter")
        await desk.sees("Whose is ENT-001?")
        await desk.type("ann", "enter")
        await desk.sees("ENT-001 is Ann Lee's", "Find")
    assert hospital.token("ENT-001").patient_name == "Ann Lee"


async def test_an_unknown_patient_has_a_name_and_a_token(
    hospital: Hospital, tmp_path: Path
) -> None:
    """F8, what one sees of them, the queue."""
    async with sits_at(hospital, "rosa", ReceptionDesk(), tmp_path) as desk:
        await desk.type("f8", "1")
        await desk.sees("Unknown male 2031-03-04 A")
        await desk.type("1e", "enter")
        await desk.sees("GM-001 given out · Unknown male 2031-03-04 A")


async def test_a_token_is_cancelled_with_its_reason_and_taken_back(
    hospital: Hospital, tmp_path: Path
) -> None:
    """F9, cancel, why; F10 undoes it while the seconds run."""
    ann = hospital.patient("Ann Lee")
    hospital.issue(patient=ann.mrn)
    async with sits_at(hospital, "rosa", ReceptionDesk(), tmp_path) as desk:
        await desk.type("ann", "f9", "cancel", "enter", "went home", "enter")
        await desk.sees("takes back: GM-001 cancelled")
        assert hospital.token("GM-001").reason == "went home"
        await desk.type("f10")
        await desk.sees("Taken back: GM-001 is waiting")
    assert hospital.token("GM-001").status == "waiting"


async def test_a_token_is_sent_on_and_noted_as_left(hospital: Hospital, tmp_path: Path) -> None:
    """By its code, typed without the dash."""
    hospital.issue()
    async with sits_at(hospital, "rosa", ReceptionDesk(), tmp_path) as desk:
        await desk.type("gm1", "f9", "send", "enter", "lab", "enter")
        await desk.sees("GM-001 sent on")
        assert hospital.token("GM-001").queue == "LAB"
        await desk.type("f9", "has left", "enter")
        await desk.sees("GM-001 left")


async def test_the_desk_calls_where_it_may(hospital: Hospital, tmp_path: Path) -> None:
    """F4 calls for the one queue that lets the front desk; the busy room is asked about."""
    hospital.issue("LAB")
    hospital.issue("LAB")
    async with sits_at(hospital, "rosa", ReceptionDesk(), tmp_path) as desk:
        await desk.type("f4")
        await desk.sees("LAB-001 called to")
        await desk.type("f2")
        await desk.sees("LAB-001 called again")
        await desk.type("f4")
        if "finished: call the next one" in desk.text:
            await desk.type("enter")
        await desk.sees("LAB-002 called to")


async def test_why_a_token_has_its_place(hospital: Hospital, tmp_path: Path) -> None:
    """The first thing on the menu changes nothing."""
    hospital.issue()
    hospital.issue()
    async with sits_at(hospital, "rosa", ReceptionDesk(), tmp_path) as desk:
        await desk.type("gm2", "f9", "enter")
        await desk.sees("in order of arrival", "Before it: GM-001.")


async def test_what_others_do_leaves_cursor_and_text(hospital: Hospital, tmp_path: Path) -> None:
    """The list is live; the chosen row and the half-typed search stay."""
    for name in ("Ann Lee", "Anna Maier", "Annika Berg"):
        hospital.patient(name)
    async with sits_at(hospital, "rosa", ReceptionDesk(), tmp_path, (132, 43)) as desk:
        await desk.type("ann", "down")
        before = desk.text
        chosen = desk.app.first.chosen  # type: ignore[attr-defined]
        token = hospital.issue("ENT", patient=chosen.patient.mrn)
        await desk.hears(token.queue_id, kinds=("TokenIssued",))
        await desk.sees("ENT-001 waiting", "1 waiting, 0 called")
        assert "ann" in desk.text
        assert desk.app.first.chosen.patient.mrn == chosen.patient.mrn  # type: ignore[attr-defined]
        assert desk.text != before


async def test_another_text_begins_at_the_top(hospital: Hospital, tmp_path: Path) -> None:
    """Enter takes the first of what the whole text found, not who led while it was half typed."""
    hospital.patient("Ann Lee")
    hospital.patient("Bo Ann")
    async with sits_at(hospital, "rosa", ReceptionDesk(), tmp_path) as desk:
        await desk.type("an", "down", "n")
        chosen = desk.app.first.chosen  # type: ignore[attr-defined]
        assert chosen.patient.name == "Bo Ann"


async def test_the_record_is_changed_and_keeps_the_others_changes(
    hospital: Hospital, tmp_path: Path
) -> None:
    """Two desks on one record: each one's field is kept, nobody's is lost."""
    ann = hospital.patient("Ann Lee")
    async with sits_at(hospital, "rosa", ReceptionDesk(), tmp_path) as desk:
        await desk.type("ann", "f7", "enter", "1984")
        change = patients.EditPatient(
            mrn=ann.mrn, version=ann.version,
            facts=patients.RegisterPatient(name="Ann Lee", phone="0301 5550100"),
        )  # fmt: skip
        hospital.do("rosa", patients.edit, change)
        await desk.type("f9")
        await desk.sees("Another desk saved this patient meanwhile", "0301 5550100", "1984")
        await desk.type("down", "f9")  # a second F9 at once would be taken for a slip
        await desk.sees("Ann Lee is saved")
    view = hospital.ask("rosa", patients.search, ann.mrn)[0]
    assert (view.birth_year, view.phone) == (1984, "0301 5550100")


async def test_only_a_manager_is_offered_the_archive(hospital: Hospital, tmp_path: Path) -> None:
    """A receptionist's record has no such key."""
    hospital.patient("Ann Lee")
    title = "Archive the patient, or take one back"
    async with sits_at(hospital, "rosa", ReceptionDesk(), tmp_path) as desk:
        await desk.type("ann", "f7")
        assert title not in desk.offers()
    async with sits_at(hospital, "mara", ReceptionDesk(), tmp_path / "m") as desk:
        await desk.type("ann", "f7")
        assert title in desk.offers()
        await desk.type("f8", "f4")
        await desk.sees("Ann Lee is saved")
        await desk.type("escape")
        await desk.sees("0 found") if "ann" in desk.text else None
    assert hospital.ask("rosa", patients.search, "ann") == []


async def test_a_nurse_gives_tokens_and_goes_back_to_her_own_desk(
    hospital: Hospital, tmp_path: Path
) -> None:
    """Ctrl+R opens the reception; there a nurse calls for every queue."""
    hospital.patient("Ann Lee")
    async with sits_at(hospital, "nils", NurseDesk(), tmp_path) as desk:
        await desk.type("ctrl+r", "ann", "enter", "1", "enter")
        await desk.sees("GM-001 given out · Ann Lee")
        await desk.type("f4", "general", "enter")
        await desk.sees("GM-001 called to Room 1")
        await desk.type("escape")
        await desk.sees("Nurse's desk")


async def test_f6_flips_the_board_and_typing_flips_back(hospital: Hospital, tmp_path: Path) -> None:
    """One pane at 80 columns; both from 120 on."""
    hospital.issue()
    async with sits_at(hospital, "rosa", ReceptionDesk(), tmp_path) as desk:
        await desk.type("f6")
        await desk.sees("1 waiting, 0 called")
        await desk.type("x")
        await desk.sees("0 found")
    async with sits_at(hospital, "rosa", ReceptionDesk(), tmp_path, (120, 30)) as desk:
        await desk.sees("1 waiting, 0 called", "GM-001")


@pytest.mark.parametrize(
    ("size", "theme"),
    [
        ((80, 24), "hms-dark"),
        ((120, 30), "hms-light"),
        ((132, 43), "hms-contrast"),
        ((200, 50), "hms-light"),
    ],
)
async def test_every_text_can_be_read(
    hospital: Hospital, tmp_path: Path, size: tuple[int, int], theme: str
) -> None:
    """WCAG AA in every theme and size, with a hostile name on the screen."""
    hospital.patient("[/bold] Zoë <b>")
    async with sits_at(hospital, "rosa", ReceptionDesk(), tmp_path, size) as desk:
        desk.app.theme = theme
        await desk.type("bold", "enter", "1", "enter")
        await desk.sees("[/bold] Zoë <b>", "GM-001")
        assert list(pale(desk.app)) == []
        await desk.type("bold")
        assert list(pale(desk.app)) == []


async def test_a_search_that_came_to_nothing_does_not_say_nobody(
    hospital: Hospital, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A patient who is known would be registered a second time."""
    hospital.patient("Ann Lee")

    def away(*_: object) -> None:
        raise Unavailable("the database cannot be reached", hint="see: hms check")

    async with sits_at(hospital, "rosa", ReceptionDesk(), tmp_path) as desk:
        with monkeypatch.context() as changed:
            changed.setattr(reading, "find", away)
            await desk.type("ann")
            await desk.sees("the database cannot be reached")
            assert "Nobody" not in desk.text
            assert desk.text.count("the database cannot be reached") == 2, "in the list, and below"
        screen = desk.app.screen
        assert isinstance(screen, ReceptionDesk)
        screen.loader.ask()  # as the console does when the database is back
        await desk.sees("Ann Lee")
