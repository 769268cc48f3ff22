"""Follows the outbox, so that what another desk changes is seen here at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from datetime import datetime
from typing import TYPE_CHECKING

from hms.kernel import clock
from hms.kernel.errors import Unavailable
from hms.kit.base import HospitalChanged

if TYPE_CHECKING:
    from hms.bootstrap import Application

RETRY_SECONDS = 1.0
# A commit rings; looking besides is for a ring that was lost.  Fifty looks a second would take
# 17 ms of the processor, at every desk of the machine, and most desks stand idle.
LOOK_SECONDS = 0.1
# On a busy floor something changes twenty times a second; drawn each time, eight desks on one
# machine had no time left for their keys.  The first change of a while is told at once.
BETWEEN_SECONDS = 0.2
# Where drawing takes long the machine is busy, perhaps with other desks that draw the same:
# a desk draws for a quarter of the time at most, the rest is for its keys.
REST = 3


async def _at_once() -> None:
    """Draw nothing."""


async def follow(
    application: Application,
    tell: Callable[[HospitalChanged], None],
    reach: Callable[[datetime | None], None] = lambda _since: None,
    drawn: Callable[[], Awaitable[None]] = _at_once,
) -> None:
    """Call ``tell`` for every batch of events that was committed from now on, until cancelled.

    At most five times a second, and less often where it takes long until it is ``drawn``:
    what is committed meanwhile is told in one.  A database
    out of reach is tried again every second: nothing is missed, because events are read
    after the last one seen.  ``reach`` hears since when it is out of reach, and None when
    it is back.
    """
    from hms.infra.outbox import last_id

    db = application.db
    cursor: int | None = None
    since: datetime | None = None
    loop = asyncio.get_running_loop()
    due = loop.time()

    def seen() -> int:
        return cursor or 0

    while True:
        try:
            if cursor is None:
                cursor = await db.read(lambda work: last_id(work.db))
            listening = db.bell.listen(
                db.backend.data_version, seen=seen, poll_seconds=LOOK_SECONDS
            )
            async with aclosing(listening) as rings:
                async for _ in rings:
                    if (early := due - loop.time()) > 0:
                        await asyncio.sleep(early)
                    before, cursor = cursor, await _read_on(application, cursor, tell)
                    if cursor != before:
                        told = loop.time()
                        await drawn()
                        due = max(told + BETWEEN_SECONDS, loop.time() + REST * (loop.time() - told))
                    if since is not None:
                        since = None
                        reach(None)
        except Unavailable:
            if since is None:
                since = clock.now()
            reach(since)
            await asyncio.sleep(RETRY_SECONDS)


async def _read_on(
    application: Application, cursor: int, tell: Callable[[HospitalChanged], None]
) -> int:
    from hms.infra.outbox import read_after

    events = await application.db.read(lambda work: read_after(work.db, cursor))
    if not events:
        return cursor
    topics = frozenset(event.topic for event in events if event.topic is not None)
    tell(HospitalChanged(topics, frozenset(event.kind for event in events)))
    return events[-1].id
