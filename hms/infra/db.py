"""The database as the rest of the house sees it: use cases in, results out.

``write`` runs a use case as one transaction, ``read`` a query; each has a
blocking twin (``write_now``, ``read_now``) for commands and simulations.  Which
engine is below follows from the URL alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import Connection, insert, inspect

from hms.infra import transact
from hms.infra.bell import Bell, Far
from hms.infra.schema import version_of
from hms.infra.settings import Settings
from hms.infra.tables import SCHEMA_VERSION, Meta, metadata, table_of
from hms.infra.uow import Outcome, Work, find_outcome
from hms.kernel import ids
from hms.kernel.errors import InvalidInput
from hms.kernel.i18n import phrase
from hms.kernel.text import show

T = TypeVar("T")
Job = Callable[[Connection], T]


class Backend(Protocol):
    """An engine: runs a plain function on a connection, blocking or not."""

    def run_now(self, job: Job[T], *, write: bool) -> T:
        """Run ``job`` and return its result."""
        ...

    async def run(self, job: Job[T], *, write: bool) -> T:
        """Run ``job`` without blocking the event loop."""
        ...

    def data_version(self) -> int | None:
        """Return a number that changes when another process commits, None when unknown."""
        ...

    def close_now(self) -> None:
        """Close what the blocking face opened."""
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...


class Database:
    """One database and the two faces by which it is used."""

    def __init__(self, backend: Backend, settings: Settings, bell: Bell) -> None:
        self.backend = backend
        self.settings = settings
        self.bell = bell
        self._running: dict[str, asyncio.Task[object]] = {}

    def write_now(self, use_case: Callable[[Work], T], *, op_id: str | None = None) -> T:
        """Run ``use_case`` as one transaction, then ring the bell.

        Args:
            use_case: checks, writes and says what happened; never commits.
            op_id: the caller's own id for this operation, when it may come again.

        Raises:
            HmsError: what the use case refused; nothing was changed.
            OperationRepeated: ``op_id`` was committed before.
            Unavailable: the database is busy, full, damaged or out of reach.
        """
        return self.backend.run_now(self._transaction(use_case, op_id), write=True)

    def read_now(self, query: Callable[[Work], T]) -> T:
        """Run the read-only ``query``; all it sees is of one instant."""
        return self.backend.run_now(self._look(query), write=False)

    async def write(self, use_case: Callable[[Work], T], *, op_id: str | None = None) -> T:
        """Run ``use_case`` as one transaction that a cancelled caller cannot tear.

        The transaction runs in a task of its own: a cancelled screen would
        otherwise strand SQLite's write lock, or commit what it believes undone.
        Its true outcome is found by ``outcome(op_id)``.
        """
        key = op_id or ids.op_id()
        job = self._transaction(use_case, key, retry=op_id is not None)
        task = asyncio.create_task(self.backend.run(job, write=True))
        self._running[key] = task
        task.add_done_callback(lambda done: self._settled(key, done))
        return await asyncio.shield(task)

    async def read(self, query: Callable[[Work], T]) -> T:
        """Run the read-only ``query`` without blocking the event loop."""
        return await self.backend.run(self._look(query), write=False)

    async def outcome(self, op_id: str) -> Outcome | None:
        """Return what operation ``op_id`` did, None when it did nothing.

        Waits for it when it is still under way in this process.
        """
        running = self._running.get(op_id)
        if running is not None:
            await asyncio.wait([running])
        return await self.read(lambda work: find_outcome(work.db, op_id))

    def outcome_now(self, op_id: str) -> Outcome | None:
        """Return what operation ``op_id`` did, None when it never committed."""
        return self.read_now(lambda work: find_outcome(work.db, op_id))

    def create_schema(self) -> None:
        """Create every table that is missing; a new database gets a new epoch."""
        self.backend.run_now(_create_schema, write=True)

    def close_now(self) -> None:
        """Close what the blocking face opened."""
        self.backend.close_now()
        self.bell.close()

    async def close(self) -> None:
        """Let every running operation end, then close."""
        while self._running:
            await asyncio.wait(list(self._running.values()))
        await self.backend.close()
        self.bell.close()

    def _transaction(
        self, use_case: Callable[[Work], T], op_id: str | None, *, retry: bool = True
    ) -> Job[T]:
        key = op_id or ids.op_id()
        again = retry and op_id is not None

        def job(db: Connection) -> T:
            return transact.run(
                db,
                use_case,
                settings=self.settings,
                op_id=key,
                retry=again,
                ring=self.bell.ring,
            )

        return job

    def _look(self, query: Callable[[Work], T]) -> Job[T]:
        return lambda db: transact.look(db, query, settings=self.settings)

    def _settled(self, key: str, task: asyncio.Task[T]) -> None:
        self._running.pop(key, None)
        if not task.cancelled():
            task.exception()  # a caller that went away leaves nobody to fetch it


def _refuse_bad_address(url: str) -> None:
    """Refuse what SQLAlchemy and asyncpg would only stumble over."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        driver = make_url(url).drivername
    except (ArgumentError, ValueError):
        driver = ""
    if driver != "postgresql+asyncpg":
        raise InvalidInput(
            "that is no address of a PostgreSQL database",
            hint="use postgresql+asyncpg://user:password@host:5432/name",
            field="database.url",
        )


def _far_bells(settings: Settings, url: str) -> list[Far]:
    """Return the bells that other machines hear."""
    bells: list[Far] = []
    if url.startswith("postgresql"):
        from hms.infra.postgres_bell import PostgresBell

        bells.append(PostgresBell(url))
    if settings.redis.url:
        from hms.infra.redis_bell import RedisBell

        bells.append(RedisBell(settings.redis.url))
    return bells


def _create_schema(db: Connection) -> None:
    with db.begin():
        if _of_another_version(db):
            return  # it is brought here by its migrations, not by what is missing
        metadata.create_all(db)
        meta = table_of(Meta)
        if db.execute(meta.select().limit(1)).first() is None:
            rows = {"epoch": ids.op_id(), "schema_version": str(SCHEMA_VERSION)}
            db.execute(insert(meta), [{"key": k, "value": v} for k, v in rows.items()])


def _of_another_version(db: Connection) -> bool:
    return inspect(db).has_table("meta") and version_of(db) not in (0, SCHEMA_VERSION)


def open_database(
    settings: Settings,
    *,
    url: str | None = None,
    read_only: bool = False,
    create: bool = False,
    long_jobs: bool = False,
) -> Database:
    """Open the database that ``settings`` (or ``url``) names.

    Connections are opened at the first use.  ``read_only`` is for the wall:
    such a database refuses every change.  ``create`` makes a missing SQLite file.
    ``long_jobs`` is for work that pauses inside a transaction.

    Raises:
        InvalidInput: the URL names an engine that HMS does not run on.
    """
    url = url or settings.database.url
    engine = url.partition(":")[0].partition("+")[0]
    if engine not in ("sqlite", "postgresql"):
        raise InvalidInput(
            phrase("HMS does not run on {engine}", engine=show(engine)),
            hint="use sqlite+aiosqlite:///… or postgresql+asyncpg://…",
            field="database.url",
        )
    far = _far_bells(settings, url)
    bell = Bell(settings.data_dir / "bell", quiet=read_only, far=far)
    if engine == "sqlite":
        from hms.infra.sqlite_backend import SqliteBackend

        path = Path(url.partition("///")[2])
        return Database(SqliteBackend(path, read_only=read_only, create=create), settings, bell)
    _refuse_bad_address(url)
    from hms.infra.postgres_backend import PostgresBackend

    backend = PostgresBackend(url, read_only=read_only, long_jobs=long_jobs)
    return Database(backend, settings, bell)
