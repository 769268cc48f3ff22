"""Doctors: speciality, licence, room, and the status that informs and never refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hms.bootstrap import Application
from hms.features.staff import service
from hms.features.staff.queries import views
from hms.infra.sessions import SignedIn
from hms.kernel.errors import InvalidInput, NotPermitted

Hire = Callable[..., SignedIn]


def test_what_is_given_is_set_and_the_rest_stays(
    app: Application, root: SignedIn, hire: Hire
) -> None:
    hire("rao", "doctor")
    app.do_now(
        root, service.set_doctor, service.SetDoctor("rao", "ENT", "MH-1", "Room 4", "Surgery")
    )
    doctor = app.do_now(root, service.set_doctor, service.SetDoctor("RAO", licence="MH-2"))
    assert (doctor.speciality, doctor.licence, doctor.room, doctor.department) == (
        "ENT",
        "MH-2",
        "Room 4",
        "Surgery",
    )
    cleared = app.do_now(root, service.set_doctor, service.SetDoctor("rao", "", "", "", ""))
    assert (cleared.speciality, cleared.licence, cleared.room, cleared.department) == (
        "",
        None,
        None,
        None,
    )


def test_a_licence_belongs_to_one_doctor_whatever_its_case(
    app: Application, root: SignedIn, hire: Hire
) -> None:
    hire("rao", "doctor")
    hire("sen", "doctor")
    app.do_now(root, service.set_doctor, service.SetDoctor("rao", licence="mh-1"))
    with pytest.raises(service.LicenceTaken) as refused:
        app.do_now(root, service.set_doctor, service.SetDoctor("sen", licence="MH-1"))
    assert refused.value.field == "licence"
    app.do_now(root, service.set_doctor, service.SetDoctor("sen", licence=""))
    hire("das", "doctor")  # several doctors without a licence are no conflict
    app.do_now(root, service.set_doctor, service.SetDoctor("das", licence=""))


def test_one_room_is_one_room_for_all_doctors(app: Application, root: SignedIn, hire: Hire) -> None:
    hire("rao", "doctor")
    hire("sen", "doctor")
    first = app.do_now(root, service.set_doctor, service.SetDoctor("rao", room="Room 4"))
    second = app.do_now(root, service.set_doctor, service.SetDoctor("sen", room="ROOM 4"))
    assert first.room_id == second.room_id
    assert [room.name for room in app.ask_now(root, service.list_rooms)] == ["Room 4"]


@pytest.mark.parametrize("field", ["speciality", "licence", "room", "department"])
@pytest.mark.parametrize("bad", ["\x1b[31m", "x" * 10_000, "\ud800", "a\u202eb"])
def test_bad_text_is_refused_by_field(
    app: Application, root: SignedIn, hire: Hire, field: str, bad: str
) -> None:
    hire("rao", "doctor")
    with pytest.raises(InvalidInput) as refused:
        app.do_now(root, service.set_doctor, service.SetDoctor("rao", **{field: bad}))
    assert refused.value.field == field


def test_a_status_has_a_reason_and_an_instant(
    app: Application, root: SignedIn, hire: Hire, watch: Any
) -> None:
    rao = hire("rao", "doctor")
    watch.pass_(minutes=5)
    online = app.do_now(rao, service.doctor_status, "rao", "online")
    assert (online.status, online.status_reason, online.status_since) == ("online", None, watch.at)
    paused = app.do_now(rao, service.doctor_status, "rao", "paused")
    assert paused.status_reason == "none given"
    watch.pass_(minutes=5)
    again = app.do_now(rao, service.doctor_status, "rao", "paused", "in theatre")
    assert (again.status_reason, again.status_since) == ("in theatre", paused.status_since)


def test_the_front_desk_sets_every_status_a_doctor_only_their_own_a_nurse_none(
    app: Application, hire: Hire
) -> None:
    rao, desk, nurse = hire("rao", "doctor"), hire("desk", "receptionist"), hire("nita", "nurse")
    hire("sen", "doctor")
    assert app.do_now(desk, service.doctor_status, "sen", "busy").status == "busy"
    with pytest.raises(service.NotOwnStatus):
        app.do_now(rao, service.doctor_status, "sen", "online")
    with pytest.raises(NotPermitted):
        app.do_now(nurse, service.doctor_status, "sen", "online")


def test_someone_who_is_no_doctor_is_not_found(
    app: Application, root: SignedIn, hire: Hire
) -> None:
    hire("nita", "nurse")
    for name in ("nita", "nobody"):
        with pytest.raises(service.DoctorUnknown):
            app.do_now(root, service.set_doctor, service.SetDoctor(name, speciality="ENT"))


def test_other_features_find_the_doctor_by_user(app: Application, hire: Hire) -> None:
    hire("rao", "doctor")
    doctor = app.db.read_now(lambda work: views.doctor_of(work.db, 2))
    assert doctor is not None
    assert (doctor.name, doctor.shown_name, doctor.room) == ("rao", "rao", None)
    assert app.db.read_now(lambda work: views.doctor_by_id(work.db, doctor.id)) == doctor
    assert app.db.read_now(lambda work: views.doctor_of(work.db, 1)) is None
