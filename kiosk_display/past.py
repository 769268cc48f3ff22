"""What the outbox tells of the zones up to now: numbers, the last frames, the recent calls.

Everything follows from the outbox alone, so a server that was restarted, and
every other server, numbers alike.  Read inside one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, bindparam, func, select

from hms.infra.tables import Outbox, table_of
from hms.kernel.board import Call
from hms.kernel.clock import iso
from hms.kernel.events import HOSPITAL_TOPIC, Recorded
from kiosk_display.state import HISTORY, Past, Zone, recent_calls

FIRST_LOOK = 256  # rows of one queue; enough for ten calls on any ordinary day

_outbox = table_of(Outbox)
_COLUMNS = (
    _outbox.c.id,
    _outbox.c.at,
    _outbox.c.kind,
    _outbox.c.topic,
    _outbox.c.subject_id,
    _outbox.c.frames,
    _outbox.c.payload,
)
_OF_TOPIC = (_outbox.c.topic == bindparam("topic")) & (_outbox.c.frames > 0)
_TOTALS = (
    select(_outbox.c.topic, func.sum(_outbox.c.frames))
    .where(_outbox.c.topic.is_not(None))
    .group_by(_outbox.c.topic)
)
_NEWEST = (
    select(_outbox.c.id, _outbox.c.frames)
    .where(_OF_TOPIC)
    .order_by(_outbox.c.id.desc())
    .limit(HISTORY)
)
_FROM = select(*_COLUMNS).where(_OF_TOPIC, _outbox.c.id >= bindparam("first"))
_BEFORE = (
    select(*_COLUMNS)
    .where(_OF_TOPIC, _outbox.c.id < bindparam("first"))
    .where(_outbox.c.frames > 1, _outbox.c.kind != "TokenIssued")
    .order_by(_outbox.c.id.desc())
    .limit(bindparam("most"))
)


# The newest outbox rows of a topic: (id, frames), newest first.
_Newest = tuple[tuple[int, int], ...]


def pasts(
    db: Connection, zones: Iterable[Zone], codes: Mapping[int, str]
) -> dict[str | None, Past]:
    """Return each zone's past by its name; ``codes`` maps queue ids to codes."""
    totals = {row[0]: int(row[1]) for row in db.execute(_TOTALS)}
    newest = {
        topic: tuple((row[0], row[1]) for row in db.execute(_NEWEST, {"topic": topic}))
        for topic in (HOSPITAL_TOPIC, *codes)
    }
    return {zone.name: _past(db, zone, codes, totals, newest) for zone in zones}


def _past(
    db: Connection,
    zone: Zone,
    codes: Mapping[int, str],
    totals: Mapping[int, int],
    newest: Mapping[int, _Newest],
) -> Past:
    topics = (HOSPITAL_TOPIC, *zone.queue_ids)
    first = _first_id([newest[topic] for topic in topics])
    events = sorted(
        (event for topic in topics for event in _events(db, _FROM, topic=topic, first=first)),
        key=lambda event: event.id,
    )
    own = {topic: codes[topic] for topic in zone.queue_ids}
    _, full = recent_calls(events, own)
    return Past(
        seq=sum(totals.get(topic, 0) for topic in topics),
        events=events,
        calls=() if full else _calls_before(db, own, first),
    )


def _first_id(topics: Iterable[_Newest]) -> int:
    """Return the id of the oldest row that makes the history full."""
    rows = sorted((row for rows_of_one in topics for row in rows_of_one), reverse=True)
    frames = first = 0
    for row_id, made in rows:
        frames += made
        if frames > HISTORY:
            break
        first = row_id
    return first


def _calls_before(db: Connection, codes: Mapping[int, str], first: int) -> tuple[Call, ...]:
    """Return the recent calls of a zone as they were just before row ``first``."""
    most = FIRST_LOOK
    while True:
        calls, complete = _look_back(db, codes, first, most)
        if complete:
            return calls
        most *= 4


def _look_back(
    db: Connection, codes: Mapping[int, str], first: int, most: int
) -> tuple[tuple[Call, ...], bool]:
    found: list[Recorded] = []
    since = 0  # rows older than this are not known of every queue
    for topic in codes:
        rows = _events(db, _BEFORE, topic=topic, first=first, most=most)
        found += rows
        if len(rows) == most:
            since = max(since, rows[-1].id)
    known = sorted((row for row in found if row.id >= since), key=lambda row: row.id)
    calls, full = recent_calls(known, codes)
    return calls, full or not since


def _events(db: Connection, statement: object, **values: int) -> list[Recorded]:
    rows = db.execute(statement, values)  # type: ignore[call-overload]
    return [Recorded(r[0], iso(r[1]) or "", r[2], r[3], r[4], r[5], r[6]) for r in rows]
