"""Follows the outbox: events say what changed and what to announce, the boards say what is.

A read takes events and the boards of the queues they touched in one
transaction.  A missed bell, a restart or a gap heals by itself: the next look
starts at the cursor again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass

from hms.features.displays import queries as displays
from hms.features.tokens import queries as tokens
from hms.infra import outbox
from hms.infra.db import Database
from hms.infra.uow import Work
from hms.kernel.board import Notice, QueueBoard
from hms.kernel.errors import HmsError
from hms.kernel.events import HOSPITAL_TOPIC, Recorded
from kiosk_display.hub import Hub
from kiosk_display.past import pasts
from kiosk_display.state import Hall, Stream, Zone, epoch_of

BATCH = 1_000  # events read at once
RETRY_SECONDS = 0.5

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Opening:
    """All zones, taken up at outbox id ``cursor``."""

    database_epoch: str
    cursor: int
    queue_ids: frozenset[int]
    streams: dict[str | None, Stream]


@dataclass(frozen=True, slots=True)
class Changes:
    """Events after the cursor, and the state they led to."""

    events: list[Recorded]
    boards: Mapping[int, QueueBoard]
    notices: tuple[Notice, ...]


def look(work: Work, known: Opening | None, cursor: int) -> Opening | Changes:
    """Return what happened after ``cursor``, or everything anew when the zones are others now."""
    timeline = outbox.epoch(work.db)
    if known is None or known.database_epoch != timeline or outbox.last_id(work.db) < cursor:
        return _open(work, timeline)
    events = outbox.read_after(work.db, cursor, BATCH)
    topics = {event.topic for event in events if event.topic is not None and event.frames}
    queues = topics - {HOSPITAL_TOPIC}
    boards = _boards(work, sorted(queues & known.queue_ids))
    if len(boards) < len(queues) and _queue_ids(work) != known.queue_ids:
        return _open(work, timeline)
    notices = displays.current_notices(work.db) if HOSPITAL_TOPIC in topics else ()
    return Changes(events, boards, notices)


def _boards(work: Work, queue_ids: list[int]) -> Mapping[int, QueueBoard]:
    return tokens.queue_boards(work.db, queue_ids) if queue_ids else {}


def _queue_ids(work: Work) -> frozenset[int]:
    return frozenset(tokens.zone_queues(work.db, work.settings, None) or ())


def _open(work: Work, timeline: str) -> Opening:
    boards = tokens.queue_boards(work.db)
    notices = displays.current_notices(work.db)
    zones = [_zone(work, name, timeline) for name in (None, *work.settings.zones)]
    codes = {key: board.code for key, board in boards.items()}
    known = pasts(work.db, zones, codes)
    hospital = work.settings.hospital
    hall = Hall(hospital.name, hospital.timezone, work.settings.display.chime)
    streams = {zone.name: Stream(zone, hall, known[zone.name], boards, notices) for zone in zones}
    return Opening(timeline, outbox.last_id(work.db), frozenset(boards), streams)


def _zone(work: Work, name: str | None, timeline: str) -> Zone:
    ids = tuple(dict.fromkeys(tokens.zone_queues(work.db, work.settings, name) or ()))
    return Zone(name, ids, epoch_of(timeline, ids))


class Feed:
    """Keeps a hub's streams at the end of the outbox."""

    def __init__(self, database: Database, hub: Hub) -> None:
        self._database = database
        self._hub = hub
        self._known: Opening | None = None
        self._cursor = 0
        self._turn = asyncio.Lock()

    async def follow(self) -> None:
        """Read whenever something may have happened; never returns."""
        while True:
            try:
                changed = self._database.backend.data_version
                async with aclosing(self._database.bell.listen(changed)) as rings:
                    async for _ in rings:
                        await self.poll()
            except HmsError as error:
                log.warning("the wall cannot read the database: %s", error.message)
            except Exception as error:  # noqa: BLE001  (the wall outlives what it does not know)
                log.error("the wall stumbled over %s", type(error).__name__)
                self._known = None
            await asyncio.sleep(RETRY_SECONDS)

    async def poll(self) -> None:
        """Read to the end of the outbox and hand on what is new.

        Raises:
            Unavailable: the database cannot be read.
        """
        async with self._turn:
            while await self._step():
                pass
            self._hub.seen()

    async def _step(self) -> bool:
        known, cursor = self._known, self._cursor
        found = await self._database.read(lambda work: look(work, known, cursor))
        if isinstance(found, Opening):
            self._known, self._cursor = found, found.cursor
            self._hub.take_up(found.streams)
            return False
        if found.events:
            self._cursor = found.events[-1].id
            self._hub.tell(found.events, found.boards, found.notices)
        return len(found.events) == BATCH
