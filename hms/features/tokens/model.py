"""Tables of queues and tokens; what must never happen is a constraint here."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ColumnElement,
    FromClause,
    Index,
    UniqueConstraint,
    literal_column,
)
from sqlmodel import Field, SQLModel

from hms.features.tokens import rules
from hms.infra.tables import Instant, after_create, partial_index, table_of


def _one_of(statuses: Iterable[rules.Status]) -> str:
    return f"status IN ({', '.join(repr(status.value) for status in statuses)})"


_ACTIVE, _SERVING, _OPEN = map(_one_of, (rules.ACTIVE, rules.SERVING, rules.OPEN))


class Queue(SQLModel, table=True):
    """What people wait for: a doctor, a service or a room.

    ``prefix`` begins the codes of its series, unique in the hospital so that a
    code is unique in a service day; ``daily_limit`` is the most first legs a day.
    """

    __table_args__ = (
        UniqueConstraint("hospital_id", "code"),
        UniqueConstraint("hospital_id", "prefix"),
        CheckConstraint("kind IN ('doctor', 'service', 'room')", name="kind"),
        CheckConstraint("policy IN ('due', 'strict', 'arrival', 'alternate')", name="policy"),
        CheckConstraint("rejoin IN ('keep', 'end')", name="rejoin"),
        CheckConstraint("start_number >= 1", name="start_number"),
        CheckConstraint("daily_limit IS NULL OR daily_limit >= 1", name="daily_limit"),
    )

    id: int | None = Field(default=None, primary_key=True)
    hospital_id: int = Field(foreign_key="hospital.id")
    department_id: int | None = Field(default=None, foreign_key="department.id")
    code: str = Field(max_length=8)
    name: str = Field(max_length=80)
    kind: str = Field(default="service", max_length=10)
    prefix: str = Field(max_length=8)
    start_number: int = Field(default=1)
    daily_limit: int | None = Field(default=None)
    is_24h: bool = Field(default=False)
    desk_calls: bool = Field(default=False)
    policy: str = Field(default="due", max_length=10)
    rejoin: str = Field(default="keep", max_length=10)
    paused_at: datetime | None = Field(default=None, sa_type=Instant)
    paused_reason: str | None = Field(default=None, max_length=200)
    active: bool = Field(default=True)
    position: int = Field(default=0)


class QueueRoom(SQLModel, table=True):
    """A room that serves a queue; the first by ``position`` is its usual one."""

    __tablename__ = "queue_room"

    queue_id: int = Field(foreign_key="queue.id", primary_key=True)
    room: str = Field(max_length=40, primary_key=True)
    position: int = Field(default=0)


class QueueDoctor(SQLModel, table=True):
    """A doctor whose own queue this is."""

    __tablename__ = "queue_doctor"

    queue_id: int = Field(foreign_key="queue.id", primary_key=True)
    user_id: int = Field(foreign_key="user_account.id", primary_key=True, index=True)


class TokenCounter(SQLModel, table=True):
    """The last number of a series on a service day; numbers come from here and nowhere else."""

    __tablename__ = "token_counter"

    queue_id: int = Field(foreign_key="queue.id", primary_key=True)
    service_day: date = Field(primary_key=True)
    series: str = Field(max_length=8, primary_key=True)
    last: int
    issued_at: datetime = Field(sa_type=Instant)


class Token(SQLModel, table=True):
    """One leg of a walk-in's way: a place in one queue.

    ``series_queue_id``, ``series``, ``number`` and ``code`` stay those of the first
    leg.  ``counter`` is the room, or the queue itself where it has none
    (rules.counter_of): at most one token is called or in progress there.  ``rank``
    is milliseconds since 1970 (rules.rank_of).  ``recalls`` counts since the last
    call, ``call_count`` all calls.  ``undo`` holds what the last change replaced.
    """

    __table_args__ = (
        partial_index(
            "uq_token_number",
            "series_queue_id",
            "service_day",
            "series",
            "number",
            where="leg = 1",
            unique=True,
        ),
        partial_index(
            "uq_token_counter_serving", "hospital_id", "counter", where=_SERVING, unique=True
        ),
        partial_index(
            "uq_token_patient_active",
            "queue_id",
            "patient_id",
            where=f"patient_id IS NOT NULL AND {_ACTIVE}",
            unique=True,
        ),
        partial_index(
            "ix_token_waiting", "queue_id", "rank", "id", "code", where="status = 'waiting'"
        ),
        partial_index("ix_token_open", "queue_id", "status", "id", where=_OPEN),
        partial_index("ix_token_completed", "queue_id", "ended_at", where="status = 'completed'"),
        Index("ix_token_day", "hospital_id", "service_day", "id"),
        Index("ix_token_code", "hospital_id", "code", "service_day"),
        Index("ix_token_patient", "patient_id", "service_day"),
        CheckConstraint(_one_of(rules.Status), name="status"),
        CheckConstraint(f"counter IS NOT NULL OR NOT ({_SERVING})", name="counter"),
        CheckConstraint("call_count >= 1 OR status <> 'called'", name="call_count"),
        CheckConstraint("started_at IS NOT NULL OR status <> 'in_progress'", name="started_at"),
        CheckConstraint(f"ended_at IS NULL OR NOT ({_ACTIVE})", name="ended_at"),
        CheckConstraint("number >= 1 AND leg >= 1", name="number"),
    )

    id: int | None = Field(default=None, primary_key=True)
    hospital_id: int = Field(foreign_key="hospital.id")
    queue_id: int = Field(foreign_key="queue.id")
    series_queue_id: int = Field(foreign_key="queue.id")
    series: str = Field(max_length=8)
    service_day: date
    number: int
    code: str = Field(max_length=16)
    leg: int = Field(default=1)
    came_from_id: int | None = Field(default=None, foreign_key="token.id")
    status: str = Field(default="waiting", max_length=20)
    token_class: str = Field(default="normal", max_length=12)
    head_start_minutes: int = Field(default=0)
    rank: int = Field(sa_type=BigInteger)
    patient_id: int | None = Field(default=None, foreign_key="patient.id")
    counter: str | None = Field(default=None, max_length=rules.COUNTER_MAX)
    room: str | None = Field(default=None, max_length=40)
    arrived_at: datetime = Field(sa_type=Instant)
    issued_at: datetime = Field(sa_type=Instant)
    called_at: datetime | None = Field(default=None, sa_type=Instant)
    last_called_at: datetime | None = Field(default=None, sa_type=Instant)
    started_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    call_count: int = Field(default=0)
    recalls: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    called_because: str | None = Field(default=None, max_length=240)
    reason: str | None = Field(default=None, max_length=200)
    undo: dict[str, Any] | None = Field(default=None, sa_type=JSON)


def _illegal_move(old: str, new: str) -> str:
    legal = " OR ".join(
        f"({old} = '{source.value}' AND {new} IN ({', '.join(repr(t.value) for t in sorted(to))}))"
        for source, to in rules.allowed_pairs().items()
        if to
    )
    return f"{old} <> {new} AND NOT ({legal})"


_SQLITE_GUARD = f"""
CREATE TRIGGER IF NOT EXISTS token_status_moves BEFORE UPDATE OF status ON token
WHEN {_illegal_move("OLD.status", "NEW.status")}
BEGIN SELECT RAISE(ABORT, 'token status cannot move so'); END
"""
_POSTGRES_FUNCTION = f"""
CREATE OR REPLACE FUNCTION token_status_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF {_illegal_move("OLD.status", "NEW.status")} THEN
    RAISE EXCEPTION 'token status cannot move so' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$
"""
_POSTGRES_GUARD = (
    "CREATE OR REPLACE TRIGGER token_status_moves BEFORE UPDATE OF status ON token "
    "FOR EACH ROW EXECUTE FUNCTION token_status_moves()"
)

# Who waits or is being served is found at every desk: such a patient is not archived.
_LEAVES = "NEW.archived_at IS NOT NULL AND OLD.archived_at IS NULL"
_IS_HERE = f"EXISTS (SELECT 1 FROM token WHERE patient_id = NEW.id AND {_ACTIVE})"  # noqa: S608
_SQLITE_ARCHIVE_GUARD = f"""
CREATE TRIGGER IF NOT EXISTS patient_is_here BEFORE UPDATE OF archived_at ON patient
WHEN {_LEAVES} AND {_IS_HERE}
BEGIN SELECT RAISE(ABORT, 'the patient has a token'); END
"""
_POSTGRES_ARCHIVE_FUNCTION = f"""
CREATE OR REPLACE FUNCTION patient_is_here() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF {_LEAVES} AND {_IS_HERE} THEN
    RAISE EXCEPTION 'the patient has a token' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$
"""
_POSTGRES_ARCHIVE_GUARD = (
    "CREATE OR REPLACE TRIGGER patient_is_here BEFORE UPDATE OF archived_at ON patient "
    "FOR EACH ROW EXECUTE FUNCTION patient_is_here()"
)

_token = table_of(Token)


after_create(_token, _SQLITE_ARCHIVE_GUARD, "sqlite")
after_create(_token, _POSTGRES_ARCHIVE_FUNCTION, "postgresql")
after_create(_token, _POSTGRES_ARCHIVE_GUARD, "postgresql")
after_create(_token, _SQLITE_GUARD, "sqlite")
after_create(_token, _POSTGRES_FUNCTION, "postgresql")
after_create(_token, _POSTGRES_GUARD, "postgresql")


def in_state(*statuses: rules.Status, of: FromClause | None = None) -> ColumnElement[bool]:
    """Return the condition that a token (of the alias ``of``) is in one of ``statuses``.

    The words stand in the statement itself: a partial index is found by its very
    condition, and not behind parameters.
    """
    words: list[ColumnElement[str]] = [literal_column(repr(status.value)) for status in statuses]
    column: ColumnElement[str] = (_token if of is None else of).c.status
    return column == words[0] if len(words) == 1 else column.in_(words)


IS_OPEN = in_state(*rules.OPEN)  # what the index of open tokens needs beside a narrower condition
