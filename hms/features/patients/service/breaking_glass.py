"""Opening the record of somebody else's patient for a reason, and taking note of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import bindparam, insert, update

from hms.features.patients import queries
from hms.features.patients.errors import (
    AccessNotFound,
    AlreadyAcknowledged,
    OwnAccess,
    ReasonNeeded,
)
from hms.features.patients.events import AccessAcknowledged, AccessOpened
from hms.features.patients.model import PatientAccess
from hms.features.patients.queries import AccessView, PatientView
from hms.infra.tables import table_of
from hms.infra.uow import Work
from hms.kernel.actor import Actor, Scope
from hms.kernel.clock import iso
from hms.kernel.i18n import phrase
from hms.kernel.text import clean

OPEN_FOR = timedelta(minutes=60)
REASON_MAX = 200

_access = table_of(PatientAccess)
_INSERT = insert(_access).returning(_access.c.id)
_TAKE_NOTE = (
    update(_access)
    .where(
        _access.c.id == bindparam("access_id"),
        _access.c.hospital_id == bindparam("hospital"),
        _access.c.acknowledged_at.is_(None),
    )
    .values(
        acknowledged_at=bindparam("at"),
        acknowledged_by=bindparam("by"),
        acknowledged_name=bindparam("name"),
    )
)


def open_with_reason(work: Work, actor: Actor, patient: PatientView, reason: str | None) -> None:
    """Open ``patient`` to ``actor`` for 60 minutes; for use cases that show a record.

    Its permission is that of the use case that calls it.

    Raises:
        ReasonNeeded: there is no reason.
        InvalidInput: it is empty, too long, or has characters that cannot be shown.
    """
    if reason is None or actor.user_id is None:
        raise ReasonNeeded(
            phrase("{mrn} is not a patient of yours", mrn=patient.mrn), field="reason"
        )
    why = clean(reason, field="reason", max_length=REASON_MAX, required=True)
    ends_at = work.now + OPEN_FOR
    row = {
        "hospital_id": actor.hospital_id,
        "user_id": actor.user_id,
        "user_name": actor.name,
        "patient_id": patient.id,
        "reason": why,
        "opened_at": work.now,
        "ends_at": ends_at,
    }
    access_id = int(work.db.execute(_INSERT, row).scalar_one())
    work.emit(AccessOpened(subject_id=access_id), hospital_id=actor.hospital_id)
    after = {"reason": why, "until": iso(ends_at), "access": access_id}
    work.audit(actor, "patients.break_glass", "patient", patient.id, after=after)


def list_accesses(work: Work, actor: Actor, *, everything: bool = False) -> list[AccessView]:
    """Return the records opened with a reason that nobody took note of yet, the newest first.

    ``everything`` gives the newest 500 of all.  An administrator sees who and when,
    but neither the patient nor the reason.

    Raises:
        NotPermitted: the role may not.
    """
    scope = actor.require("accesses.see")
    found = queries.accesses(work.db, actor.hospital_id, everything=everything)
    if scope is Scope.MASKED:
        return [replace(view, mrn=None, reason=None) for view in found]
    return found


def acknowledge_access(work: Work, actor: Actor, access_id: int) -> AccessView:
    """Take note of an access: it is no alarm any more.

    Raises:
        AccessNotFound: there is no such access.
        AlreadyAcknowledged: somebody took note of it before.
        OwnAccess: nobody takes note of what they opened themselves.
        NotPermitted: the role may not.
    """
    actor.require("accesses.acknowledge")
    if queries.reader_of(work.db, actor.hospital_id, access_id) == actor.user_id:
        raise OwnAccess("you opened this record yourself")
    taken = {"access_id": access_id, "at": work.now, "by": actor.user_id, "name": actor.name}
    taken["hospital"] = actor.hospital_id
    changed = work.db.execute(_TAKE_NOTE, taken).rowcount
    view = queries.access(work.db, actor.hospital_id, access_id)
    if view is None:
        raise AccessNotFound(
            phrase("no record was opened under the number {access_id}", access_id=access_id)
        )
    if changed != 1:
        raise AlreadyAcknowledged(
            phrase(
                "{acknowledged_by} took note of it already", acknowledged_by=view.acknowledged_by
            )
        )
    work.emit(AccessAcknowledged(subject_id=access_id), hospital_id=actor.hospital_id)
    work.audit(actor, "patients.acknowledge_access", "patient_access", access_id)
    return view
