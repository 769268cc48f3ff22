"""Taking up the zones at one instant: from the database, or from what another server kept.

What was kept is of one timeline and one event number; whoever takes it reads the
events after that number in the same transaction, so it is never older than the
database and never newer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hms.features.displays import queries as displays
from hms.features.staff.queries.whereabouts import hospital_of
from hms.features.tokens.queries.boards import queue_boards, zone_queues
from hms.infra import outbox
from hms.infra.uow import Work
from hms.kernel.board import Notice, QueueBoard
from hms.kernel.errors import Unavailable
from hms.kernel.events import HOSPITAL_TOPIC, Recorded
from kiosk_display.look import look_of
from kiosk_display.past import pasts
from kiosk_display.speech.voicing import voice_of
from kiosk_display.state import Hall, Past, Stream, Zone, epoch_of

MOST_BEHIND = 20_000  # events; beyond it a whole look costs less than catching up
BATCH = 1_000  # events read at once

Zones = tuple[tuple[str | None, tuple[int, ...]], ...]  # name and queues of each


class NoSuchHospital(Unavailable):
    """The settings name a hospital that the database does not have."""

    code = "wall.no_such_hospital"
    hint = "see: hms hospital list"


@dataclass(frozen=True, slots=True)
class Kept:
    """What every zone was at event ``cursor`` of ``timeline``; nothing of a person."""

    timeline: str
    cursor: int
    zones: Zones
    boards: Mapping[int, QueueBoard]
    notices: tuple[Notice, ...]
    pasts: Mapping[str | None, Past]


@dataclass(frozen=True, slots=True)
class Opening:
    """All zones, taken up at outbox id ``cursor``; ``kept`` is what others may take it from."""

    database_epoch: str
    cursor: int
    queue_ids: frozenset[int]
    streams: dict[str | None, Stream]
    revoked: frozenset[str] = frozenset()
    kept: Kept | None = field(default=None, compare=False)


def hospital_here(work: Work) -> int:
    """Return the hospital whose walls these are; a wall shows one alone.

    Raises:
        NoSuchHospital: the settings name one that is not there.
    """
    here = hospital_of(work.db, work.settings)
    if here is None:
        raise NoSuchHospital("[hospital] code names no hospital of this database")
    return here


def whereabouts(work: Work) -> tuple[str, Zones]:
    """Return the timeline and the zones, by which kept ones are asked for."""
    names = (None, *work.settings.zones)
    return outbox.epoch(work.db), tuple((name, _queues(work, name)) for name in names)


def open_zones(
    work: Work,
    timeline: str,
    speaks: Callable[[str], bool],
    own: Mapping[str, tuple[int, ...]],
    kept: Kept | None = None,
) -> Opening:
    """Return all zones as they are now; ``own`` are single members' queues beside them."""
    names = (None, *work.settings.zones)
    zones = [_zone(work, name, timeline, speaks) for name in names]
    wanted = tuple((zone.name, zone.queue_ids) for zone in zones)
    last = outbox.last_id(work.db)
    fits = kept is not None and (kept.timeline, kept.zones) == (timeline, wanted)
    if kept is None or own or not (fits and 0 <= last - kept.cursor <= MOST_BEHIND):
        return _from_the_database(work, timeline, zones, own, last)
    hall = _hall(work)
    streams = {
        zone.name: Stream(zone, hall, kept.pasts[zone.name], kept.boards, kept.notices)
        for zone in zones
    }
    _catch_up(work, kept, streams)
    revoked = displays.revoked_names(work.db, hospital_here(work))
    return Opening(timeline, last, frozenset(kept.boards), streams, revoked)


def _from_the_database(
    work: Work,
    timeline: str,
    zones: list[Zone],
    own: Mapping[str, tuple[int, ...]],
    last: int,
) -> Opening:
    hospital_id = hospital_here(work)
    boards = queue_boards(work.db, None, hospital_id)
    notices = displays.current_notices(work.db, hospital_id)
    codes = {key: board.code for key, board in boards.items()}
    known = pasts(work.db, zones, codes)
    hall = _hall(work)
    streams = {zone.name: Stream(zone, hall, known[zone.name], boards, notices) for zone in zones}
    for key, wanted in own.items():
        streams[key] = _own(work, timeline, wanted, boards, notices)
    revoked = displays.revoked_names(work.db, hospital_id)
    named = tuple((zone.name, zone.queue_ids) for zone in zones)
    kept = Kept(timeline, last, named, boards, notices, known)
    return Opening(timeline, last, frozenset(boards), streams, revoked, kept)


def open_own(work: Work, opened: Opening, cursor: int, queue_ids: tuple[int, ...]) -> Stream | None:
    """Return a stream of just these queues at event ``cursor``, None when that is past already."""
    if outbox.last_id(work.db) != cursor or outbox.epoch(work.db) != opened.database_epoch:
        return None
    hospital_id = hospital_here(work)
    boards = queue_boards(work.db, list(queue_ids), hospital_id) if queue_ids else {}
    notices = displays.current_notices(work.db, hospital_id)
    return _own(work, opened.database_epoch, queue_ids, boards, notices)


def _own(
    work: Work,
    timeline: str,
    wanted: tuple[int, ...],
    boards: Mapping[int, QueueBoard],
    notices: tuple[Notice, ...],
) -> Stream:
    ids = tuple(queue for queue in boards if queue in wanted)
    zone = Zone(None, ids, epoch_of(timeline, ids))
    past = pasts(work.db, [zone], {key: board.code for key, board in boards.items()})[None]
    return Stream(zone, _hall(work), past, boards, notices)


def _catch_up(work: Work, kept: Kept, streams: Mapping[str | None, Stream]) -> None:
    """Fold in what happened since ``kept``, with the boards as they are now."""
    news: list[Recorded] = []
    while batch := outbox.read_after(work.db, news[-1].id if news else kept.cursor, BATCH):
        news += batch
    touched = {event.topic for event in news if event.topic is not None and event.frames}
    hospital_id = hospital_here(work)
    ids = sorted(touched & kept.boards.keys())
    boards = queue_boards(work.db, ids, hospital_id) if ids else {}
    notices = kept.notices
    if HOSPITAL_TOPIC in touched:
        notices = displays.current_notices(work.db, hospital_id)
    for stream in streams.values():
        stream.advance(news, {**kept.boards, **boards}, notices)


def _hall(work: Work) -> Hall:
    hospital = work.settings.hospital
    return Hall(hospital.name, hospital.timezone, work.settings.display.chime)


def _zone(work: Work, name: str | None, timeline: str, speaks: Callable[[str], bool]) -> Zone:
    ids = _queues(work, name)
    voice, look = voice_of(work.settings, name, speaks), look_of(work.settings, name)
    return Zone(name, ids, epoch_of(timeline, ids), voice, look)


def _queues(work: Work, name: str | None) -> tuple[int, ...]:
    return tuple(dict.fromkeys(zone_queues(work.db, work.settings, name) or ()))
