"""A PostgreSQL database of a benchmark's own, where a server answers."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg

VARIABLE = "HMS_TEST_POSTGRES_URL"
_LOCAL = "postgresql+asyncpg://postgres@127.0.0.1:5432/postgres"


def server() -> str | None:
    """Return the address of a server on which databases may be made, None where none answers."""
    if url := os.environ.get(VARIABLE):
        return url
    try:
        socket.create_connection(("127.0.0.1", 5432), timeout=1).close()
    except OSError:
        return None
    return _LOCAL


@contextmanager
def database(server_url: str) -> Iterator[str]:
    """Make an empty database on the server, give its address, drop it."""
    name = f"hms_bench_{secrets.token_hex(4)}"
    asyncio.run(_run(server_url, f"CREATE DATABASE {name} TEMPLATE template0"))
    try:
        yield f"{server_url.rpartition('/')[0]}/{name}"
    finally:
        asyncio.run(_run(server_url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


async def connect(url: str) -> Any:
    """Open a bare connection, as the driver gives it."""
    return await asyncpg.connect(url.replace("+asyncpg", ""))


async def _run(url: str, statement: str) -> None:
    connection = await connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
