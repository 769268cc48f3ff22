"""Freeze what the models have beyond the older steps as the SQL of the newest migration.

Only until that step is released: what was released never changes.  Tables of older steps
are changed by hand in the Python file of the step.
"""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sqlalchemy import Connection, create_mock_engine

from hms.bootstrap import load_models
from hms.infra import sqlite
from hms.infra.migrations import frozen
from hms.infra.tables import SCHEMA_VERSION, metadata


def of_sqlite() -> list[str]:
    """Return the statements that make the models' schema on SQLite, as SQLite keeps them."""
    load_models()
    with TemporaryDirectory() as place:
        raw = sqlite.open_raw(Path(place) / "hms.db", create=True)
        db = sqlite.connect(raw, writer=True)
        with db.begin():
            metadata.create_all(db)
        found = schema_of(db)
        db.close()
    return list(found.values())


def schema_of(db: Connection) -> dict[str, str]:
    """Return the statement of every table, index and trigger of an SQLite database by its name."""
    with db.begin():
        kinds = {row[1]: row[2] for row in db.exec_driver_sql("PRAGMA main.table_list")}
        query = "SELECT name, type, tbl_name, sql FROM sqlite_schema ORDER BY rowid"
        rows = [
            row
            for row in db.exec_driver_sql(query)
            if row[3] and not row[0].startswith("sqlite_") and row[2] != "alembic_version"
        ]
    tables = [row[2] for row in rows if row[1] == "table" and kinds.get(row[0]) != "shadow"]
    order = ("table", "index", "trigger")
    rows = [row for row in rows if row[2] in tables]
    rows.sort(key=lambda row: (tables.index(row[2]), order.index(row[1]), row[0]))
    return {row[0]: row[3] for row in rows}


def of_postgresql() -> list[str]:
    """Return the statements that make the models' schema on PostgreSQL."""
    load_models()
    made: list[str] = []

    def take(statement: Any, *_: Any, **__: Any) -> None:
        compiled = statement.compile(dialect=engine.dialect)
        text = str(compiled).replace("%%", "%")
        made.append("\n".join(line.rstrip() for line in text.strip().splitlines()))

    engine = create_mock_engine("postgresql+asyncpg://", take)
    metadata.create_all(engine, checkfirst=False)
    parts = (
        sorted(group) if is_index else list(group)  # a table keeps its indexes in a set
        for is_index, group in groupby(
            made, key=lambda said: " INDEX ix_" in said or " INDEX uq_" in said
        )
    )
    return [statement for part in parts for statement in part]


def added(dialect: str) -> list[str]:
    """Return the statements of the models' schema that no older step has."""
    made = of_sqlite() if dialect == "sqlite" else of_postgresql()
    older = frozen.before(SCHEMA_VERSION, dialect)
    missing = [said for said in older if said not in made]
    if missing:
        raise SystemExit(f"released and no longer in the models:\n{missing[0]}")
    return [said for said in made if said not in older]


if __name__ == "__main__":
    for dialect in ("sqlite", "postgresql"):
        frozen.write(f"{SCHEMA_VERSION:04d}", dialect, added(dialect))
