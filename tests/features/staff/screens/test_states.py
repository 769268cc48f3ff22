"""How the administrator's lists say the state of a user, a doctor and a place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hms.features.staff import service
from hms.features.staff.screens.doctors import state_of as doctor_state
from hms.features.staff.screens.places import places
from hms.features.staff.screens.users import UserHere, users_here
from hms.features.staff.screens.users import state_of as user_state
from tests.support import Hospital, hospital_at


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Hospital]:
    """Return a furnished hospital."""
    with hospital_at(tmp_path / "data" / "hms.db") as made:
        yield made


def test_a_user_is_disabled_due_signed_in_or_away(hospital: Hospital) -> None:
    """The strongest of the states is said, each with its colour."""
    rosa = next(h for h in hospital.ask("ada", users_here) if h.user.name == "rosa").user
    fresh = replace(rosa, must_change=False)
    assert user_state(UserHere(fresh, ())) == ("not signed in", "")
    assert user_state(UserHere(fresh, ("desk-1", "desk-2"))) == ("at desk-1", "good")
    assert user_state(UserHere(replace(fresh, must_change=True), ())) == (
        "new password due", "warn",
    )  # fmt: skip
    assert user_state(UserHere(replace(fresh, active=False), ("desk-1",))) == ("disabled", "muted")


def test_a_paused_doctor_says_why(hospital: Hospital) -> None:
    """A pause always has a reason, given or not."""
    said = hospital.do("mara", service.doctor_status, "dora", "paused", "ward round")
    assert doctor_state(said) == "paused: ward round"
    unsaid = hospital.do("mara", service.doctor_status, "dora", "paused")
    assert doctor_state(unsaid) == "paused: none given"
    assert doctor_state(hospital.do("mara", service.doctor_status, "dora", "busy")) == "busy"


def test_a_desk_that_is_off_is_seen_where_desks_give_signs(hospital: Hospital) -> None:
    """Redis tells who gave a sign lately; where nothing is known the session counts."""
    rosa = next(h for h in hospital.ask("ada", users_here) if h.user.name == "rosa").user
    signed_in = UserHere(replace(rosa, must_change=False), ("desk-1",))
    assert user_state(signed_in, None) == ("at desk-1", "good")
    assert user_state(signed_in, {"rosa": ("desk-1",)}) == ("at desk-1", "good")
    assert user_state(signed_in, {}) == ("desk is off", "muted")
    assert user_state(replace(signed_in, settled=False), {}) == ("at desk-1", "good")
    dora = hospital.do("mara", service.doctor_status, "dora", "online")
    assert doctor_state(dora, None) == doctor_state(dora, {"dora": ("desk-2",)}) == "online"
    assert doctor_state(dora, {}) == "online, no desk on"


def test_a_place_names_its_doctors(hospital: Hospital) -> None:
    """Rooms first, then departments."""
    command = service.SetDoctor("dora", room="Room 1", department="Surgery")
    hospital.do("ada", service.set_doctor, command)
    found = hospital.ask("ada", places)
    dora = next(d for d in hospital.ask("ada", service.list_doctors) if d.name == "dora")
    assert next(p for p in found if p.name == "Room 1").doctors == (dora.shown_name,)
    assert [(p.name, p.kind, p.doctors) for p in found][-1] == (
        "Surgery", "department", (dora.shown_name,),
    )  # fmt: skip
    assert len({place.key for place in found}) == len(found)
