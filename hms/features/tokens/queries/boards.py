"""What the wall may know of queues: codes, rooms, counts; nothing of a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    bindparam,
    cast,
    func,
    literal_column,
    null,
    select,
    union_all,
)

from hms.features.staff.queries.whereabouts import hospital_of
from hms.features.tokens import rules
from hms.features.tokens.model import IS_OPEN, Queue, QueueRoom, Token, in_state
from hms.features.tokens.queries import queues as _queues
from hms.features.tokens.queries.line import next_codes
from hms.features.tokens.queries.queues import QueueRow
from hms.features.tokens.queries.waits import RECENT, wait_behind
from hms.features.tokens.rules import Policy
from hms.infra.settings import Settings
from hms.infra.tables import table_of
from hms.kernel import board
from hms.kernel.clock import iso

_token = table_of(Token)
_queue = table_of(Queue)
_room = table_of(QueueRoom)

FEW = 8  # queues; more are read together with all others
_MINE = _token.c.queue_id == bindparam("queue")
_WAITING = in_state(rules.Status.WAITING)


def _part(part: int, **columns: Any) -> Select[Any]:
    """Return one part of a board's rows: which it is, and what it says of the columns of all."""
    said = {name: columns.get(name, cast(null(), kind)) for name, kind in _KINDS.items()}
    return select(literal_column(str(part)).label("part"), *(c.label(n) for n, c in said.items()))


_KINDS: dict[str, Any] = {
    "code": _token.c.code.type,
    "place": _token.c.room.type,
    "status": _token.c.status.type,
    "number": _token.c.call_count.type,
    "began": _token.c.last_called_at.type,
    "ended": _token.c.ended_at.type,
    "day": _token.c.service_day.type,
    "rank": _token.c.rank.type,
    "id": _token.c.id.type,
    "name": _queue.c.name.type,
    "policy": _queue.c.policy.type,
}
_SERVED, _RECENT, _NEXT, _COUNT, _OF_QUEUE, _ROOM = range(6)
Parts = dict[int, list[Any]]


@dataclass(frozen=True, slots=True)
class _Queue:
    """What a board shows of its queue itself."""

    id: int
    hospital_id: int
    code: str
    name: str
    policy: str
    paused_at: datetime | None


def _board_rows() -> list[Select[Any]]:
    """Return all that a board shows of a queue's tokens."""
    served = _part(
        _SERVED,
        code=_token.c.code,
        place=_token.c.room,
        status=_token.c.status,
        number=_token.c.call_count,
        began=_token.c.last_called_at,
        id=_token.c.id,
    ).where(_MINE, IS_OPEN, in_state(*rules.SERVING))
    done = RECENT.add_columns(_token.c.id).subquery("done")
    recent = _part(
        _RECENT, place=done.c.counter, began=done.c.last_called_at, ended=done.c.ended_at,
        day=done.c.service_day, id=done.c.id,
    )  # fmt: skip
    first = (
        select(_token.c.code, _token.c.rank, _token.c.id)
        .where(_MINE, _WAITING)
        .order_by(_token.c.rank, _token.c.id)
        .limit(board.NEXT_SHOWN)
        .subquery("first")
    )
    coming = _part(_NEXT, code=first.c.code, rank=first.c.rank, id=first.c.id)
    waiting = _part(_COUNT, number=func.count(_token.c.id)).where(_MINE, _WAITING)
    return [served, recent, coming, waiting]


def _queue_rows() -> list[Select[Any]]:
    """Return what a board shows of an active queue of the hospital, and its rooms."""
    queue = _part(
        _OF_QUEUE, code=_queue.c.code, name=_queue.c.name, policy=_queue.c.policy,
        began=_queue.c.paused_at, id=_queue.c.id,
    ).where(
        _queue.c.id == bindparam("queue"),
        _queue.c.hospital_id == bindparam("hospital"),
        _queue.c.active,
    )  # fmt: skip
    room = _part(_ROOM, place=_room.c.room, rank=_room.c.position)
    return [queue, room.where(_room.c.queue_id == bindparam("queue"))]


# Each is one statement instead of a round trip for each part.
_BOARD = union_all(*_board_rows())
_WHOLE_BOARD = union_all(*_board_rows(), *_queue_rows())


def boards_of(
    db: Connection, queues: Mapping[QueueRow, tuple[str, ...]]
) -> dict[int, board.QueueBoard]:
    """Return the boards of ``queues``, each with its rooms, by queue id."""
    return {row.id: _board(db, row, rooms) for row, rooms in queues.items()}


def queue_boards(
    db: Connection, queue_ids: Sequence[int] | None = None, hospital_id: int = 1
) -> dict[int, board.QueueBoard]:
    """Return the boards of these active queues of a hospital, of all when None, by id."""
    if queue_ids is None or len(queue_ids) > FEW:
        queues = _queues.queues_with_rooms(db, hospital_id)
        wanted = {row.id for row in queues} if queue_ids is None else set(queue_ids)
        return boards_of(db, {row: rooms for row, rooms in queues.items() if row.id in wanted})
    found = {queue_id: _whole_board(db, queue_id, hospital_id) for queue_id in queue_ids}
    return {queue_id: board for queue_id, board in found.items() if board is not None}


def zone_queues(db: Connection, settings: Settings, zone: str | None) -> list[int] | None:
    """Return the ids of a zone's queues in its order; every queue for ``zone`` None.

    None is returned for a zone that the settings do not name, and for a hospital that
    the installation does not have.
    """
    hospital_id = hospital_of(db, settings)
    if hospital_id is None:
        return None
    rows = _queues.queue_rows(db, hospital_id)
    if zone is None:
        return [row.id for row in rows]
    codes = settings.zones.get(zone)
    if codes is None:
        return None
    by_code = {row.code: row.id for row in rows}
    return [by_code[code.upper()] for code in codes if code.upper() in by_code]


def _board(db: Connection, row: QueueRow, rooms: tuple[str, ...]) -> board.QueueBoard:
    return _board_of(db, row, rooms, _parts(db.execute(_BOARD, {"queue": row.id})))


def _whole_board(db: Connection, queue_id: int, hospital_id: int) -> board.QueueBoard | None:
    asked = {"queue": queue_id, "hospital": hospital_id}
    parts = _parts(db.execute(_WHOLE_BOARD, asked))
    if not parts[_OF_QUEUE]:
        return None
    said = parts[_OF_QUEUE][0]
    queue = _Queue(queue_id, hospital_id, said.code, said.name, said.policy, said.began)
    rooms = sorted((one.rank, one.place) for one in parts[_ROOM])
    return _board_of(db, queue, tuple(place for _, place in rooms), parts)


def _parts(rows: Iterable[Any]) -> Parts:
    parts: Parts = {part: [] for part in range(_ROOM + 1)}
    for row in rows:
        parts[row.part].append(row)
    return parts


def _board_of(
    db: Connection, row: QueueRow | _Queue, rooms: tuple[str, ...], parts: Parts
) -> board.QueueBoard:
    served = sorted(parts[_SERVED], key=lambda one: (one.began, one.id), reverse=True)
    recent = sorted(parts[_RECENT], key=lambda one: one.ended, reverse=True)
    waiting = int(parts[_COUNT][0].number)
    wait = wait_behind(waiting, [(one.began, one.ended, one.place, one.day) for one in recent])
    return board.QueueBoard(
        code=row.code,
        name=row.name,
        room=rooms[0] if rooms else None,
        paused=row.paused_at is not None,
        waiting=waiting,
        next=_next(db, row, parts[_NEXT]),
        serving=tuple(
            board.Serving(one.code, one.place, one.status, one.number, iso(one.began) or "")
            for one in served
        ),
        wait_low_minutes=wait[0] if wait else None,
        wait_high_minutes=wait[1] if wait else None,
    )


def _next(db: Connection, row: QueueRow | _Queue, first: list[Any]) -> tuple[str, ...]:
    if first and row.policy == Policy.ALTERNATE:
        return next_codes(db, row.hospital_id, row.id, row.policy, board.NEXT_SHOWN)
    return tuple(one.code for one in sorted(first, key=lambda one: (one.rank, one.id)))
