"""A bare aiosqlite connection with the durability that HMS has, as the baseline uses it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import aiosqlite

from benchmarks.stage import Stage
from hms.infra.sqlite import open_raw


@asynccontextmanager
async def opened(stage: Stage) -> AsyncIterator[aiosqlite.Connection]:
    """Give a connection to the stage's database with the same pragmas as ours."""
    path = stage.application.settings.database_file
    assert path is not None
    db = await aiosqlite.Connection(lambda: open_raw(path), iter_chunk_size=64)
    try:
        yield db
    finally:
        await db.close()


def insert_of(table: str, columns: Iterable[str]) -> str:
    """Return an INSERT with named values."""
    names = list(columns)
    quoted = ", ".join(f'"{name}"' for name in names)
    return f"INSERT INTO {table} ({quoted}) VALUES ({', '.join(f':{name}' for name in names)})"


def last_row(stage: Stage, table: str) -> dict[str, Any]:
    """Return the newest row of ``table`` as the database holds it, without its id."""
    path = stage.application.settings.database_file
    assert path is not None
    raw = open_raw(path, read_only=True)
    try:
        found = raw.execute(f"SELECT * FROM {table} ORDER BY id DESC LIMIT 1")
        names = [column[0] for column in found.description]
        values = dict(zip(names, found.fetchone(), strict=True))
    finally:
        raw.close()
    del values["id"]
    return values
