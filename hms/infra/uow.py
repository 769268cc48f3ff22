"""The unit of work: one transaction in which a use case checks, writes, and says what happened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, bindparam, insert, select, text

from hms.infra.tables import Audit, Outbox, table_of
from hms.kernel import clock
from hms.kernel.actor import Actor
from hms.kernel.errors import HmsError, Refused
from hms.kernel.events import Event
from hms.kernel.i18n import phrase

if TYPE_CHECKING:
    from hms.infra.settings import Settings

_audit = table_of(Audit)
_INSERT_OUTBOX = insert(table_of(Outbox))
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
        if self.entries:
            self.db.execute(_INSERT_AUDIT, self.entries)
        if not self.events:
            return
        own = self.entries[0]["hospital_id"] if self.entries else 1
        if self.db.dialect.name == "postgresql":
            self.db.execute(_OUTBOX_ORDER)
        self.db.execute(
            _INSERT_OUTBOX,
            [
                {
                    "at": self.now,
                    "hospital_id": own if hospital_id is None else hospital_id,
                    "kind": event.kind,
                    "topic": event.topic,
                    "subject_id": event.subject_id,
                    "frames": event.wall_frames if event.topic is not None else 0,
                    "payload": event.payload(),
                }
                for hospital_id, event in self.events
            ],
        )

    def _must_write(self) -> None:
        if self.read_only:
            raise WriteInRead("a read-only unit of work cannot record a change")


UseCase = Callable[[Work], Any]


def find_outcome(db: Connection, op_id: str) -> Outcome | None:
    """Return what the committed operation ``op_id`` did, None when it never committed."""
    row = db.execute(_OUTCOME, {"op_id": op_id}).first()
    return None if row is None else Outcome(row[0], row[1], row[2], row[3], row[4])
