"""Follows the outbox: events say what changed and what to announce, the boards say what is.

A read takes events and the boards of the queues they touched in one
transaction.  A missed bell, a restart or a gap heals by itself: the next look
starts at the cursor again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from functools import partial

from hms.features.displays import queries as displays
from hms.features.tokens.queries.boards import queue_boards, zone_queues
from hms.infra import outbox
from hms.infra.db import Database
from hms.infra.uow import Work
from hms.kernel.board import Notice, QueueBoard
from hms.kernel.errors import HmsError
from hms.kernel.events import HOSPITAL_TOPIC, Recorded
from kiosk_display.hub import Hub
from kiosk_display.opening import (
    BATCH,
    Kept,
    Opening,
    hospital_here,
    open_own,
    open_zones,
    whereabouts,
)
from kiosk_display.shelf import Shelf
from kiosk_display.speech.voicing import Speaker, ZoneVoice, nobody

__all__ = ["Changes", "Feed", "Opening", "look"]

REVOKED = "ScreenRevoked"
ORDERS = {"ScreenReloadAsked": "reload", "ScreenIdentifyAsked": "identify"}
RETRY_SECONDS = 0.5
OWN_STREAMS = 500  # sets of queues that the staff follows at once; the oldest are given up
OPENING_TRIES = 5  # to open one of them between two events

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Changes:
    """Events after the cursor, and the state they led to."""

    events: list[Recorded]
    boards: Mapping[int, QueueBoard]
    notices: tuple[Notice, ...]
    screens: Mapping[int, str] = field(default_factory=dict)  # names of those that are told


def look(
    work: Work,
    known: Opening | None,
    cursor: int,
    speaks: Callable[[str], bool] = nobody,
    own: Mapping[str, tuple[int, ...]] | None = None,
    kept: Kept | None = None,
) -> Opening | Changes:
    """Return what happened after ``cursor``, or everything anew when the zones are others now.

    ``own`` are queues that single members of the staff follow, beside the zones; ``kept``
    is what another server kept of them.
    """
    hospital_id = hospital_here(work)
    if known is None:
        return open_zones(work, outbox.epoch(work.db), speaks, own or {}, kept)
    timeline, last, events = outbox.news(work.db, cursor, BATCH)
    if known.database_epoch != timeline or last < cursor:
        return open_zones(work, timeline, speaks, own or {}, kept)
    topics = {event.topic for event in events if event.topic is not None and event.frames}
    queues = topics - {HOSPITAL_TOPIC}
    boards = _boards(work, sorted(queues & known.queue_ids), hospital_id)
    if len(boards) < len(queues) and _queue_ids(work) != known.queue_ids:
        return open_zones(work, timeline, speaks, own or {}, kept)
    told_all = HOSPITAL_TOPIC in topics
    notices = displays.current_notices(work.db, hospital_id) if told_all else ()
    told = {event.subject_id for event in events if event.kind in (REVOKED, *ORDERS)}
    screens = displays.screen_names(work.db, told, hospital_id) if told else {}
    return Changes(events, boards, notices, screens)


def _boards(work: Work, queue_ids: list[int], hospital_id: int) -> Mapping[int, QueueBoard]:
    return queue_boards(work.db, queue_ids, hospital_id) if queue_ids else {}


def _queue_ids(work: Work) -> frozenset[int]:
    return frozenset(zone_queues(work.db, work.settings, None) or ())


class Feed:
    """Keeps a hub's streams at the end of the outbox."""

    def __init__(
        self,
        database: Database,
        hub: Hub,
        speaker: Speaker | None = None,
        shelf: Shelf | None = None,
    ) -> None:
        self._database = database
        self._shelf = shelf
        self._hub = hub
        self._speaker = speaker
        self._known: Opening | None = None
        self._cursor = 0
        self.heard: Callable[[Sequence[Recorded]], None] = lambda _: None  # the staff channel
        self._own: dict[str, tuple[int, ...]] = {}
        self._turn = asyncio.Lock()
        self._leaving: asyncio.Task[None] | None = None

    async def follow_queues(self, queue_ids: Iterable[int]) -> str:
        """Keep a stream of just these queues for the staff; return the hub's name for it.

        Raises:
            Unavailable: the database cannot be read.
        """
        ids = tuple(sorted(set(queue_ids)))
        key = f"\0{','.join(map(str, ids))}"  # no zone of the settings can be called so
        if key not in self._own:
            while len(self._own) >= OWN_STREAMS:
                self._give_up()
            self._own[key] = ids
            await self._open_own(key, ids)
        await self.poll()
        return key

    async def _open_own(self, key: str, ids: tuple[int, ...]) -> None:
        """Open one stream where all others are; where the outbox runs ahead of us, all anew."""
        for _ in range(OPENING_TRIES):
            await self.poll()
            async with self._turn:
                known, cursor = self._known, self._cursor
                if known is None or key in known.streams:
                    return  # all were opened meanwhile, or are with the next look
                look_at = partial(open_own, opened=known, cursor=cursor, queue_ids=ids)
                stream = await self._database.read(look_at)
                if stream is not None:
                    known.streams[key] = stream
                    self._hub.take_in(key, stream)
                    return
        async with self._turn:
            self._known = None

    def _give_up(self) -> None:
        """Forget the oldest set of queues that nobody follows, else the oldest."""
        idle = (key for key in self._own if not self._hub.followed(key))
        key = next(idle, next(iter(self._own)))
        del self._own[key]
        if self._known is not None:
            self._known.streams.pop(key, None)
        self._hub.give_up(key)

    async def follow(self) -> None:
        """Read whenever something may have happened; never returns."""
        while True:
            try:
                changed = self._database.backend.data_version
                listening = self._database.bell.listen(changed, seen=lambda: self._cursor)
                async with aclosing(listening) as rings:
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
        known, cursor, own = self._known, self._cursor, dict(self._own)
        speaks = nobody if self._speaker is None else self._speaker.speaks
        kept = None
        if known is None and self._shelf is not None and not own:
            kept = await self._shelf.fetch(*await self._database.read(whereabouts))
        found = await self._database.read(lambda work: look(work, known, cursor, speaks, own, kept))
        if isinstance(found, Opening):
            if self._shelf is not None and found.kept is not None:
                self._leaving = asyncio.create_task(self._shelf.leave(found.kept))
                found = replace(found, kept=None)
            self._known, self._cursor = found, found.cursor
            self._hub.take_up(found.streams)
            self._hub.send_away(found.revoked)
            self._remember(found)
            return False
        if found.events:
            self._cursor = found.events[-1].id
            self._hub.tell(found.events, found.boards, found.notices)
            self._say(found)
            self._pass_on(found)
            self.heard(found.events)
        return len(found.events) == BATCH

    def _remember(self, opening: Opening) -> None:
        """Let the voice know the calls that screens were told before: they may ask for them."""
        if self._speaker is not None:
            self._speaker.opened(
                (stream.zone.voice, call.token, call.room)
                for stream in opening.streams.values()
                for call in stream.called()
            )

    def _say(self, changes: Changes) -> None:
        """Have the calls made audible, now that the frames are out."""
        if self._speaker is None or self._known is None:
            return
        zones: dict[int, list[ZoneVoice]] = {}
        for stream in self._known.streams.values():
            for queue in stream.zone.queue_ids:
                zones.setdefault(queue, []).append(stream.zone.voice)
        self._speaker.told(changes.events, changes.boards, zones)

    def _pass_on(self, found: Changes) -> None:
        """Pass on what the staff tells single screens."""
        for event in found.events:
            name = found.screens.get(event.subject_id)
            if name is None:
                continue
            if event.kind == REVOKED:
                self._hub.send_away([name])
            elif event.kind in ORDERS:
                self._hub.order(ORDERS[event.kind], [name])
