"""What is counted in a database at one instant, and what must hold in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, inspect, text

from hms.infra import audit_chain, outbox
from hms.infra.audit_chain import Head
from hms.infra.tables import Meta, table_of
from hms.kernel.feature import Invariant
from hms.kernel.text import show

_MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class Facts:
    """A database at one instant: version, timeline, rows of each table, ends of its two logs."""

    schema_version: int
    epoch: str
    tables: dict[str, int]
    last_event: int
    audit_head: Head | None

    @property
    def rows(self) -> int:
        """Return how many rows there are in all."""
        return sum(self.tables.values())

    @classmethod
    def of(cls, said: dict[str, Any]) -> Facts:
        """Return the facts that a manifest says; raises TypeError for any other object."""
        head = said.get("audit_head")
        return cls(**{**said, "audit_head": None if head is None else Head(**head)})


def read_facts(db: Connection) -> Facts:
    """Return the facts of the database as the present transaction sees it."""
    meta = table_of(Meta)
    said = {row[0]: row[1] for row in db.execute(meta.select())}
    count = {name: _count(db, name) for name in _tables(db)}
    return Facts(
        schema_version=int(said.get("schema_version", 0)),
        epoch=said.get("epoch", ""),
        tables=count,
        last_event=outbox.last_id(db),
        audit_head=audit_chain.head(db),
    )


def problems(db: Connection, invariants: Sequence[Invariant]) -> list[str]:
    """Return a sentence for each fault of the database's structure and of what must hold in it."""
    found = _sqlite_problems(db) if db.dialect.name == "sqlite" else _orphans(db)
    if found:
        return found  # what is damaged below cannot be judged above
    for invariant in invariants:
        broken = db.execute(text(invariant.query)).fetchmany(_MOST_TOLD)
        places = ", ".join(show(row[0]) for row in broken)
        if broken:
            found.append(f"it does not hold that {invariant.name}: {places}")
    return found


def _sqlite_problems(db: Connection) -> list[str]:
    said = [row[0] for row in db.exec_driver_sql(f"PRAGMA integrity_check({_MOST_TOLD})")]
    if said != ["ok"]:
        return [f"integrity: {show(line)}" for line in said]
    return [
        f"row {row[1]} of {show(row[0])} refers to a {show(row[2])} that is not there"
        for row in db.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(_MOST_TOLD)
    ]


def _orphans(db: Connection) -> list[str]:
    """Return rows that refer to nothing; PostgreSQL lets them in where triggers were off."""
    look, quote = inspect(db), db.dialect.identifier_preparer.quote
    found = []
    for name in look.get_table_names():
        for key in look.get_foreign_keys(name):
            pairs = zip(key["constrained_columns"], key["referred_columns"], strict=True)
            same = " AND ".join(f"o.{quote(there)} = t.{quote(here)}" for here, there in pairs)
            filled = [f"t.{quote(one)} IS NOT NULL" for one in key["constrained_columns"]]
            other = quote(key["referred_table"])
            query = (
                f"SELECT count(*) FROM {quote(name)} t WHERE {' AND '.join(filled)} "
                f"AND NOT EXISTS (SELECT 1 FROM {other} o WHERE {same})"
            )
            count = db.execute(text(query)).scalar_one()
            if count:
                found.append(f"{count} rows of {name} refer to a {other} that is not there")
    return found


def _tables(db: Connection) -> list[str]:
    if db.dialect.name != "sqlite":
        return sorted(inspect(db).get_table_names())
    listed = [row[1] for row in db.exec_driver_sql("PRAGMA main.table_list") if row[2] == "table"]
    return sorted(name for name in listed if not name.startswith("sqlite_"))


def _count(db: Connection, table: str) -> int:
    quoted = db.dialect.identifier_preparer.quote(table)
    return int(db.execute(text(f"SELECT count(*) FROM {quoted}")).scalar_one())
