"""What the wall may know of queues: codes, rooms, counts; nothing of a person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from hms.features.tokens import rules
from hms.features.tokens.model import Token
from hms.features.tokens.queries import queues as _queues
from hms.features.tokens.queries.queues import QueueRow
from hms.features.tokens.queries.waits import queue_wait
from hms.infra import outbox
from hms.infra.settings import Settings
from hms.infra.tables import Outbox, table_of
from hms.kernel import board
from hms.kernel.clock import iso

_token = table_of(Token)
_outbox = table_of(Outbox)
_WAITING = rules.Status.WAITING.value
_SERVING = tuple(status.value for status in rules.SERVING)
_CALLS = ("TokenCalled", "TokenRecalled")
_WITHDRAWALS = ("TokenPutBack", "TokenUndone", "TokenRejoined")
_NEWEST = 2**62

_COUNT = select(func.count()).where(
    _token.c.queue_id == bindparam("queue"), _token.c.status == _WAITING
)
_NEXT = (
    select(_token.c.code)
    .where(_token.c.queue_id == bindparam("queue"), _token.c.status == _WAITING)
    .order_by(_token.c.rank, _token.c.id)
    .limit(board.NEXT_SHOWN)
)
_SERVED = (
    select(
        _token.c.code,
        _token.c.room,
        _token.c.status,
        _token.c.call_count,
        _token.c.last_called_at,
    )
    .where(_token.c.queue_id == bindparam("queue"), _token.c.status.in_(_SERVING))
    .order_by(_token.c.last_called_at.desc(), _token.c.id.desc())
)
_CALL_LOG = (
    select(_outbox.c.id, _outbox.c.at, _outbox.c.kind, _outbox.c.topic, _outbox.c.payload)
    .where(_outbox.c.kind.in_((*_CALLS, *_WITHDRAWALS)), _outbox.c.id < bindparam("before"))
    .order_by(_outbox.c.id.desc())
    .limit(bindparam("most"))
)


def boards_of(
    db: Connection, rows: Iterable[QueueRow], rooms: dict[int, tuple[str, ...]]
) -> dict[int, board.QueueBoard]:
    """Return the boards of ``rows`` by queue id."""
    return {row.id: _board(db, row, rooms.get(row.id, ())) for row in rows}


def queue_boards(
    db: Connection, queue_ids: Sequence[int] | None = None
) -> dict[int, board.QueueBoard]:
    """Return the boards of these queues (all when None), by id in display order."""
    rows = _queues.queue_rows(db, 1)
    if queue_ids is not None:
        wanted = set(queue_ids)
        rows = [row for row in rows if row.id in wanted]
    return boards_of(db, rows, _queues.all_rooms(db, 1))


def zone_queues(db: Connection, settings: Settings, zone: str | None) -> list[int] | None:
    """Return the ids of a zone's queues in its order; every queue for ``zone`` None.

    None is returned for a zone that the settings do not name.
    """
    rows = _queues.queue_rows(db, 1)
    if zone is None:
        return [row.id for row in rows]
    codes = settings.zones.get(zone)
    if codes is None:
        return None
    by_code = {row.code: row.id for row in rows}
    return [by_code[code.upper()] for code in codes if code.upper() in by_code]


def hospital_board(db: Connection, settings: Settings) -> board.HospitalBoard:
    """Return what a fresh snapshot is made of; run it in one read transaction."""
    return board.HospitalBoard(
        hospital=settings.hospital.name,
        timezone=settings.hospital.timezone,
        epoch=outbox.epoch(db),
        cursor=outbox.last_id(db),
        queues=queue_boards(db),
        recent_calls=recent_calls(db),
    )


def recent_calls(
    db: Connection,
    queue_ids: Sequence[int] | None = None,
    most: int = board.RECENT_CALLS,
) -> tuple[board.Call, ...]:
    """Return the newest calls of these queues, one per token, without the withdrawn ones.

    A call is withdrawn when its token waited again after it: put back, undone
    or rejoined.  A wall that folds its frames comes to the same list.
    """
    query = _CALL_LOG
    if queue_ids is not None:
        query = query.where(_outbox.c.topic.in_(list(queue_ids)))
    codes = {row.id: row.code for row in _queues.queue_rows(db, 1)}
    seen: set[str] = set()
    calls: list[board.Call] = []
    before = _NEWEST
    while len(calls) < most:
        rows = db.execute(query, {"before": before, "most": 4 * most}).all()
        for event_id, at, kind, topic, payload in rows:
            before = event_id
            code = payload["token"]
            if kind in _CALLS and code not in seen and len(calls) < most:
                calls.append(_call(event_id, at, codes.get(topic, ""), payload))
            if kind in _CALLS or payload["status"] == _WAITING:
                seen.add(code)
        if len(rows) < 4 * most:
            break
    return tuple(calls)


def _call(event_id: int, at: datetime, queue: str, payload: dict[str, Any]) -> board.Call:
    return board.Call(
        call_id=event_id,
        token=payload["token"],
        queue=queue,
        room=payload["room"],
        call_no=payload["call_no"],
        at=iso(at) or "",
    )


def _board(db: Connection, row: QueueRow, rooms: tuple[str, ...]) -> board.QueueBoard:
    key = {"queue": row.id}
    waiting = int(db.execute(_COUNT, key).scalar_one())
    wait = queue_wait(db, row.id, waiting)
    return board.QueueBoard(
        code=row.code,
        name=row.name,
        room=rooms[0] if rooms else None,
        paused=row.paused_at is not None,
        waiting=waiting,
        next=tuple(db.execute(_NEXT, key).scalars()) if waiting else (),
        serving=tuple(
            board.Serving(code, room, status, calls, iso(at) or "")
            for code, room, status, calls, at in db.execute(_SERVED, key)
        ),
        wait_low_minutes=wait[0] if wait else None,
        wait_high_minutes=wait[1] if wait else None,
    )
