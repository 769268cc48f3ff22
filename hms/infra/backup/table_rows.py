"""Whole tables as both kinds of database hold them: read in batches, counted, digested."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import (
    JSON,
    Connection,
    Insert,
    Select,
    Table,
    Text,
    bindparam,
    cast,
    func,
    insert,
    select,
    text,
)

from hms.infra.tables import metadata

BATCH = 5_000


def count(db: Connection, table: Table) -> int:
    """Return how many rows ``table`` has."""
    return int(db.execute(select(func.count()).select_from(table)).scalar_one())


def batches(db: Connection, table: Table, after: int) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows of ``table`` in the order of its key, without the first ``after``."""
    query = _rows(table).order_by(*table.primary_key).offset(after)
    found = db.execute(query, execution_options={"yield_per": BATCH}).mappings()
    for batch in found.partitions():
        yield [dict(row) for row in batch]


def insertion(db: Connection, table: Table) -> Insert:
    """Return the statement that takes rows as ``batches`` gives them."""
    values: dict[str, Any] = {}
    for column in table.columns:
        if not isinstance(column.type, JSON):
            values[column.name] = bindparam(column.name, type_=column.type)
        elif db.dialect.name == "postgresql":
            values[column.name] = cast(bindparam(column.name, type_=Text), JSON)
        else:
            values[column.name] = bindparam(column.name, type_=Text)
    return insert(table).values(values)


def digest(db: Connection, table: Table) -> tuple[int, str]:
    """Return the number of rows and a checksum of all of them, whatever their order."""
    rows, total = 0, 0
    found = db.execute(_rows(table), execution_options={"yield_per": BATCH})
    for row in found:
        said = json.dumps([_plain(value) for value in row]).encode()
        total += int.from_bytes(hashlib.sha256(said).digest())
        rows += 1
    return rows, f"{total % 2**256:064x}"


def counters(db: Connection) -> dict[str, int]:
    """Return the last id that each table with numbered rows gave, of rows that are gone, too."""
    found = {name: _newest(db, name) for name in _numbered()}
    if db.dialect.name == "sqlite":
        kept = db.execute(text("SELECT name, seq FROM sqlite_sequence"))
        found.update({row[0]: int(row[1]) for row in kept if row[0] in found})
        return found
    for name, newest in found.items():
        sequence = db.execute(_SEQUENCE, {"table": name}).scalar()
        if sequence is not None:
            last, called = db.execute(text(f"SELECT last_value, is_called FROM {sequence}")).one()
            found[name] = max(newest, int(last) if called else 0)
    return found


def set_counters(db: Connection, last: dict[str, int]) -> None:
    """Let every numbered table go on after these ids."""
    for name, number in last.items():
        if number < 1:
            continue
        values = {"table": name, "last": number}
        if db.dialect.name == "postgresql":
            db.execute(_GO_ON_AFTER, values)
        elif _keeps_count(name) and db.execute(_COUNTED, values).rowcount == 0:
            db.execute(_COUNT, values)


_SEQUENCE = text("SELECT pg_get_serial_sequence(quote_ident(CAST(:table AS text)), 'id')")
_GO_ON_AFTER = text(
    "SELECT setval(pg_get_serial_sequence(quote_ident(CAST(:table AS text)), 'id'), "
    "CAST(:last AS bigint), true)"
)
_COUNTED = text("UPDATE sqlite_sequence SET seq = :last WHERE name = :table")
_COUNT = text("INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :last)")


def _numbered() -> Sequence[str]:
    """Return the tables whose rows the database numbers."""
    return [
        table.name
        for table in metadata.sorted_tables
        if [column.name for column in table.primary_key] == ["id"]
        and table.autoincrement_column is not None
    ]


def _keeps_count(name: str) -> bool:
    """Return whether SQLite remembers the last id of a table when its row is gone."""
    return bool(metadata.tables[name].dialect_options["sqlite"]["autoincrement"])


def _newest(db: Connection, name: str) -> int:
    table = metadata.tables[name]
    return int(db.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one())


def _rows(table: Table) -> Select[Any]:
    """Return the query for whole rows; JSON as its text, which the audit is sealed over."""
    return select(
        *(
            cast(column, Text).label(column.name) if isinstance(column.type, JSON) else column
            for column in table.columns
        )
    )


def _plain(value: Any) -> Any:
    """Return ``value`` as it is written down the same for both kinds of database."""
    if isinstance(value, bytes):
        return value.hex()
    return value if isinstance(value, str | int | float | None) else str(value)
