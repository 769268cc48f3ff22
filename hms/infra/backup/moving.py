"""Moving a hospital into another database: every table copied, then compared.

The source stands still meanwhile.  Rows go over in batches, a table after those it refers
to; each batch and how far it brings the copy are one transaction of the target, so a copy
that was killed goes on where it was.  Until all of it was compared the target says that it
has schema 0, and no HMS opens it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, inspect, make_url, select, update
from sqlalchemy.exc import ArgumentError, IntegrityError

from hms.infra import outbox
from hms.infra.backup import table_rows
from hms.infra.backup.engine import engine_of
from hms.infra.backup.facts import problems
from hms.infra.db import Database, open_database
from hms.infra.schema import SchemaDiffers, version_of
from hms.infra.setting_kinds import sqlite_path
from hms.infra.settings import DatabaseSettings, Settings
from hms.infra.tables import SCHEMA_VERSION, Audit, Meta, metadata, table_of
from hms.infra.uow import Work
from hms.kernel import clock, ids
from hms.kernel.actor import Actor
from hms.kernel.errors import InvalidInput, Refused
from hms.kernel.feature import Invariant
from hms.kernel.i18n import phrase
from hms.kernel.text import show

MARK = "copying"  # the row of ``meta`` that tells how far an unfinished copy is
_meta = table_of(Meta)
_audit = table_of(Audit)


class TargetNotEmpty(Refused):
    """There is something in the database that was to be copied into."""

    code = "database.not_empty"
    hint = "name an empty database; nothing was changed"


class CopyOvertaken(Refused):
    """Somebody worked in the source since the copy was begun."""

    code = "database.copy_overtaken"
    hint = "drop the unfinished copy, make an empty database, and begin anew"


class SameKind(InvalidInput):
    """The engine has a better way of its own to copy a database of its kind."""

    code = "database.same_kind"


class NoAddress(InvalidInput):
    """What was typed names no database."""

    code = "database.address"
    hint = "such as postgresql+asyncpg://user@host/name"


@dataclass(frozen=True, slots=True)
class Moved:
    """One table: its rows, and whether it is the same on both sides; None: not compared."""

    name: str
    rows: int
    digest_equal: bool | None

    def as_json(self) -> dict[str, object]:
        """Return it for ``--json``."""
        return {"name": self.name, "rows": self.rows, "digest_equal": self.digest_equal}


@dataclass(frozen=True, slots=True)
class Copied:
    """What came of a copy; ``problems`` holds a sentence for each fault of the target."""

    tables: tuple[Moved, ...]
    resumed: bool = False
    dry_run: bool = False
    problems: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """Return whether the target is the source."""
        return not self.problems and all(one.digest_equal is not False for one in self.tables)

    def as_json(self) -> dict[str, object]:
        """Return it for ``--json``."""
        return {
            "ok": self.sound,
            "dry_run": self.dry_run,
            "resumed": self.resumed,
            "tables": [table.as_json() for table in self.tables],
            "problems": list(self.problems),
        }


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a copy is: of which source at which instant, and the rows of the table at work."""

    epoch: str
    last_event: int
    last_entry: int
    table: str = ""
    rows: int = 0

    def __str__(self) -> str:
        return f"{self.epoch} {self.last_event} {self.last_entry} {self.table or '-'} {self.rows}"

    @classmethod
    def read(cls, said: str) -> Mark:
        """Return what ``str`` wrote."""
        epoch, event, entry, table, rows = said.split(" ")
        return cls(epoch, int(event), int(entry), "" if table == "-" else table, int(rows))

    def same_source(self, other: Mark) -> bool:
        """Return whether both are of one timeline in which nothing happened in between."""
        return (self.epoch, self.last_event, self.last_entry) == (
            other.epoch,
            other.last_event,
            other.last_entry,
        )


@dataclass(frozen=True, slots=True)
class Job:
    """What is needed for one copy.

    ``rebuild`` makes what is searched by on the target; ``tell`` hears of progress.
    """

    settings: Settings
    to: str
    who: Actor
    invariants: Sequence[Invariant]
    rebuild: Callable[[Connection], None]
    tell: Callable[[str, int], None]


def copy_database(job: Job, *, dry_run: bool = False) -> Copied:
    """Copy the hospital of ``job.settings`` into the database at ``job.to`` and compare both.

    Raises:
        StillOpen: somebody is at work on the source.
        TargetNotEmpty: there is something in the target that is no unfinished copy.
        CopyOvertaken: it is a copy of an earlier state of this hospital, or of another.
        SchemaDiffers: the source was made for another version of HMS.
        SameKind: both are databases of one kind.
        Unavailable: one of them cannot be reached.
    """
    _refuse_same_kind(job.settings, job.to)
    file = sqlite_path(job.to)
    create = file is not None and not dry_run
    there = (
        Settings() if file is None else replace(job.settings, database=DatabaseSettings(url=job.to))
    )
    target = open_database(there, url=job.to, create=create, long_jobs=True)
    try:
        if dry_run:
            if file is None or file.exists():
                target.backend.run_now(_found_mark, write=False)
            return engine_of(job.settings).alone(_plan)
        return engine_of(job.settings).alone(lambda source: _Copy(job, source, target).run())
    finally:
        target.close_now()


def _refuse_same_kind(settings: Settings, to: str) -> None:
    try:
        url = make_url(to)
    except ArgumentError as error:
        raise NoAddress("that is no address of a database", field="--to") from error
    if url.get_backend_name() != make_url(settings.database.url).get_backend_name():
        return
    tools = {"sqlite": "hms backup and hms restore", "postgresql": "pg_dump and pg_restore"}
    raise SameKind(
        "this copies between SQLite and PostgreSQL, and both are of one kind",
        hint=phrase("use {get}", get=tools.get(url.get_backend_name(), "its own tools")),
        field="--to",
    )


def _plan(source: Connection) -> Copied:
    with source.begin() as transaction:
        _refuse_other_schema(source)
        rows = [Moved(t.name, table_rows.count(source, t), None) for t in _tables()]
        transaction.rollback()
    return Copied(tuple(rows), dry_run=True)


def _refuse_other_schema(source: Connection) -> None:
    version = version_of(source)
    if version != SCHEMA_VERSION:
        raise SchemaDiffers(
            phrase(
                "the hospital has schema {version}, this hms copies {schema_version}",
                version=version,
                schema_version=SCHEMA_VERSION,
            ),
            hint="make it current with: hms db upgrade",
        )


def _tables() -> list[Table]:
    """Return all tables, each after those it refers to; ``meta`` comes last."""
    return [table for table in metadata.sorted_tables if table is not _meta] + [_meta]


def _found_mark(target: Connection) -> Mark | None:
    """Return how far the copy in ``target`` is, None when it is empty.

    Raises:
        TargetNotEmpty: it holds something else.
    """
    with target.begin():
        names = set(inspect(target).get_table_names())
        if not names:
            return None
        said = None
        if _meta.name in names:
            said = target.scalar(select(_meta.c.value).where(_meta.c.key == MARK))
    if said is None:
        raise TargetNotEmpty(
            phrase("there are {count} tables in it ({min})", count=len(names), min=show(min(names)))
        )
    return Mark.read(said)


class _Copy:
    """One run of a copy, source and target open."""

    def __init__(self, job: Job, source: Connection, target: Database) -> None:
        self._job = job
        self._source = source
        self._target = target
        self._mark = Mark("", 0, 0)

    def run(self) -> Copied:
        """Copy what is missing, compare everything, and let the target be opened."""
        if self._source.dialect.name == "postgresql":
            self._source = self._source.execution_options(isolation_level="REPEATABLE READ")
        with self._source.begin() as transaction:
            _refuse_other_schema(self._source)
            self._mark = self._now()
            before = self._on_target(_found_mark)
            if before is not None and not before.same_source(self._mark):
                raise CopyOvertaken("what is there is a copy of another state of a hospital")
            if before is None:
                self._on_target(lambda db: _make(db, self._mark))
            tables = [table for table in _tables() if table is not _meta]
            self._copy_all(tables, before)
            self._on_target(self._rebuild)
            moved = [self._compared(table) for table in tables]
            found = tuple(self._on_target(self._problems))
            copied = Copied(tuple(moved), before is not None, problems=found)
            if copied.sound:
                copied = replace(copied, tables=(*copied.tables, self._finish()))
            transaction.rollback()
        return copied

    def _now(self) -> Mark:
        newest = select(_audit.c.id).order_by(_audit.c.id.desc()).limit(1)
        entry = self._source.scalar(newest) or 0
        return Mark(outbox.epoch(self._source), outbox.last_id(self._source), entry)

    def _copy_all(self, tables: list[Table], before: Mark | None) -> None:
        names = [table.name for table in tables]
        done = names.index(before.table) if before is not None and before.table else 0
        for place, table in enumerate(tables):
            rows = 0
            if before is not None and place < done and self._compared(table).digest_equal:
                continue
            if before is not None and place < done:
                self._on_target(partial(_empty, table))
            if before is not None and place == done:
                rows = before.rows
            self._copy(table, rows)

    def _copy(self, table: Table, rows: int) -> None:
        """Copy the rows of ``table`` behind the first ``rows``, a batch at a time."""
        for batch in table_rows.batches(self._source, table, rows):
            rows += len(batch)
            mark = replace(self._mark, table=table.name, rows=rows)
            self._on_target(partial(_add, table, batch, mark))
            self._job.tell(table.name, rows)

    def _compared(self, table: Table) -> Moved:
        here = table_rows.digest(self._source, table)
        there = self._on_target(lambda db: table_rows.digest(db, table), transaction=True)
        return Moved(table.name, here[0], here == there)

    def _rebuild(self, db: Connection) -> None:
        with db.begin():
            self._job.rebuild(db)

    def _problems(self, db: Connection) -> list[str]:
        with db.begin():
            return problems(db, self._job.invariants)

    def _finish(self) -> Moved:
        """Give the target its name, its counters and an entry in its audit."""
        rows = [dict(row) for row in self._source.execute(_meta.select()).mappings()]
        counters = table_rows.counters(self._source)

        def finish(db: Connection) -> int:
            with db.begin():
                table_rows.set_counters(db, counters)
                work = Work(db, self._job.settings, ids.op_id(), clock.now())
                said = {"from": self._source.dialect.name, "to": db.dialect.name}
                work.audit(self._job.who, "database.copy", "database", None, after=said)
                work.flush()
                db.execute(delete(_meta))
                db.execute(insert(_meta), rows)
            return len(rows)

        return Moved(_meta.name, self._on_target(finish), True)

    def _on_target(self, task: Callable[[Connection], Any], *, transaction: bool = False) -> Any:
        if not transaction:
            return self._target.backend.run_now(task, write=True)

        def in_transaction(db: Connection) -> Any:
            with db.begin():
                return task(db)

        return self._target.backend.run_now(in_transaction, write=True)


def _make(db: Connection, mark: Mark) -> None:
    with db.begin():
        metadata.create_all(db)
        rows = {"schema_version": "0", MARK: str(mark)}
        db.execute(insert(_meta), [{"key": key, "value": value} for key, value in rows.items()])


def _empty(table: Table, db: Connection) -> None:
    """Forget a table that changed since the last run (sessions do, without an event)."""
    try:
        with db.begin():
            db.execute(delete(table))
    except IntegrityError as error:
        raise CopyOvertaken(
            phrase("{name} is another than when the copy was begun", name=table.name)
        ) from error


def _add(table: Table, batch: Sequence[dict[str, Any]], mark: Mark, db: Connection) -> None:
    with db.begin():
        db.execute(table_rows.insertion(db, table), batch)
        db.execute(update(_meta).where(_meta.c.key == MARK).values(value=str(mark)))
