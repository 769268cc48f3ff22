"""The administrator's and the manager's desk: every action, each through its use case."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hms.console.desks.admin import AdminDesk
from hms.features.staff import service as staff
from hms.features.tokens import service as tokens
from tests.console.desks.seat import Desk, sits_at
from tests.kit.screens import pale
from tests.support import Hospital

pytestmark = pytest.mark.asyncio
SECRET = re.compile(r"\b[a-z0-9]{5}(?:-[a-z0-9]{5}){4}\b")
WIDE = (100, 30)


def user(hospital: Hospital, name: str) -> staff.UserView:
    """Return a user as the administrator sees them."""
    return hospital.ask("ada", staff.show_user, name)


async def one_time_secret(desk: Desk) -> str:
    """Return the secret that is on the screen."""
    await desk.sees("Shown only now")
    found = SECRET.search(desk.text)
    assert found is not None, desk.text
    return found.group()


async def test_a_new_user_gets_a_secret_shown_once(hospital: Hospital, tmp_path: Path) -> None:
    """It signs in once; Esc does not lose it by a slip."""
    async with sits_at(hospital, "ada", AdminDesk(), tmp_path, WIDE) as desk:
        await desk.type("f3", "petra", "enter", "Petra Vogt", "enter", "n", "enter")
        secret = await one_time_secret(desk)
        await desk.type("escape")
        assert secret in desk.text
        await desk.type("f9")
        await desk.sees("Petra Vogt", "new password due")
        assert secret not in desk.text
    with pytest.raises(staff.NewPasswordDue):
        staff.sign_in_now(hospital.db, "petra", secret, "desk-1")
    assert user(hospital, "petra").role == "nurse"


async def test_a_name_that_cannot_be_stays_in_the_form(hospital: Hospital, tmp_path: Path) -> None:
    """What is wrong stands beside the field; nothing is written."""
    async with sits_at(hospital, "ada", AdminDesk(), tmp_path, WIDE) as desk:
        await desk.type("f3", "rosa", "f9")
        await desk.sees("there is a user called rosa already", "A new user")


async def test_a_user_is_disabled_after_a_question_and_enabled_again(
    hospital: Hospital, tmp_path: Path
) -> None:
    """The key that asks is not the key that answers."""
    async with sits_at(hospital, "ada", AdminDesk(), tmp_path, WIDE) as desk:
        await desk.type("rosa", "f4", "f4")
        await desk.sees("Let rosa in no more?")
        assert user(hospital, "rosa").active
        await desk.type("f9")
        await desk.sees("rosa is disabled")
        assert not user(hospital, "rosa").active
        await desk.type("f4")
        await desk.sees("rosa may sign in again")
    assert user(hospital, "rosa").active


async def test_role_reset_and_unlock(hospital: Hospital, tmp_path: Path) -> None:
    """All that the commands do with a user."""
    async with sits_at(hospital, "ada", AdminDesk(), tmp_path, WIDE) as desk:
        await desk.type("rosa", "f2", "nurse", "enter")
        await desk.sees("rosa is nurse now")
        await desk.type("f10")
        await desk.sees("failed sign-ins of rosa are forgiven")
        await desk.type("f9", "f4")
        await one_time_secret(desk)
    changed = user(hospital, "rosa")
    assert (changed.role, changed.must_change) == ("nurse", True)


async def test_a_manager_may_not_manage_an_administrator(
    hospital: Hospital, tmp_path: Path
) -> None:
    """The refusal says why and whom to ask."""
    async with sits_at(hospital, "mara", AdminDesk(), tmp_path, WIDE) as desk:
        await desk.type("ada", "f4", "f9")
        await desk.sees("ask an administrator")
    assert user(hospital, "ada").active


async def test_a_doctors_facts_and_state(hospital: Hospital, tmp_path: Path) -> None:
    """A manager sets both; an administrator is not offered the state."""
    async with sits_at(hospital, "mara", AdminDesk(), tmp_path, WIDE) as desk:
        await desk.type("f6", "dora", "f2", "Cardiology", "enter", "LIC-7", "f9")
        await desk.sees("is saved", "Cardiology")
        await desk.type("f4", "paused", "enter", "ward round", "enter")
        await desk.sees("paused: ward round")
    async with sits_at(hospital, "ada", AdminDesk(), tmp_path / "a", WIDE) as desk:
        await desk.type("f6")
        assert "Say whether the doctor is at work" not in desk.offers()
    dora = next(d for d in hospital.ask("ada", staff.list_doctors) if d.name == "dora")
    assert (dora.speciality, dora.licence, dora.status) == ("Cardiology", "LIC-7", "paused")


async def test_a_queue_is_made_changed_paused_and_opened(
    hospital: Hospital, tmp_path: Path
) -> None:
    """The list shows it at once, with the cursor on it."""
    async with sits_at(hospital, "mara", AdminDesk(), tmp_path, WIDE) as desk:
        await desk.type("f7", "f3", "xr", "enter", "X-ray", "enter", "X1, X2", "f9")
        await desk.sees("XR is saved", "X1, X2")
        await desk.type("f4", "broken", "enter")
        await desk.sees("XR is paused", "broken")
        await desk.type("f4")
        await desk.sees("XR is open")
        await desk.type("f2", " room", "f9")
        await desk.sees("X-ray room")
        await desk.type("xr", "f9", "f4")
        await desk.sees("XR is out of use")
    codes = [q.row.code for q in hospital.ask("mara", tokens.list_queues)]
    assert "XR" not in codes


async def test_a_wrong_number_or_doctor_is_said_beside_its_field(
    hospital: Hospital, tmp_path: Path
) -> None:
    """The form keeps everything that was typed."""
    async with sits_at(hospital, "mara", AdminDesk(), tmp_path, WIDE) as desk:
        await desk.type("f7", "f3", "gm", "enter", "General", "f9")
        await desk.sees("a queue has the code or prefix GM already", "General")
        await desk.type("escape", "f2", "enter", "enter", "nobody", "f9")
        await desk.sees("no doctor signs in as")


async def test_the_day_is_closed_only_after_a_question(hospital: Hospital, tmp_path: Path) -> None:
    """What still waits expires."""
    hospital.issue()
    async with sits_at(hospital, "mara", AdminDesk(), tmp_path, WIDE) as desk:
        await desk.type("f7", "f10", "f10")
        await desk.sees("Close the day for all queues?")
        assert hospital.token("GM-001").status == "waiting"
        await desk.type("f4")
        await desk.sees("Day closed: 1 expired")


async def test_rooms_and_departments(hospital: Hospital, tmp_path: Path) -> None:
    """Added and renamed; a name that is taken is refused in the dialog."""
    async with sits_at(hospital, "ada", AdminDesk(), tmp_path, WIDE) as desk:
        await desk.type("f8", "f3", "Attic", "enter")
        await desk.sees("Attic is saved")
        await desk.type("f3", "attic", "enter")
        await desk.sees('there is a room called "attic" already')
        await desk.type("escape", "f4", "Surgery", "enter")
        await desk.sees("Surgery is saved")
        await desk.type("attic", "f2", " two", "enter")
        await desk.sees("Attic two is saved")
    assert "Attic two" in [room.name for room in hospital.ask("ada", staff.list_rooms)]


async def test_the_lists_are_live(hospital: Hospital, tmp_path: Path) -> None:
    """What a desk does is seen without a key; filter and cursor stay."""
    async with sits_at(hospital, "mara", AdminDesk(), tmp_path, WIDE) as desk:
        await desk.type("f7", "gm")
        token = hospital.issue()
        await desk.hears(token.queue_id, kinds=("TokenIssued",))
        await desk.sees("1 waiting, 0 inside", "GM-001")


async def test_a_manager_works_at_the_reception_and_comes_back(
    hospital: Hospital, tmp_path: Path
) -> None:
    """Ctrl+R opens it, Esc on an empty search closes it; an administrator is not offered it."""
    async with sits_at(hospital, "mara", AdminDesk(), tmp_path, WIDE) as desk:
        await desk.type("ctrl+r")
        await desk.sees("Reception", "name, MRN, phone")
        await desk.type("escape")
        await desk.sees("Administration")
    async with sits_at(hospital, "ada", AdminDesk(), tmp_path / "a", WIDE) as desk:
        assert "Work at the reception desk" not in desk.offers()


async def test_the_palette_and_help_speak_of_the_list_that_is_shown(
    hospital: Hospital, tmp_path: Path
) -> None:
    """F1 and Ctrl+P follow the list."""
    async with sits_at(hospital, "mara", AdminDesk(), tmp_path, WIDE) as desk:
        await desk.type("f7", "f1")
        await desk.sees("A paused queue calls nobody", "Pause the queue with a reason")
        await desk.type("f1", "ctrl+p", "close the day", "enter")
        await desk.sees("Close the day for all queues?")


@pytest.mark.parametrize("size", [(80, 24), (132, 43), (200, 50)])
async def test_every_list_can_be_read(
    hospital: Hospital, tmp_path: Path, size: tuple[int, int]
) -> None:
    """At every size, with names that are markup elsewhere."""
    hospital.do("mara", staff.add_room, "[/bold] Room")
    async with sits_at(hospital, "mara", AdminDesk(), tmp_path, size) as desk:
        for key, part in (("f5", "Users"), ("f6", "dora"), ("f7", "GM"), ("f8", "[/bold] Room")):
            await desk.type(key)
            await desk.sees(part)
            assert list(pale(desk.app)) == []
