"""The bell across machines, by PostgreSQL itself: a commit notifies, who listens wakes.

The ring is sent inside the transaction (``hms.infra.uow``) and arrives with its commit,
so there is nothing to do afterwards.  Listening takes one connection of its own.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from hms.infra import postgres_line
from hms.infra.bell import UNKNOWN, Wake, said
from hms.infra.redis_bell import Pauses

CHANNEL = "hms_bell"
QUIET_SECONDS = 10.0  # after so long without a ring the connection is asked whether it lives
ANSWER_SECONDS = 3.0

log = logging.getLogger(__name__)


class PostgresBell:
    """Listens to the commits of the database at ``url``."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._away = False
        self.hears = False

    def ring(self, upto: int = UNKNOWN) -> None:
        """Nothing: the commit itself has rung."""

    def close(self) -> None:
        """Nothing is kept open but while somebody listens."""

    async def hear(self, wake: Wake) -> None:
        """Call ``wake`` at every ring, and when one may have been missed; until cancelled."""
        from sqlalchemy.exc import SQLAlchemyError
        from sqlalchemy.ext.asyncio import create_async_engine
        from sqlalchemy.pool import NullPool

        engine = create_async_engine(
            self._url,
            poolclass=NullPool,
            connect_args=postgres_line.connect_args("hms bell", seconds=ANSWER_SECONDS),
        )
        import asyncpg

        broken = (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
        pauses = Pauses()
        while True:
            try:
                async with engine.connect() as connection:
                    raw: Any = (await connection.get_raw_connection()).driver_connection
                    await self._hear_until_it_breaks(raw, wake, pauses)
            except broken as error:
                if not self._away:
                    self._away = True
                    log.warning("the database's bell is away (%s)", type(error).__name__)
            finally:
                self.hears = False
            await asyncio.sleep(pauses.next())

    async def _hear_until_it_breaks(self, raw: Any, wake: Wake, pauses: Pauses) -> None:
        ended = asyncio.Event()
        raw.add_termination_listener(lambda _connection: ended.set())
        await raw.add_listener(CHANNEL, lambda *heard: wake(said(heard[-1])))
        self.hears, self._away = True, False
        pauses.reset()
        wake(UNKNOWN)
        while not ended.is_set():
            try:
                async with asyncio.timeout(QUIET_SECONDS):
                    await ended.wait()
            except TimeoutError:
                await raw.execute("SELECT 1", timeout=ANSWER_SECONDS)
