"""The audit as those see it who may."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, or_, select

from hms.infra.tables import Audit, table_of
from hms.kernel.clock import iso

_audit = table_of(Audit)


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries are wanted; None is all.

    ``action`` may be a whole group of actions ("tokens"); ``until`` is the first
    instant that is not wanted any more.
    """

    user: str | None = None
    terminal: str | None = None
    action: str | None = None
    kind: str | None = None
    object_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 50

    def as_json(self) -> dict[str, Any]:
        """Return what was asked for, as the audit records it."""
        said = {
            "user": self.user,
            "terminal": self.terminal,
            "action": self.action,
            "kind": self.kind,
            "object": self.object_id,
            "since": iso(self.since),
            "until": iso(self.until),
        }
        return {key: value for key, value in said.items() if value is not None}


@dataclass(frozen=True, slots=True)
class AuditView:
    """One entry: who did what to which record, when and from where."""

    id: int
    at: datetime
    user: str
    role: str
    terminal: str
    session_id: int | None
    action: str
    kind: str
    object_id: int | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    op_id: str

    def as_json(self) -> dict[str, Any]:
        """Return the entry as commands print it."""
        return {
            "id": self.id,
            "at": iso(self.at),
            "user": self.user,
            "role": self.role,
            "terminal": self.terminal,
            "session": self.session_id,
            "action": self.action,
            "kind": self.kind,
            "object": self.object_id,
            "before": self.before,
            "after": self.after,
            "op_id": self.op_id,
        }


def of_patient(kind: str) -> bool:
    """Return whether records of this kind tell of a patient; their names begin so."""
    return kind.startswith("patient")


def masked(entry: AuditView) -> AuditView:
    """Return the entry as the system administrator sees it: who, when, what, but no patient.

    A patient's record has a number that leads to the MRN, so it is left out, too.
    """
    if of_patient(entry.kind):
        return replace(entry, object_id=None, before=None, after=None)
    return replace(entry, before=_without(entry.before), after=_without(entry.after))


def _without(values: dict[str, Any] | None) -> dict[str, Any] | None:
    if values is None:
        return None
    hidden = {"patient_id", "mrn"}
    if of_patient(str(values.get("kind", ""))):
        hidden.add("object")  # somebody looked for what was done to one patient
    return {key: value for key, value in values.items() if key not in hidden}


def entries(db: Connection, hospital_id: int, wanted: AuditFilter) -> list[AuditView]:
    """Return the entries that ``wanted`` asks for, the newest first."""
    query: Select[Any] = (
        select(
            _audit.c.id, _audit.c.at, _audit.c.actor, _audit.c.role, _audit.c.terminal,
            _audit.c.session_id, _audit.c.action, _audit.c.kind, _audit.c.object_id,
            _audit.c.before, _audit.c.after, _audit.c.op_id,
        )
        .where(_audit.c.hospital_id == hospital_id)
        .order_by(_audit.c.id.desc())
        .limit(wanted.limit)
    )  # fmt: skip
    for column, value in (
        (_audit.c.actor, wanted.user),
        (_audit.c.terminal, wanted.terminal),
        (_audit.c.kind, wanted.kind),
        (_audit.c.object_id, wanted.object_id),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.action is not None:
        group = _audit.c.action.startswith(f"{wanted.action}.", autoescape=True)
        query = query.where(or_(_audit.c.action == wanted.action, group))
    if wanted.since is not None:
        query = query.where(_audit.c.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(_audit.c.at < wanted.until)
    return [AuditView(*row) for row in db.execute(query)]
