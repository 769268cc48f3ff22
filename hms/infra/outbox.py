"""The outbox: events written in the transaction that made them true, read in order."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from hms.infra.tables import Meta, Outbox, table_of
from hms.kernel.clock import iso
from hms.kernel.events import HOSPITAL_TOPIC, Recorded

_outbox = table_of(Outbox)
_meta = table_of(Meta)
_COLUMNS = (
    _outbox.c.id,
    _outbox.c.at,
    _outbox.c.kind,
    _outbox.c.topic,
    _outbox.c.subject_id,
    _outbox.c.frames,
    _outbox.c.payload,
)
_READ_AFTER = (
    select(*_COLUMNS)
    .where(_outbox.c.id > bindparam("cursor"))
    .order_by(_outbox.c.id)
    .limit(bindparam("most"))
)
_LAST_ID = select(func.coalesce(func.max(_outbox.c.id), 0))
_EPOCH = select(_meta.c.value).where(_meta.c.key == "epoch")
_NEWS = (
    select(_meta.c.value, _LAST_ID.scalar_subquery(), *_COLUMNS)
    .select_from(_meta.outerjoin(_outbox, _outbox.c.id > bindparam("cursor")))
    .where(_meta.c.key == "epoch")
    .order_by(_outbox.c.id)
    .limit(bindparam("most"))
)


def read_after(db: Connection, cursor: int, limit: int = 1000) -> list[Recorded]:
    """Return up to ``limit`` events after outbox id ``cursor``, in order."""
    rows = db.execute(_READ_AFTER, {"cursor": cursor, "most": limit})
    return [_recorded(row) for row in rows]


def news(db: Connection, cursor: int, limit: int) -> tuple[str, int, list[Recorded]]:
    """Return the timeline, the newest event's id, and what ``read_after`` does; one statement."""
    rows = db.execute(_NEWS, {"cursor": cursor, "most": limit}).all()
    timeline, last = rows[0][:2]
    return str(timeline), int(last), [_recorded(row[2:]) for row in rows if row[2] is not None]


def _recorded(r: Sequence[Any]) -> Recorded:
    return Recorded(r[0], iso(r[1]) or "", r[2], r[3], r[4], r[5], r[6])


def last_id(db: Connection) -> int:
    """Return the id of the newest event, 0 when there is none."""
    return int(db.execute(_LAST_ID).scalar_one())


def epoch(db: Connection) -> str:
    """Return the name of the database's timeline: new after ``init`` and after a restore."""
    return str(db.execute(_EPOCH).scalar_one())


def frames_until(db: Connection, topics: Sequence[int] | None, cursor: int) -> int:
    """Return how many wall frames the events up to ``cursor`` made.

    ``topics`` are the queues of a zone, None for every queue; events of the
    hospital belong to every zone.
    """
    query = select(func.coalesce(func.sum(_outbox.c.frames), 0)).where(_outbox.c.id <= cursor)
    if topics is None:
        query = query.where(_outbox.c.topic.is_not(None))
    else:
        query = query.where(_outbox.c.topic.in_([HOSPITAL_TOPIC, *topics]))
    return int(db.execute(query).scalar_one())


def payload_of(db: Connection, event_id: int) -> dict[str, object]:
    """Return the payload of one event."""
    row = db.execute(select(_outbox.c.payload).where(_outbox.c.id == event_id)).scalar_one()
    return row if isinstance(row, dict) else dict(json.loads(row))
