"""The unit of work: one transaction in which a use case checks, writes, and says what happened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BindParameter,
    Connection,
    Select,
    Table,
    Text,
    bindparam,
    cast,
    func,
    insert,
    literal_column,
    select,
    text,
)

from hms.infra.tables import Audit, Outbox, table_of
from hms.kernel import clock
from hms.kernel.actor import Actor
from hms.kernel.errors import HmsError, Refused
from hms.kernel.events import Event
from hms.kernel.i18n import phrase

if TYPE_CHECKING:
    from hms.infra.settings import Settings

_audit, _outbox = table_of(Audit), table_of(Outbox)
_INSERT_OUTBOX = insert(_outbox)
_INSERT_AUDIT = insert(_audit)
_OUTCOME = (
    select(_audit.c.op_id, _audit.c.at, _audit.c.action, _audit.c.kind, _audit.c.object_id)
    .where(_audit.c.op_id == bindparam("op_id"))
    .order_by(_audit.c.part)
    .limit(1)
)
# One outbox writer at a time: ids then come in the order of commit and a reader
# by ``id > cursor`` misses nothing (PostgreSQL only; SQLite has one writer).  The same
# statement rings the bell that other machines hear: it sounds with the commit.
_OUTBOX_ORDER = text("SELECT pg_advisory_xact_lock(20463), pg_notify('hms_bell', '')")


def _in_one_statement() -> Select[Any]:
    """Return what writes one entry and one event, as nearly every operation leaves them.

    One round trip instead of three (PostgreSQL only).  The row of the outbox comes out of
    the row that took the lock, so its id is given while the lock is held; what rings
    comes out of that row, so it can say its id.
    """
    turn = select(func.pg_advisory_xact_lock(literal_column("20463")).label("turn")).subquery(
        "turn"
    )
    entry = insert(_audit).values(_bound(_audit, "entry")).cte("entry")
    bound = _bound(_outbox, "event")
    event = (
        insert(_outbox)
        .from_select(list(bound), select(*bound.values()).select_from(turn))
        .returning(_outbox.c.id)
        .cte("event")
    )
    rung = func.pg_notify(literal_column("'hms_bell'"), cast(event.c.id, Text))
    return select(event.c.id, rung).add_cte(entry)


def _bound(table: Table, prefix: str) -> dict[str, BindParameter[Any]]:
    columns = [column for column in table.c if not column.primary_key]
    return {c.name: bindparam(f"{prefix}_{c.name}", type_=c.type) for c in columns}


_ENTRY_AND_EVENT = _in_one_statement()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a committed operation did, found by its ``op_id``."""

    op_id: str
    at: datetime
    action: str
    kind: str
    object_id: int | None


class OperationRepeated(Refused):
    """The operation had been done already; ``outcome`` tells what it did."""

    code = "operation.repeated"

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(phrase("this was done already ({action})", action=outcome.action))
        self.outcome = outcome


class WriteInRead(HmsError):
    """A read-only unit of work was asked to write: a fault of ours."""

    code = "operation.write_in_read"


@dataclass(slots=True)
class Work:
    """One transaction, its instant, and what it will leave behind.

    A use case writes its rows through ``db``, says what happened with ``emit``
    and who did it with ``audit``; the rows of both are written at the end of the
    same transaction.  It never commits.
    """

    db: Connection
    settings: Settings
    op_id: str
    now: datetime
    read_only: bool = False
    events: list[tuple[int | None, Event]] = field(default_factory=list)
    entries: list[dict[str, Any]] = field(default_factory=list)
    last_event: int | None = None  # its outbox id, once flushed and where the engine said it

    def emit(self, event: Event, *, hospital_id: int | None = None) -> None:
        """Leave ``event`` in the outbox when the transaction commits.

        Where no hospital is said it is that of whoever the audit says did it.
        """
        self._must_write()
        self.events.append((hospital_id, event))

    def audit(
        self,
        actor: Actor,
        action: str,
        kind: str,
        object_id: int | None,
        *,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
    ) -> None:
        """Record that ``actor`` did ``action`` to the record ``kind``/``object_id``."""
        self._must_write()
        self.entries.append(
            {
                "at": self.now,
                "hospital_id": actor.hospital_id,
                "user_id": actor.user_id,
                "actor": actor.name,
                "role": actor.role.value,
                "terminal": actor.terminal,
                "session_id": actor.session_id,
                "op_id": self.op_id,
                "part": len(self.entries),
                "action": action,
                "kind": kind,
                "object_id": object_id,
                "before": before,
                "after": after,
            }
        )

    def service_day(self) -> date:
        """Return the hospital's service day at ``now``."""
        hospital = self.settings.hospital
        return clock.service_day(self.now, hospital.timezone, hospital.day_starts_at)

    def flush(self) -> None:
        """Write the outbox and audit rows; called once, just before the commit."""
        own = self.entries[0]["hospital_id"] if self.entries else 1
        events = [_row_of(self.now, own if at is None else at, event) for at, event in self.events]
        on_postgresql = self.db.dialect.name == "postgresql"
        if on_postgresql and len(self.entries) == len(events) == 1:
            entry = {f"entry_{name}": value for name, value in self.entries[0].items()}
            event = {f"event_{name}": value for name, value in events[0].items()}
            self.last_event = self.db.execute(_ENTRY_AND_EVENT, entry | event).one()[0]
            return
        if self.entries:
            self.db.execute(_INSERT_AUDIT, self.entries)
        if not events:
            return
        if on_postgresql:
            self.db.execute(_OUTBOX_ORDER)
        self.db.execute(_INSERT_OUTBOX, events)

    def _must_write(self) -> None:
        if self.read_only:
            raise WriteInRead("a read-only unit of work cannot record a change")


UseCase = Callable[[Work], Any]


def _row_of(now: datetime, hospital_id: int, event: Event) -> dict[str, Any]:
    return {
        "at": now,
        "hospital_id": hospital_id,
        "kind": event.kind,
        "topic": event.topic,
        "subject_id": event.subject_id,
        "frames": event.wall_frames if event.topic is not None else 0,
        "payload": event.payload(),
    }


def find_outcome(db: Connection, op_id: str) -> Outcome | None:
    """Return what the committed operation ``op_id`` did, None when it never committed."""
    row = db.execute(_OUTCOME, {"op_id": op_id}).first()
    return None if row is None else Outcome(row[0], row[1], row[2], row[3], row[4])
