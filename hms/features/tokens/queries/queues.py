"""Queues as the desks and commands see them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, bindparam, func, or_, select

from hms.features.tokens.model import Queue, QueueDoctor, QueueRoom
from hms.infra.tables import table_of
from hms.kernel.clock import iso

if TYPE_CHECKING:
    from hms.kernel.board import Serving

_queue = table_of(Queue)
_room = table_of(QueueRoom)
_doctor = table_of(QueueDoctor)


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One queue with its settings and its first room; ``paused_reason`` is for staff only."""

    id: int
    hospital_id: int
    department_id: int | None
    code: str
    name: str
    kind: str
    prefix: str
    start_number: int
    daily_limit: int | None
    is_24h: bool
    desk_calls: bool
    policy: str
    rejoin: str
    paused_at: datetime | None
    paused_reason: str | None
    active: bool
    position: int
    usual_room: str | None


@dataclass(frozen=True, slots=True)
class QueueView:
    """A queue with who waits and who is served; the wait is a range in minutes or None."""

    row: QueueRow
    rooms: tuple[str, ...] = ()
    doctors: tuple[int, ...] = ()
    waiting: int = 0
    next: tuple[str, ...] = ()
    serving: tuple[Serving, ...] = field(default=())
    wait_low_minutes: int | None = None
    wait_high_minutes: int | None = None

    @property
    def paused(self) -> bool:
        """Return whether the queue calls nobody now."""
        return self.row.paused_at is not None

    def as_json(self) -> dict[str, Any]:
        """Return the queue as the commands print it."""
        row = self.row
        return {
            "id": row.id,
            "code": row.code,
            "name": row.name,
            "kind": row.kind,
            "room": self.rooms[0] if self.rooms else None,
            "rooms": list(self.rooms),
            "prefix": row.prefix,
            "start_number": row.start_number,
            "daily_limit": row.daily_limit,
            "is_24h": row.is_24h,
            "desk_calls": row.desk_calls,
            "policy": row.policy,
            "rejoin": row.rejoin,
            "paused": self.paused,
            "paused_at": iso(row.paused_at),
            "paused_reason": row.paused_reason,
            "active": row.active,
            "waiting": self.waiting,
            "next": list(self.next),
            "serving": [
                {
                    "token": s.token,
                    "room": s.room,
                    "status": s.status,
                    "call_no": s.call_no,
                    "called_at": s.called_at,
                }
                for s in self.serving
            ],
            "wait_low_minutes": self.wait_low_minutes,
            "wait_high_minutes": self.wait_high_minutes,
        }


_OWN_COLUMNS = tuple(_queue.c[name] for name in QueueRow.__slots__ if name != "usual_room")
_USUAL_ROOM = (
    select(_room.c.room)
    .where(_room.c.queue_id == _queue.c.id)
    .order_by(_room.c.position, _room.c.room)
    .limit(1)
    .scalar_subquery()
)
_COLUMNS = (*_OWN_COLUMNS, _USUAL_ROOM)
_BY_CODE = select(*_COLUMNS).where(
    _queue.c.hospital_id == bindparam("hospital"), _queue.c.code == bindparam("code")
)
_BY_ID = select(*_COLUMNS).where(_queue.c.id == bindparam("id"))
_ALL = (
    select(*_COLUMNS)
    .where(_queue.c.hospital_id == bindparam("hospital"), _queue.c.active)
    .order_by(_queue.c.position, _queue.c.code)
)
_ALL_WITH_ROOMS = (
    select(*_OWN_COLUMNS, _room.c.room)
    .select_from(_queue.outerjoin(_room, _room.c.queue_id == _queue.c.id))
    .where(_queue.c.hospital_id == bindparam("hospital"), _queue.c.active)
    .order_by(_queue.c.position, _queue.c.code, _room.c.position, _room.c.room)
)
_ROOMS = (
    select(_room.c.queue_id, _room.c.room)
    .where(_room.c.queue_id == bindparam("queue"))
    .order_by(_room.c.position, _room.c.room)
)
_ALL_DOCTORS = (
    select(_doctor.c.queue_id, _doctor.c.user_id)
    .join(_queue, _queue.c.id == _doctor.c.queue_id)
    .where(_queue.c.hospital_id == bindparam("hospital"))
    .order_by(_doctor.c.queue_id, _doctor.c.user_id)
)
_IS_MINE = select(
    func.coalesce(func.max((_doctor.c.user_id == bindparam("user")).cast(_queue.c.id.type)), -1)
).where(_doctor.c.queue_id == bindparam("queue"))
_DOCTORS = select(_doctor.c.user_id).where(_doctor.c.queue_id == bindparam("queue"))


def queue_by_code(db: Connection, hospital_id: int, code: str) -> QueueRow | None:
    """Return the queue ``code``, None when there is none."""
    row = db.execute(_BY_CODE, {"hospital": hospital_id, "code": code}).first()
    return QueueRow(*row) if row else None


def queue_by_id(db: Connection, queue_id: int) -> QueueRow | None:
    """Return the queue ``queue_id``, None when there is none."""
    row = db.execute(_BY_ID, {"id": queue_id}).first()
    return QueueRow(*row) if row else None


def queue_rows(db: Connection, hospital_id: int) -> list[QueueRow]:
    """Return the hospital's queues in the order the desks show them."""
    return [QueueRow(*row) for row in db.execute(_ALL, {"hospital": hospital_id})]


def rooms_of(db: Connection, queue_id: int) -> tuple[str, ...]:
    """Return the rooms that serve a queue, its usual one first."""
    return tuple(row[1] for row in db.execute(_ROOMS, {"queue": queue_id}))


def doctors_of(db: Connection, queue_id: int) -> list[int]:
    """Return the users whose own queue this is; none for a pool."""
    return list(db.execute(_DOCTORS, {"queue": queue_id}).scalars())


def is_own(db: Connection, queue_id: int, user_id: int | None) -> bool:
    """Return whether the queue is this doctor's own, or a pool that any doctor serves."""
    found = db.execute(_IS_MINE, {"queue": queue_id, "user": user_id or 0}).scalar_one()
    return bool(found != 0)


def own_queue_ids(db: Connection, hospital_id: int, user_id: int) -> set[int]:
    """Return the queues that a doctor serves: the own ones, and pools without a doctor."""
    mine = select(_doctor.c.queue_id).where(_doctor.c.user_id == user_id)
    taken = select(_doctor.c.queue_id)
    query = select(_queue.c.id).where(
        _queue.c.hospital_id == hospital_id,
        or_(_queue.c.id.in_(mine), _queue.c.id.not_in(taken)),
    )
    return set(db.execute(query).scalars())


def queues_with_rooms(db: Connection, hospital_id: int) -> dict[QueueRow, tuple[str, ...]]:
    """Return the hospital's queues in the order the desks show them, each with its rooms."""
    found: dict[int, tuple[QueueRow, list[str]]] = {}
    for columns in map(tuple, db.execute(_ALL_WITH_ROOMS, {"hospital": hospital_id})):
        room = columns[-1]  # None for a queue without one; a queue's usual room comes first
        if columns[0] not in found:
            found[columns[0]] = (QueueRow(*columns), [])
        if room is not None:
            found[columns[0]][1].append(room)
    return {row: tuple(rooms) for row, rooms in found.values()}


def all_doctors(db: Connection, hospital_id: int) -> dict[int, tuple[int, ...]]:
    """Return the user ids of every queue's doctors."""
    doctors: dict[int, tuple[int, ...]] = {}
    for queue_id, user_id in db.execute(_ALL_DOCTORS, {"hospital": hospital_id}):
        doctors[queue_id] = (*doctors.get(queue_id, ()), user_id)
    return doctors


def overview(db: Connection, hospital_id: int) -> list[QueueView]:
    """Return every queue with who waits and who is served, for the live board of a desk."""
    from hms.features.tokens.queries.boards import boards_of

    queues = queues_with_rooms(db, hospital_id)
    doctors = all_doctors(db, hospital_id)
    boards = boards_of(db, queues)
    return [
        QueueView(
            row,
            rooms,
            doctors.get(row.id, ()),
            boards[row.id].waiting,
            boards[row.id].next,
            boards[row.id].serving,
            boards[row.id].wait_low_minutes,
            boards[row.id].wait_high_minutes,
        )
        for row, rooms in queues.items()
    ]
