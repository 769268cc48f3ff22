"""Rooms and departments: one name, one place."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hms.bootstrap import Application
from hms.features.staff import service
from hms.infra.sessions import SignedIn
from hms.kernel.errors import InvalidInput, NotPermitted

Hire = Callable[..., SignedIn]


def test_a_name_is_given_to_one_room_whatever_its_case(app: Application, root: SignedIn) -> None:
    room = app.do_now(root, service.add_room, " Room  1 ")
    assert room.name == "Room 1"
    with pytest.raises(service.RoomTaken):
        app.do_now(root, service.add_room, "ROOM 1")
    assert app.ask_now(root, service.find_room, "rOOM 1") == room
    assert app.do_now(root, service.ensure_room, "room 1") == room


def test_a_renamed_room_keeps_what_refers_to_it(app: Application, root: SignedIn) -> None:
    room = app.do_now(root, service.add_room, "Room 1")
    app.do_now(root, service.add_room, "Room 2")
    assert app.do_now(root, service.rename_room, "room 1", "ROOM 1").id == room.id
    with pytest.raises(service.RoomTaken):
        app.do_now(root, service.rename_room, "room 1", "room 2")
    with pytest.raises(service.RoomUnknown):
        app.do_now(root, service.rename_room, "Room 9", "Room 10")


def test_the_front_desk_uses_rooms_but_makes_none(
    app: Application, root: SignedIn, hire: Hire
) -> None:
    desk = hire("desk", "receptionist")
    room = app.do_now(root, service.add_room, "Room 1")
    assert app.do_now(desk, service.ensure_room, "room 1") == room
    with pytest.raises(service.RoomUnknown):
        app.do_now(desk, service.ensure_room, "Room 2")
    for attempt in (service.add_room, service.add_department, service.ensure_department):
        with pytest.raises(NotPermitted):
            app.do_now(desk, attempt, "New")
    with pytest.raises(NotPermitted):
        app.do_now(desk, service.rename_room, "Room 1", "New")


def test_a_dispatcher_sees_no_places(app: Application, hire: Hire) -> None:
    who = hire("dina", "dispatcher")
    for look in (service.list_rooms, service.list_departments, service.list_doctors):
        with pytest.raises(NotPermitted):
            app.ask_now(who, look)


@pytest.mark.parametrize("bad", ["", "   ", "\x07", "x" * 10_000, "\ud800", "a\u202eb"])
def test_bad_names_are_refused_by_field(app: Application, root: SignedIn, bad: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        app.do_now(root, service.add_room, bad)
    assert refused.value.field == "room"
    with pytest.raises(InvalidInput) as refused:
        app.do_now(root, service.add_department, bad)
    assert refused.value.field == "department"


def test_departments_have_one_name_too(app: Application, root: SignedIn) -> None:
    surgery = app.do_now(root, service.add_department, "Surgery")
    with pytest.raises(service.DepartmentTaken):
        app.do_now(root, service.add_department, "SURGERY")
    assert app.do_now(root, service.ensure_department, "surgery") == surgery
    assert app.ask_now(root, service.list_departments) == [surgery]
