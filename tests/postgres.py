"""A PostgreSQL database of a test's own, where a server answers; else the test is skipped."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import pytest

from hms.infra import settings as conf
from hms.infra.settings import Settings

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


async def _run(url: str, statement: str) -> None:
    import asyncpg

    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@contextmanager
def database() -> Iterator[Settings]:
    """Make a database, give the settings that name it, drop it."""
    url = server()
    if url is None:
        pytest.skip("no PostgreSQL answers: set HMS_TEST_POSTGRES_URL to run this")
    name = f"hms_test_{secrets.token_hex(6)}"
    asyncio.run(_run(url, f"CREATE DATABASE {name}"))
    try:
        yield Settings(
            database=conf.DatabaseSettings(url=f"{url.rpartition('/')[0]}/{name}"),
            hospital=conf.Hospital(name="St. Test"),
        )
    finally:
        asyncio.run(_run(url, f"DROP DATABASE {name} WITH (FORCE)"))
