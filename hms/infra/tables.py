"""Tables that belong to no feature: outbox, audit, meta; and the column types all tables share."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    DDL,
    JSON,
    Connection,
    DateTime,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    UniqueConstraint,
    event,
    text,
)
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import Field, SQLModel

SCHEMA_VERSION = 3

# No row is built from a table's class, so what pydantic validates one with is made at its
# first use, if ever: 0.7 of the 5 ms that each class costs at a start.
SQLModel.model_config["defer_build"] = True
metadata: MetaData = SQLModel.metadata
metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime: text in SQLite, ``timestamptz`` in PostgreSQL."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the column type of ``dialect``."""
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive datetimes; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant must be aware")
        at = value.astimezone(UTC)
        return at if dialect.name == "postgresql" else at.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Return an aware UTC datetime."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def table_of(model: type[SQLModel]) -> Table:
    """Return the Core table of a ``table=True`` model."""
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table


def after_create(table: Table, statement: str, dialect: str) -> None:
    """Run ``statement`` (a trigger, a function) on databases of ``dialect`` with the table."""
    make: Callable[[str], Any] = DDL
    event.listen(
        table,
        "after_create",
        make(statement.replace("%", "%%")).execute_if(dialect=dialect),
    )


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """Return an index of the rows for which ``where`` holds.

    PostgreSQL hears of the condition when it makes the table: to name its option
    here would import its dialect, 60 ms at every command.
    """
    condition = text(where)
    info = {"where": condition}
    return Index(name, *columns, unique=unique, sqlite_where=condition, info=info)


@event.listens_for(metadata, "before_create")
def _tell_postgresql(_metadata: MetaData, db: Connection, **_: Any) -> None:
    if db.dialect.name != "postgresql":
        return
    for table in metadata.tables.values():
        for index in table.indexes:
            if "where" in index.info:
                index.dialect_options["postgresql"]["where"] = index.info["where"]


class Meta(SQLModel, table=True):
    """What the database says of itself: ``epoch`` (its timeline), ``schema_version``."""

    key: str = Field(primary_key=True, max_length=40)
    value: str = Field(max_length=200)


class Outbox(SQLModel, table=True):
    """One row per event, in the order of commit; the log that walls and desks follow.

    ``frames`` is the number of wall frames the event makes (``Event.wall_frames``).
    The id is AUTOINCREMENT: without it SQLite starts again at 1 when a pruned
    table is empty, and every screen would ignore what is new.
    """

    __table_args__ = (
        Index("ix_outbox_topic_id", "topic", "id", "frames"),
        Index("ix_outbox_kind_id", "kind", "id"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=Instant)
    hospital_id: int
    kind: str = Field(max_length=40)
    topic: int | None = Field(default=None)
    subject_id: int
    frames: int = Field(default=0)
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class Audit(SQLModel, table=True):
    """Who did what to which record; also the log of operations, found by ``op_id``.

    ``part`` counts the rows of one operation from 0.  ``before`` and ``after``
    hold changed fields only, never a secret or free medical text.
    """

    __table_args__ = (
        UniqueConstraint("op_id", "part"),
        Index("ix_audit_object", "kind", "object_id"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=Instant)
    hospital_id: int
    user_id: int | None = Field(default=None)
    actor: str = Field(max_length=80)
    role: str = Field(max_length=20)
    terminal: str = Field(default="", max_length=80)
    session_id: int | None = Field(default=None)
    op_id: str = Field(max_length=64)
    part: int = Field(default=0, sa_type=Integer)
    action: str = Field(max_length=60)
    kind: str = Field(max_length=40)
    object_id: int | None = Field(default=None)
    before: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    after: dict[str, Any] | None = Field(default=None, sa_type=JSON)


class AuditSeal(SQLModel, table=True):
    """The seal of one audit entry: a hash over the seal before it and the entry itself.

    ``seq`` counts seals without a gap, in the order of sealing (hms.infra.audit_chain).
    """

    __tablename__ = "audit_seal"
    __table_args__ = (UniqueConstraint("audit_id"),)

    seq: int | None = Field(default=None, primary_key=True)
    audit_id: int
    hash: bytes = Field(sa_type=LargeBinary)


def _only_grows(table: Table) -> None:
    """Let the database itself refuse to change or remove a row of ``table``."""
    for verb in ("UPDATE", "DELETE"):
        after_create(
            table,
            f"CREATE TRIGGER IF NOT EXISTS {table.name}_no_{verb.lower()} "
            f"BEFORE {verb} ON {table.name} "
            "BEGIN SELECT RAISE(ABORT, 'the audit is only ever added to'); END",
            "sqlite",
        )
    after_create(table, _POSTGRES_REFUSAL, "postgresql")
    after_create(
        table,
        f"CREATE OR REPLACE TRIGGER {table.name}_only_grows "
        f"BEFORE UPDATE OR DELETE OR TRUNCATE ON {table.name} "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_only_grows()",
        "postgresql",
    )


_POSTGRES_REFUSAL = """
CREATE OR REPLACE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit is only ever added to' USING ERRCODE = 'check_violation';
END $$
"""
_only_grows(table_of(Audit))
_only_grows(table_of(AuditSeal))
