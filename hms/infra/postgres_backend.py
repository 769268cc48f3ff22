"""The PostgreSQL engine: the same plain functions over asyncpg, by SQLAlchemy's greenlets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.util import greenlet_spawn

from hms.infra import postgres_line
from hms.infra.shortcut import ShortcutConnection, Ways
from hms.infra.transact import (
    DatabaseBusy,
    DatabaseMissing,
    DatabaseReadOnly,
    PoolerInBetween,
    meaning_of,
)
from hms.kernel.errors import Unavailable
from hms.kernel.i18n import msgid, phrase

T = TypeVar("T")

_NO_LIST = "[]"  # what nearly every patient's allergies are
POOL_SIZE = 5
POSTGRESQL_PORT = 5432
CONNECT_SECONDS = 2.5  # a server that says nothing for so long is not there
TURN_SECONDS = 10.0  # how long one waits for a connection of the pool
# A server that stands still (its disk hangs, it was stopped) takes what is sent, so its line lives.
# Longer than a turn and a lock are waited for one after the other.  Commands have no such limit:
# to verify the audit of ten years takes long, and who typed one can end it.
HUNG_SECONDS = 25.0
LEAVE_SECONDS = 2.0  # how long what is being ended is waited for, when the program ends


def _read_json(text: str) -> Any:
    return [] if text == _NO_LIST else json.loads(text)


class DoorClosed(Unavailable):
    """The server is there and does not let this user into this database."""

    code = "database.door_closed"
    hint = "see user, password and name in [database] url, and the server's pg_hba.conf"


class Hung(Unavailable):
    """The server is there, and does nothing."""

    code = "database.hung"
    hint = "look at the machine it runs on: is its disk full, or does it hang?"


class DriverMissing(Unavailable):
    """PostgreSQL is named, and what speaks to it is not installed."""

    code = "database.no_driver"
    hint = "pip install 'hms[postgres]'"


_AT_THE_DOOR: dict[str, tuple[type[Unavailable], str, str | None]] = {
    "28000": (
        DoorClosed,
        msgid("PostgreSQL does not know this user, or does not let it in here"),
        None,
    ),
    "28P01": (DoorClosed, msgid("PostgreSQL does not take this password"), None),
    "3D000": (
        DatabaseMissing,
        msgid("the server has no database of this name"),
        msgid("see [database] url, or make it: createdb, then hms init"),
    ),
    "53300": (
        DatabaseBusy,
        msgid("PostgreSQL has no connection left"),
        msgid("raise its max_connections, or end what is not needed"),
    ),
}


def at_the_door(error: BaseException) -> Unavailable | None:
    """Return what hinders a connection from being made, None when it is nothing of the kind."""
    if isinstance(error, TimeoutError):
        return Unavailable(
            "the database does not answer", hint="is it PostgreSQL that [database] url names?"
        )
    state = str(getattr(getattr(error, "orig", error), "sqlstate", None) or "")
    if state == "08P01" and "startup parameter" in str(error):
        return PoolerInBetween(
            "the pooler before PostgreSQL does not take the settings of a connection",
            hint=phrase(
                "in pgbouncer.ini: ignore_startup_parameters = {names}",
                names=", ".join(postgres_line.NOT_A_POOLERS),
            ),
        )
    if state not in _AT_THE_DOOR:
        return None
    kind, sentence, hint = _AT_THE_DOOR[state]
    return kind(sentence, hint=hint) if hint else kind(sentence)


# What a reader sees is of one instant, as in SQLite: a wall that read its events and, a
# commit later, its boards would number its frames otherwise than every other wall.
_OF_ONE_INSTANT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


class _LineWasDead(Exception):
    """A pooled connection was gone before the database answered anything on it."""


class _Pool:
    """The connections of one event loop; ``met`` once there was one."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._ways = Ways()
        self._ending: set[asyncio.Task[None]] = set()
        self.met = False

    async def run(self, job: Callable[[Connection], T], *, write: bool, later: bool) -> T:
        """Run ``job`` on a connection, on a new one where the first had died at rest.

        With ``later`` a reader has its answer before its transaction is ended: a round trip.
        """
        with suppress(_LineWasDead):
            return await self._once(job, write, later and not write)
        try:
            return await self._once(job, write, later and not write)
        except _LineWasDead as again:
            raise (again.__cause__ or again) from None

    async def close(self) -> None:
        """Close all connections; a server that stands still is left after some seconds."""
        if self._ending:
            await asyncio.wait(self._ending, timeout=LEAVE_SECONDS)
        for hanging in self._ending:
            hanging.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_SECONDS):
                await self._engine.dispose()

    async def _once(self, job: Callable[[Connection], T], write: bool, later: bool) -> T:
        done: tuple[T, ShortcutConnection]
        done = await greenlet_spawn(self._on_connection, job, write, later)
        result, db = done
        if later:
            ending = asyncio.create_task(greenlet_spawn(db.close))
            self._ending.add(ending)
            ending.add_done_callback(self._ended)
        return result

    def _ended(self, ending: asyncio.Task[None]) -> None:
        self._ending.discard(ending)
        if not ending.cancelled():
            ending.exception()  # the answer is out; a line that broke is found by the next

    def _on_connection(
        self, job: Callable[[Connection], T], write: bool, later: bool
    ) -> tuple[T, ShortcutConnection]:
        """Run ``job``; that the server was restarted meanwhile is seen at the first statement.

        Nothing is done then, so the job may begin anew.  To ask each connection before
        its use whether it lives (``pool_pre_ping``) would take three round trips.
        """
        db = ShortcutConnection(self._engine.sync_engine, self._ways)
        self.met = True
        db.ends_later = later
        try:
            if not write:
                db.execution_options(**_OF_ONE_INSTANT)
            result = job(db)
        except BaseException as error:
            lost = db.invalidated and not db.answered
            db.close()
            if lost and isinstance(error, Exception):
                raise _LineWasDead from error
            raise
        if not later:
            db.close()
        return result, db


class PostgresBackend:
    """Runs functions on PostgreSQL; the blocking face keeps an event loop of its own."""

    def __init__(self, url: str, *, read_only: bool = False, long_jobs: bool = False) -> None:
        self._url = url
        self._read_only = read_only
        self._long_jobs = long_jobs
        self._pool: _Pool | None = None
        self._runner: asyncio.Runner | None = None
        self._now_pool: _Pool | None = None

    def run_now(self, job: Callable[[Connection], T], *, write: bool) -> T:
        """Run ``job`` and wait for it."""
        if self._runner is None:
            self._runner = asyncio.Runner()
        if self._now_pool is None:
            self._now_pool = self._make_pool()
        return self._runner.run(self._run_on(self._now_pool, job, write=write, desk=False))

    async def run(self, job: Callable[[Connection], T], *, write: bool) -> T:
        """Run ``job`` on a pooled connection."""
        if self._pool is None:
            self._pool = self._make_pool()
        return await self._run_on(self._pool, job, write=write, desk=True)

    def data_version(self) -> None:
        """PostgreSQL has no such number: who listens reads at every poll."""
        return

    def close_now(self) -> None:
        """Close the blocking face and its event loop."""
        if self._runner is not None:
            if self._now_pool is not None:
                self._runner.run(self._now_pool.close())
                self._now_pool = None
            self._runner.close()
            self._runner = None

    async def close(self) -> None:
        """Close the pool."""
        if self._pool is not None:
            await self._pool.close()
            self._pool = None

    def _make_pool(self) -> _Pool:
        try:
            engine = create_async_engine(
                self._url,
                pool_size=POOL_SIZE,
                pool_timeout=TURN_SECONDS,
                pool_use_lifo=True,  # the server's process that is warm goes on
                json_deserializer=_read_json,
                connect_args=postgres_line.connect_args(
                    "hms",
                    seconds=CONNECT_SECONDS,
                    read_only=self._read_only,
                    long_jobs=self._long_jobs,
                ),
            )
        except ModuleNotFoundError:
            raise DriverMissing("PostgreSQL needs a package that is not installed here") from None
        return _Pool(engine)

    async def _run_on(
        self, pool: _Pool, job: Callable[[Connection], T], *, write: bool, desk: bool
    ) -> T:
        """Run ``job`` on a connection of ``pool``; a ``desk`` does not wait for ever."""
        if write and self._read_only:
            raise DatabaseReadOnly("this program may only read the database")
        patience = asyncio.timeout(HUNG_SECONDS if desk and not self._long_jobs else None)
        try:
            async with patience:
                return await pool.run(job, write=write, later=desk)
        except PoolTimeout as error:
            raise DatabaseBusy("every connection of this program is in use") from error
        except (DBAPIError, OSError) as error:
            if patience.expired() and isinstance(error, TimeoutError):
                raise Hung("the database takes what is sent and does not answer") from error
            plain = at_the_door(error) or meaning_of(error)
            if plain is None:
                raise
            if type(plain) is Unavailable and not pool.met:
                plain = await self._look_there() or plain
            raise plain from error

    async def _look_there(self) -> Unavailable | None:
        """Return what stands where PostgreSQL should, None when it cannot be told."""
        from sqlalchemy import make_url

        from hms.infra.who_answers import who_answers

        url = make_url(self._url)
        if not url.host or url.query.get("host"):
            return None  # a unix socket, or several servers
        return await who_answers(url.host, url.port or POSTGRESQL_PORT)
