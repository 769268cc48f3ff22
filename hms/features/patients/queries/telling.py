"""How much of a patient may be told, and as whom."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from hms.features.patients.model import PatientPrivacy
from hms.features.patients.queries.views import patient
from hms.infra.tables import table_of
from hms.kernel.privacy import Level, level_of

_privacy = table_of(PatientPrivacy)
_TELLING = (
    select(patient.c.name, patient.c.private, _privacy.c.level, _privacy.c.alias)
    .select_from(patient.outerjoin(_privacy, _privacy.c.patient_id == patient.c.id))
    .where(patient.c.id == bindparam("id"))
)


@dataclass(frozen=True, slots=True)
class Telling:
    """A patient's name, the alias if any, and the most that may be told (None: nothing said)."""

    name: str
    alias: str
    level: Level | None


def telling(db: Connection, patient_id: int) -> Telling | None:
    """Return how much of the patient may be told; who asked to be private is a number."""
    row = db.execute(_TELLING, {"id": patient_id}).first()
    if row is None:
        return None
    name, private, level, alias = row
    return Telling(name, alias or "", Level.NUMBER if private else level_of(level))
