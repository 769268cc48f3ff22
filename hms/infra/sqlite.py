"""SQLite: how a connection is opened, and one hop per use case.

A use case is a plain function.  aiosqlite owns the connection and its thread;
the whole function runs there in one hop, on SQLAlchemy Core over the same raw
connection, instead of a hop for every statement (measured: 15 hops and 1.7 ms
against one hop and 0.6 ms for issuing a token).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

from hms.infra import sqlite_gate
from hms.kernel.i18n import phrase

GATE = sqlite_gate.install()

import sqlite3 as sqlite3  # noqa: E402, PLC0414  (the gate decides which library this is)

from sqlalchemy import Connection, Engine, create_engine  # noqa: E402
from sqlalchemy.pool import NullPool  # noqa: E402

from hms.infra.shortcut import ShortcutConnection, Ways  # noqa: E402
from hms.infra.sqlite_turn import Turn  # noqa: E402
from hms.infra.transact import DatabaseMissing  # noqa: E402
from hms.kernel.errors import Unavailable  # noqa: E402

T = TypeVar("T")

BUSY_TIMEOUT_MS = 5_000
NETWORK_FILESYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "afs"})


class NetworkShare(Unavailable):
    """The database lies on a network share, where WAL does not hold its promise."""

    code = "database.network_share"
    hint = "put it on a disk of this machine, or use PostgreSQL"


def open_raw(path: Path, *, read_only: bool = False, create: bool = False) -> sqlite3.Connection:
    """Open ``path`` with every promise of trust.md 3.1 set and read back.

    Raises:
        DatabaseMissing: there is no file and ``create`` is not set.
        NetworkShare: the file lies on a network share.
    """
    if not path.exists():
        if not create:
            raise DatabaseMissing(phrase("there is no database at {path}", path=path))
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    refuse_network_share(path)
    raw = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, timeout=BUSY_TIMEOUT_MS / 1000
    )
    try:
        _set_promises(raw, read_only=read_only)
    except sqlite3.DatabaseError:
        raw.close()
        raise
    return raw


def _set_promises(raw: sqlite3.Connection, *, read_only: bool) -> None:
    if read_only:
        raw.execute("PRAGMA query_only=ON")
    elif raw.execute("PRAGMA journal_mode").fetchone()[0] != GATE.journal:
        raw.execute(f"PRAGMA journal_mode={GATE.journal}")
    synchronous = {"FULL": 2, "EXTRA": 3}[GATE.synchronous]
    promises = {
        "synchronous": synchronous,
        "foreign_keys": 1,
        "mmap_size": 0,
        "trusted_schema": 0,
        "recursive_triggers": 1,  # or REPLACE would delete past the audit's trigger
        "busy_timeout": BUSY_TIMEOUT_MS,
        "cache_size": -16_000,
    }
    for name, value in promises.items():
        raw.execute(f"PRAGMA {name}={value}")
        said = raw.execute(f"PRAGMA {name}").fetchone()
        if said is not None and said[0] != value:
            raise sqlite3.OperationalError(f"PRAGMA {name} is {said[0]}, not {value}")


def refuse_network_share(path: Path) -> None:
    """Raise NetworkShare when ``path`` lies on a network file system (Linux)."""
    mounts = Path("/proc/self/mounts")
    if not mounts.exists():
        return
    where, kind = "", ""
    target = str(path.resolve())
    for line in mounts.read_text(errors="replace").splitlines():
        point, fs = line.split(" ")[1:3]
        inside = target == point or target.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(where):
            where, kind = point, fs
    if kind in NETWORK_FILESYSTEMS:
        raise NetworkShare(
            phrase(
                "the database lies on a network share ({kind} at {where})", kind=kind, where=where
            )
        )


def connect(raw: sqlite3.Connection, *, writer: bool, ways: Ways | None = None) -> Connection:
    """Return SQLAlchemy's Core connection over ``raw``.

    A writer begins with ``BEGIN IMMEDIATE``: a deferred transaction that reads
    first fails at once with "database is locked", whatever the timeout.
    ``ways`` are the short ways of statements, which connections may share.
    """
    engine: Engine = create_engine("sqlite://", creator=lambda: raw, poolclass=NullPool)
    begin = "BEGIN IMMEDIATE" if writer else "BEGIN"

    def do_begin(connection: Any) -> None:
        connection.cursor().execute(begin)

    # Not an event listener: having any makes every statement look for all of them.
    engine.dialect.do_begin = do_begin  # type: ignore[method-assign,assignment]
    ways = ways or Ways()
    return ShortcutConnection(engine, ways).execution_options(compiled_cache=ways.compiled)


def turn_at(path: Path, *, writer: bool) -> AbstractContextManager[None]:
    """Return what a connection holds while it works: a writer its turn, a reader nothing."""
    if not writer:
        return nullcontext()
    return Turn(path, patience_seconds=BUSY_TIMEOUT_MS / 1000)


class BlockingConnection:
    """A connection for callers without an event loop; one at a time."""

    def __init__(self, path: Path, *, read_only: bool, ways: Ways | None = None) -> None:
        self._raw = open_raw(path, read_only=read_only)
        self._db = connect(self._raw, writer=not read_only, ways=ways)
        self._turn = turn_at(path, writer=not read_only)
        self._lock = threading.Lock()

    def run(self, job: Callable[[Connection], T]) -> T:
        """Run ``job`` on the connection; a writer waits for its turn."""
        with self._lock, self._turn:
            return job(self._db)

    def data_version(self) -> int:
        """Return the number that changes when another connection commits (3 µs)."""
        with self._lock:
            return int(self._raw.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._db.close()
            self._raw.close()


class OneHopConnection:
    """A connection that lives in aiosqlite's thread and runs whole functions there."""

    def __init__(self, path: Path, *, read_only: bool, ways: Ways | None = None) -> None:
        import aiosqlite

        self._aio = aiosqlite.Connection(
            lambda: open_raw(path, read_only=read_only), iter_chunk_size=64
        )
        self._aio._thread.daemon = True  # an exit must not wait for a forgotten connection
        self._writer = not read_only
        self._turn = turn_at(path, writer=not read_only)
        self._ways = ways
        self._db: Connection | None = None

    async def open(self) -> OneHopConnection:
        """Start the thread and open the database in it."""
        await self._aio
        self._db = await self._hop(self._adopt)
        return self

    async def run(self, job: Callable[[Connection], T]) -> T:
        """Run ``job`` in the connection's thread, in one hop; a writer waits for its turn."""
        if self._db is None:
            raise RuntimeError("the connection is not open")
        return await self._hop(self._in_turn, job, self._db)

    async def close(self) -> None:
        """Let running work end, then close the connection and its thread."""
        if self._db is not None:
            await self._hop(self._db.close)
            self._db = None
        await self._aio.close()

    def _in_turn(self, job: Callable[[Connection], T], db: Connection) -> T:
        with self._turn:
            return job(db)

    def _adopt(self) -> Connection:
        return connect(self._aio._conn, writer=self._writer, ways=self._ways)

    async def _hop(self, job: Callable[..., T], *args: object) -> T:
        # aiosqlite's own way to run a function in its thread; pinned in pyproject.
        execute: Callable[..., Awaitable[T]] = self._aio._execute
        return await execute(job, *args)
