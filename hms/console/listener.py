"""Follows the outbox, so that what another desk changes is seen here at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from hms.kernel.errors import Unavailable
from hms.kit.base import HospitalChanged

if TYPE_CHECKING:
    from hms.bootstrap import Application

RETRY_SECONDS = 1.0


async def follow(application: Application, tell: Callable[[HospitalChanged], None]) -> None:
    """Call ``tell`` for every batch of events that was committed from now on, until cancelled.

    A database out of reach is tried again every second: nothing is missed,
    because events are read after the last one seen.
    """
    from hms.infra.outbox import last_id

    db = application.db
    cursor: int | None = None
    while True:
        try:
            if cursor is None:
                cursor = await db.read(lambda work: last_id(work.db))
            async for _ in db.bell.listen(db.backend.data_version):
                cursor = await _read_on(application, cursor, tell)
        except Unavailable:
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
