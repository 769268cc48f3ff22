"""What the wall may know of queues: codes, rooms, counts; nothing of a person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, bindparam, func, select

from hms.features.staff.queries import hospital_of
from hms.features.tokens import rules
from hms.features.tokens.model import IS_OPEN, Token, in_state
from hms.features.tokens.queries import queues as _queues
from hms.features.tokens.queries.line import next_codes
from hms.features.tokens.queries.queues import QueueRow
from hms.features.tokens.queries.waits import queue_wait
from hms.infra.settings import Settings
from hms.infra.tables import table_of
from hms.kernel import board
from hms.kernel.clock import iso

_token = table_of(Token)

_COUNT = select(func.count()).where(
    _token.c.queue_id == bindparam("queue"), in_state(rules.Status.WAITING)
)
_SERVED = (
    select(
        _token.c.code,
        _token.c.room,
        _token.c.status,
        _token.c.call_count,
        _token.c.last_called_at,
    )
    .where(_token.c.queue_id == bindparam("queue"), IS_OPEN, in_state(*rules.SERVING))
    .order_by(_token.c.last_called_at.desc(), _token.c.id.desc())
)


def boards_of(
    db: Connection, rows: Iterable[QueueRow], rooms: dict[int, tuple[str, ...]]
) -> dict[int, board.QueueBoard]:
    """Return the boards of ``rows`` by queue id."""
    return {row.id: _board(db, row, rooms.get(row.id, ())) for row in rows}


def queue_boards(
    db: Connection, queue_ids: Sequence[int] | None = None, hospital_id: int = 1
) -> dict[int, board.QueueBoard]:
    """Return the boards of these queues of a hospital (all when None), by id in display order."""
    rows = _queues.queue_rows(db, hospital_id)
    if queue_ids is not None:
        wanted = set(queue_ids)
        rows = [row for row in rows if row.id in wanted]
    return boards_of(db, rows, _queues.all_rooms(db, hospital_id))


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
    key = {"queue": row.id}
    waiting = int(db.execute(_COUNT, key).scalar_one())
    wait = queue_wait(db, row.id, waiting)
    return board.QueueBoard(
        code=row.code,
        name=row.name,
        room=rooms[0] if rooms else None,
        paused=row.paused_at is not None,
        waiting=waiting,
        next=next_codes(db, row.hospital_id, row.id, row.policy, board.NEXT_SHOWN)
        if waiting
        else (),
        serving=tuple(
            board.Serving(code, room, status, calls, iso(at) or "")
            for code, room, status, calls, at in db.execute(_SERVED, key)
        ),
        wait_low_minutes=wait[0] if wait else None,
        wait_high_minutes=wait[1] if wait else None,
    )
