"""The SQLite engine: one connection for writing, one for reading, each opened at its first use."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection

from hms.infra.lease import Lease
from hms.infra.shortcut import Ways
from hms.infra.sqlite import BlockingConnection, OneHopConnection, open_raw
from hms.infra.transact import DatabaseReadOnly, meaning_of

T = TypeVar("T")


class SqliteBackend:
    """Runs functions on one SQLite file, blocking or in aiosqlite's threads."""

    def __init__(self, path: Path, *, read_only: bool = False, create: bool = False) -> None:
        self.path = path
        self._read_only = read_only
        self._ways = Ways()
        self._now: dict[bool, BlockingConnection] = {}
        self._aio: dict[bool, OneHopConnection] = {}
        self._opening: dict[bool, asyncio.Task[OneHopConnection]] = {}
        self._lease = Lease(path)
        if create:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lease.hold()
            open_raw(path, create=True).close()

    def run_now(self, job: Callable[[Connection], T], *, write: bool) -> T:
        """Run ``job`` on the blocking connection for writing or reading."""
        connection = self._now.get(write)
        if connection is None:
            connection = self._now[write] = self._open_now(write)
        return connection.run(job)

    async def run(self, job: Callable[[Connection], T], *, write: bool) -> T:
        """Run ``job`` in the thread of the connection for writing or reading."""
        connection = self._aio.get(write)
        if connection is None:
            connection = await self._open(write)
        return await connection.run(job)

    def data_version(self) -> int:
        """Return SQLite's data version as the reading connection sees it."""
        connection = self._now.get(False)
        if connection is None:
            connection = self._now[False] = self._open_now(False)
        return connection.data_version()

    def close_now(self) -> None:
        """Close the blocking connections."""
        while self._now:
            self._now.popitem()[1].close()
        if not self._aio:
            self._lease.give_back()

    async def close(self) -> None:
        """Close every connection, one that is still being opened too."""
        while self._opening:
            await asyncio.wait(list(self._opening.values()))
        while self._aio:
            await self._aio.popitem()[1].close()
        self.close_now()

    def _open_now(self, write: bool) -> BlockingConnection:
        self._refuse_writing(write)
        self._hold()
        try:
            return BlockingConnection(self.path, read_only=not write, ways=self._ways)
        except Exception as error:
            raise _plain(error) from error

    async def _open(self, write: bool) -> OneHopConnection:
        """Return the connection, opened once however many ask for it.

        In a task of its own: whoever asked may go away meanwhile, and a connection
        that nobody knows of would live on in its thread.
        """
        self._refuse_writing(write)
        self._hold()
        task = self._opening.get(write)
        if task is None:
            task = self._opening[write] = asyncio.create_task(self._opened(write))
            task.add_done_callback(lambda done: self._settled(write, done))
        return await asyncio.shield(task)

    async def _opened(self, write: bool) -> OneHopConnection:
        connection = OneHopConnection(self.path, read_only=not write, ways=self._ways)
        try:
            self._aio[write] = await connection.open()
        except Exception as error:
            raise _plain(error) from error
        return connection

    def _settled(self, write: bool, task: asyncio.Task[OneHopConnection]) -> None:
        self._opening.pop(write, None)
        if not task.cancelled():
            task.exception()  # whoever asked may have gone away

    def _hold(self) -> None:
        if self.path.exists():  # a missing database is told as such, and leaves nothing behind
            self._lease.hold()

    def _refuse_writing(self, write: bool) -> None:
        if write and self._read_only:
            raise DatabaseReadOnly("this program may only read the database")


def _plain(error: Exception) -> Exception:
    import sqlite3

    from sqlalchemy.exc import DBAPIError

    if isinstance(error, sqlite3.Error):
        wrapped = DBAPIError.instance("", None, error, sqlite3.Error)
        return meaning_of(wrapped) or error
    return error
