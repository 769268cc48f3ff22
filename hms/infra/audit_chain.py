"""The chain of the audit: each entry sealed by a hash over it and the seal before it.

Sealing comes after the commit, in batches and in a table of its own, so that no
desk waits for it.  What was sealed cannot be changed, taken out or put in between
without ``verify`` naming it; who seals everything anew, or cuts the end off, differs
from the heads that were noted outside (hms.infra.audit_anchors, the backups).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    String,
    Text,
    bindparam,
    cast,
    func,
    insert,
    select,
    text,
    type_coerce,
)

from hms.infra.tables import Audit, AuditSeal, table_of

GENESIS = bytes(32)
BATCH = 500  # entries sealed in one transaction: about 5 ms of the write lock
# PostgreSQL gives ids before the commit: an entry may appear below one sealed already.
_LATE = 1_000
_ONE_SEALER = text("SELECT pg_advisory_xact_lock(20464)")

_audit = table_of(Audit)
_seal = table_of(AuditSeal)
_HEAD = select(_seal.c.seq, _seal.c.audit_id, _seal.c.hash).order_by(_seal.c.seq.desc()).limit(1)
_HIGHEST = select(func.coalesce(func.max(_seal.c.audit_id), 0))
_INSERT = insert(_seal)
# A value of a kind that no entry of ours holds is somebody's tampering: hashed as it reads.
_written = json.JSONEncoder(separators=(",", ":"), default=repr).encode


@dataclass(frozen=True, slots=True)
class Head:
    """The newest seal; ``hash`` in hexadecimal."""

    seq: int
    audit_id: int
    hash: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """A head that was noted outside of the database; ``place`` says where."""

    at: datetime
    epoch: str
    head: Head
    place: str


def head(db: Connection) -> Head | None:
    """Return the newest seal, None when nothing was sealed yet."""
    row = db.execute(_HEAD).first()
    return None if row is None else Head(row[0], row[1], bytes(row[2]).hex())


def seal(db: Connection, limit: int = BATCH) -> int:
    """Seal up to ``limit`` entries that are not sealed yet; return how many.

    Runs in a transaction that writes; one sealer at a time.
    """
    if db.dialect.name == "postgresql":
        db.execute(_ONE_SEALER)
    found = db.execute(_pending(db.dialect.name), {"most": limit}).all()
    if not found:
        return 0
    newest = db.execute(_HEAD).first()
    last, before = (newest[0], bytes(newest[2])) if newest is not None else (0, GENESIS)
    rows = []
    for seq, entry in enumerate(found, start=last + 1):
        before = link(before, tuple(entry))
        rows.append({"seq": seq, "audit_id": entry[0], "hash": before})
    db.execute(_INSERT, rows)
    return len(rows)


def link(before: bytes, entry: tuple[Any, ...] | list[Any]) -> bytes:
    """Return the seal of ``entry`` (its columns as stored) that follows the seal ``before``."""
    return sha256(before + _written(entry).encode()).digest()


def entry_columns(dialect: str) -> list[ColumnElement[Any]]:
    """Return an entry's columns as the texts and numbers that lie in the database, id first."""
    return [_as_stored(column, dialect) for column in _audit.c]


def _as_stored(column: ColumnElement[Any], dialect: str) -> ColumnElement[Any]:
    name = column.key
    if name == "at":
        if dialect == "sqlite":
            return type_coerce(column, String).label("at")
        utc = func.timezone("UTC", column)
        return func.to_char(utc, "YYYY-MM-DD HH24:MI:SS.US").label("at")
    if name in ("before", "after"):
        stored = type_coerce(column, String) if dialect == "sqlite" else cast(column, Text)
        return stored.label(name)
    return column


@lru_cache(maxsize=2)
def _pending(dialect: str) -> Select[Any]:
    highest = _HIGHEST.scalar_subquery()
    found = select(*entry_columns(dialect)).order_by(_audit.c.id).limit(bindparam("most"))
    if dialect == "sqlite":
        return found.where(_audit.c.id > highest)
    known = select(_seal.c.audit_id).where(_seal.c.audit_id == _audit.c.id)
    return found.where(_audit.c.id > highest - _LATE, ~known.exists())


def sealed_entries(db: Connection) -> Iterator[Sequence[Any]]:
    """Yield every seal in order with its entry: seq, audit id, hash, then the entry's columns.

    The entry's columns are all None where the entry is gone.
    """
    columns = entry_columns(db.dialect.name)
    query = (
        select(_seal.c.seq, _seal.c.audit_id, _seal.c.hash, *columns)
        .select_from(_seal.outerjoin(_audit, _audit.c.id == _seal.c.audit_id))
        .order_by(_seal.c.seq)
    )
    options = {"yield_per": 2_000}
    for part in db.execute(query, execution_options=options).partitions():
        yield from part


def unsealed_between(db: Connection, limit: int = 100) -> list[int]:
    """Return ids of entries that have no seal although later ones have one."""
    known = select(_seal.c.audit_id).where(_seal.c.audit_id == _audit.c.id)
    late = 0 if db.dialect.name == "sqlite" else _LATE  # these may still be sealed
    between = (
        select(_audit.c.id)
        .where(_audit.c.id <= _HIGHEST.scalar_subquery() - late, ~known.exists())
        .order_by(_audit.c.id)
        .limit(limit)
    )
    return list(db.execute(between).scalars())


def waiting(db: Connection) -> int:
    """Return how many entries are newer than the newest sealed one."""
    newer = select(func.count()).where(_audit.c.id > _HIGHEST.scalar_subquery())
    return int(db.execute(newer).scalar_one())


def given_ids(db: Connection) -> int | None:
    """Return the highest id that SQLite ever gave an entry, None where ids may have gaps."""
    if db.dialect.name != "sqlite":
        return None
    found = db.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = 'audit'").scalar()
    return int(found) if found is not None else 0
