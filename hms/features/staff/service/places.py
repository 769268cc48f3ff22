"""Rooms and departments."""

from __future__ import annotations

import unicodedata

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from hms.features.staff.events import DepartmentAdded, RoomChanged
from hms.features.staff.model import Room
from hms.features.staff.model_places import Department
from hms.features.staff.queries import views
from hms.features.staff.queries.views import DepartmentView, RoomView
from hms.features.staff.service.errors import DepartmentTaken, RoomTaken, RoomUnknown, broke
from hms.infra.tables import table_of
from hms.infra.uow import Work
from hms.kernel import reactions
from hms.kernel.actor import Actor
from hms.kernel.i18n import phrase
from hms.kernel.text import clean

ROOM_MAX = 40
DEPARTMENT_MAX = 80

_room = table_of(Room)
_department = table_of(Department)
_ROOM_BY_KEY = select(_room.c.id, _room.c.name).where(
    _room.c.hospital_id == bindparam("hospital_id"), _room.c.name_key == bindparam("name_key")
)
_DEPARTMENT_BY_KEY = select(_department.c.id, _department.c.name).where(
    _department.c.hospital_id == bindparam("hospital_id"),
    _department.c.name_key == bindparam("name_key"),
)


def name_key(name: str) -> str:
    """Return ``name`` in the form in which names of places are compared."""
    return unicodedata.normalize("NFKC", name).casefold()


def list_rooms(work: Work, actor: Actor) -> list[RoomView]:
    """Return all rooms by name.

    Raises:
        NotPermitted: the actor may not see places.
    """
    actor.require("places.see")
    return views.rooms(work.db, actor.hospital_id)


def find_room(work: Work, actor: Actor, name: str) -> RoomView:
    """Return the room called ``name``, in any case.

    Raises:
        NotPermitted: the actor may not see places.
        InvalidInput: ``name`` is empty, too long, or has characters that cannot be shown.
        RoomUnknown: there is none.
    """
    actor.require("places.see")
    text = clean(name, field="room", max_length=ROOM_MAX, required=True)
    room = _room_called(work, actor, text)
    if room is None:
        raise RoomUnknown(phrase('there is no room called "{text}"', text=text), field="room")
    return room


def ensure_room(work: Work, actor: Actor, name: str) -> RoomView:
    """Return the room called ``name``; whoever may define places makes it when it is missing.

    Raises:
        InvalidInput: ``name`` is empty, too long, or has characters that cannot be shown.
        RoomUnknown: there is none, and the actor may not make it.
    """
    if not actor.may("places.define"):
        return find_room(work, actor, name)
    text = clean(name, field="room", max_length=ROOM_MAX, required=True)
    return _room_called(work, actor, text) or add_room(work, actor, text)


def add_room(work: Work, actor: Actor, name: str) -> RoomView:
    """Add a room.

    Raises:
        NotPermitted: the actor may not define places.
        InvalidInput: ``name`` is empty, too long, or has characters that cannot be shown.
        RoomTaken: there is one of that name.
    """
    actor.require("places.define")
    text = clean(name, field="room", max_length=ROOM_MAX, required=True)
    row = {"hospital_id": actor.hospital_id, "name": text, "name_key": name_key(text)}
    try:
        room_id = work.db.execute(insert(_room).values(row).returning(_room.c.id)).scalar_one()
    except IntegrityError as error:
        raise _room_conflict(error, text) from error
    work.emit(RoomChanged(subject_id=room_id))
    work.audit(actor, "places.add_room", "room", room_id, after={"name": text})
    return RoomView(room_id, text)


def rename_room(work: Work, actor: Actor, name: str, new_name: str) -> RoomView:
    """Rename a room, and where queues name it; calls made before keep the name they had.

    Raises:
        NotPermitted: the actor may not define places.
        InvalidInput: a name is empty, too long, or has characters that cannot be shown.
        RoomUnknown: there is no room ``name``.
        RoomTaken: there is another room ``new_name``.
    """
    actor.require("places.define")
    room = find_room(work, actor, name)
    text = clean(new_name, field="new name", max_length=ROOM_MAX, required=True)
    change = update(_room).where(_room.c.id == room.id)
    try:
        work.db.execute(change.values(name=text, name_key=name_key(text)))
    except IntegrityError as error:
        raise _room_conflict(error, text) from error
    work.emit(RoomChanged(subject_id=room.id))
    reactions.react("room_renamed", work, actor, room.name, text)
    work.audit(
        actor,
        "places.rename_room",
        "room",
        room.id,
        before={"name": room.name},
        after={"name": text},
    )
    return RoomView(room.id, text)


def list_departments(work: Work, actor: Actor) -> list[DepartmentView]:
    """Return all departments by name.

    Raises:
        NotPermitted: the actor may not see places.
    """
    actor.require("places.see")
    return views.departments(work.db, actor.hospital_id)


def add_department(work: Work, actor: Actor, name: str) -> DepartmentView:
    """Add a department.

    Raises:
        NotPermitted: the actor may not define places.
        InvalidInput: ``name`` is empty, too long, or has characters that cannot be shown.
        DepartmentTaken: there is one of that name.
    """
    actor.require("places.define")
    text = clean(name, field="department", max_length=DEPARTMENT_MAX, required=True)
    row = {"hospital_id": actor.hospital_id, "name": text, "name_key": name_key(text)}
    try:
        added = insert(_department).values(row).returning(_department.c.id)
        key = work.db.execute(added).scalar_one()
    except IntegrityError as error:
        if broke(error, "uq_department_name", "department.name_key"):
            raise DepartmentTaken(
                phrase('there is a department called "{text}" already', text=text),
                field="department",
            ) from error
        raise
    work.emit(DepartmentAdded(subject_id=key))
    work.audit(actor, "places.add_department", "department", key, after={"name": text})
    return DepartmentView(key, text)


def ensure_department(work: Work, actor: Actor, name: str) -> DepartmentView:
    """Return the department called ``name``; make it when it is missing.

    Raises:
        NotPermitted: the actor may not define places.
        InvalidInput: ``name`` is empty, too long, or has characters that cannot be shown.
    """
    actor.require("places.define")
    text = clean(name, field="department", max_length=DEPARTMENT_MAX, required=True)
    key = {"hospital_id": actor.hospital_id, "name_key": name_key(text)}
    row = work.db.execute(_DEPARTMENT_BY_KEY, key).first()
    return DepartmentView(*row) if row is not None else add_department(work, actor, text)


def _room_called(work: Work, actor: Actor, text: str) -> RoomView | None:
    key = {"hospital_id": actor.hospital_id, "name_key": name_key(text)}
    row = work.db.execute(_ROOM_BY_KEY, key).first()
    return None if row is None else RoomView(*row)


def _room_conflict(error: IntegrityError, name: str) -> Exception:
    if broke(error, "uq_room_name", "room.name_key"):
        return RoomTaken(phrase('there is a room called "{name}" already', name=name), field="room")
    return error
