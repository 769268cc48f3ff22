"""Who opened a record that is not their patient's, why, and who took note of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, exists, or_, select

from hms.features.patients.model import Patient, PatientAccess, PatientCare
from hms.infra.tables import Instant, table_of
from hms.kernel import clock

_patient = table_of(Patient)
_access = table_of(PatientAccess)
_care = table_of(PatientCare)
MOST = 500


@dataclass(frozen=True, slots=True)
class Reader:
    """A doctor who sees own patients only, and what was opened with a reason, at the instant."""

    user_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class AccessView:
    """One access; ``mrn`` and ``reason`` are None for who sees no patient."""

    id: int
    user: str
    mrn: str | None
    reason: str | None
    opened_at: datetime
    ends_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None

    def as_json(self) -> dict[str, Any]:
        """Return the access as the command line prints it."""
        return {
            "id": self.id,
            "user": self.user,
            "mrn": self.mrn,
            "reason": self.reason,
            "opened_at": clock.iso(self.opened_at),
            "ends_at": clock.iso(self.ends_at),
            "acknowledged_at": clock.iso(self.acknowledged_at),
            "acknowledged_by": self.acknowledged_by,
        }


# Whose records ``reader`` may see without a (further) reason at the instant ``seen_at``.
IS_OPEN_TO_READER = or_(
    exists().where(_care.c.patient_id == _patient.c.id, _care.c.user_id == bindparam("reader")),
    exists().where(
        _access.c.patient_id == _patient.c.id,
        _access.c.user_id == bindparam("reader"),
        _access.c.ends_at > bindparam("seen_at", type_=Instant),
    ),
)
_OPEN = select(_patient.c.id).where(_patient.c.id == bindparam("patient_id"), IS_OPEN_TO_READER)
_VIEWS = (
    select(
        _access.c.id,
        _access.c.user_name,
        _patient.c.mrn,
        _access.c.reason,
        _access.c.opened_at,
        _access.c.ends_at,
        _access.c.acknowledged_at,
        _access.c.acknowledged_name,
    )
    .select_from(_access.join(_patient, _patient.c.id == _access.c.patient_id))
    .where(_access.c.hospital_id == bindparam("hospital_id"))
    .order_by(_access.c.id.desc())
    .limit(MOST)
)
_NEW = _VIEWS.where(_access.c.acknowledged_at.is_(None))
_ONE = _VIEWS.where(_access.c.id == bindparam("access_id"))
_READER = select(_access.c.user_id).where(
    _access.c.hospital_id == bindparam("hospital_id"), _access.c.id == bindparam("access_id")
)


def is_open_to(db: Connection, reader: Reader, patient_id: int) -> bool:
    """Return whether the record is that of an own patient, or was opened with a reason."""
    key = {"patient_id": patient_id, "reader": reader.user_id, "seen_at": reader.at}
    return db.execute(_OPEN, key).first() is not None


def accesses(db: Connection, hospital_id: int, *, everything: bool = False) -> list[AccessView]:
    """Return the accesses nobody took note of yet, or the newest of all; the newest first."""
    query = _VIEWS if everything else _NEW
    return [AccessView(*row) for row in db.execute(query, {"hospital_id": hospital_id})]


def access(db: Connection, hospital_id: int, access_id: int) -> AccessView | None:
    """Return one access."""
    row = db.execute(_ONE, {"hospital_id": hospital_id, "access_id": access_id}).first()
    return None if row is None else AccessView(*row)


def reader_of(db: Connection, hospital_id: int, access_id: int) -> int | None:
    """Return the user who opened the record, None when there is no such access."""
    key = {"hospital_id": hospital_id, "access_id": access_id}
    found: int | None = db.execute(_READER, key).scalar()
    return found
