"""The PostgreSQL engine: the same plain functions over asyncpg, by SQLAlchemy's greenlets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from hms.infra.transact import DatabaseReadOnly, meaning_of

T = TypeVar("T")

POOL_SIZE = 5


class PostgresBackend:
    """Runs functions on PostgreSQL; the blocking face keeps an event loop of its own."""

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        self._url = url
        self._read_only = read_only
        self._engine: AsyncEngine | None = None
        self._runner: asyncio.Runner | None = None
        self._now_engine: AsyncEngine | None = None

    def run_now(self, job: Callable[[Connection], T], *, write: bool) -> T:
        """Run ``job`` and wait for it."""
        if self._runner is None:
            self._runner = asyncio.Runner()
        if self._now_engine is None:
            self._now_engine = self._make_engine()
        return self._runner.run(self._run_on(self._now_engine, job, write))

    async def run(self, job: Callable[[Connection], T], *, write: bool) -> T:
        """Run ``job`` on a pooled connection."""
        if self._engine is None:
            self._engine = self._make_engine()
        return await self._run_on(self._engine, job, write)

    def data_version(self) -> None:
        """PostgreSQL has no such number: who listens reads at every poll."""
        return

    def close_now(self) -> None:
        """Close the blocking face and its event loop."""
        if self._runner is not None:
            if self._now_engine is not None:
                self._runner.run(self._now_engine.dispose())
                self._now_engine = None
            self._runner.close()
            self._runner = None

    async def close(self) -> None:
        """Close the pool."""
        if self._engine is not None:
            await self._engine.dispose()
            self._engine = None

    def _make_engine(self) -> AsyncEngine:
        options = {"server_settings": {"application_name": "hms"}}
        if self._read_only:
            options["server_settings"]["default_transaction_read_only"] = "on"
        return create_async_engine(
            self._url, pool_size=POOL_SIZE, pool_pre_ping=True, connect_args=options
        )

    async def _run_on(self, engine: AsyncEngine, job: Callable[[Connection], T], write: bool) -> T:
        if write and self._read_only:
            raise DatabaseReadOnly("this program may only read the database")
        try:
            async with engine.connect() as connection:
                return await connection.run_sync(job)
        except (DBAPIError, OSError) as error:
            plain = meaning_of(error)
            if plain is None:
                raise
            raise plain from error
