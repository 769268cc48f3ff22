"""A PostgreSQL database of a test's own, where a server answers; else the test is skipped.

Where ``--database postgresql`` was asked for, each path at which a test would put a
SQLite file stands for a database, named after the path: processes of one test find
it without being told.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from hms.infra import settings as conf
from hms.infra.settings import Settings

VARIABLE = "HMS_TEST_DATABASE"  # on which kind of database the tests' hospitals lie
HOW_COPIED = "HMS_TEST_POSTGRES_COPY"  # how a database is copied from its template
LOCAL = "postgresql+asyncpg://postgres@127.0.0.1:5432/postgres"


@cache
def server() -> str | None:
    """Return the address of a server on which databases may be made, None when none answers."""
    url = os.environ.get("HMS_TEST_POSTGRES_URL")
    if url:
        return url
    try:
        socket.create_connection(("127.0.0.1", 5432), timeout=1).close()
        asyncio.run(_run(LOCAL, "SELECT 1"))
    except Exception:  # noqa: BLE001 - no server, no right to it, no driver: all the same here
        return None
    return LOCAL


@contextmanager
def at(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make databases on the server at ``url`` for a while."""
    with monkeypatch.context() as changed:
        changed.setenv("HMS_TEST_POSTGRES_URL", url)
        server.cache_clear()
        try:
            yield
        finally:
            server.cache_clear()


async def _run(url: str, *statements: str) -> None:
    import asyncpg

    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        for statement in statements:  # each by itself: a database is not made in a transaction
            await connection.execute(statement)
    finally:
        await connection.close()


def chosen() -> bool:
    """Return whether the hospitals of the tests lie on PostgreSQL."""
    return os.environ.get(VARIABLE) == "postgresql"


def settings_of(path: Path) -> conf.DatabaseSettings:
    """Return the settings of the database that stands for ``path``."""
    url = _server_or_skip()
    return conf.DatabaseSettings(url=f"{url.rpartition('/')[0]}/{_name_of(path)}")


@contextmanager
def made_for(path: Path, *, like: Path | None = None) -> Iterator[None]:
    """Make the database that stands for ``path``, a copy of that of ``like``; drop it."""
    url, name = _server_or_skip(), _name_of(path)
    template = "template0" if like is None else _name_of(like)
    drop = f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"
    how = os.environ.get(HOW_COPIED, "")
    asyncio.run(_run(url, drop, f"CREATE DATABASE {name} TEMPLATE {template} {how}"))
    try:
        yield
    finally:
        asyncio.run(_run(url, drop))


@contextmanager
def database() -> Iterator[Settings]:
    """Make a database, give the settings that name it, drop it."""
    place = Path(secrets.token_hex(6))
    with made_for(place):
        yield Settings(database=settings_of(place), hospital=conf.Hospital(name="St. Test"))


def _server_or_skip() -> str:
    url = server()
    if url is None:
        pytest.skip("no PostgreSQL answers: set HMS_TEST_POSTGRES_URL to run this")
    return url


def _name_of(path: Path) -> str:
    return f"hms_test_{hashlib.sha256(str(path).encode()).hexdigest()[:16]}"
