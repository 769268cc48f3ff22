"""A patient as screens, commands and other features see one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, select

from hms.features.patients.model import Patient, PatientCare
from hms.features.patients.rules import Birth, Sex
from hms.features.patients.rules.likeness import Likeness
from hms.features.patients.rules.mrn import is_mrn, read_mrn
from hms.infra.tables import table_of
from hms.kernel import clock

patient = table_of(Patient)
_care = table_of(PatientCare)
_UNSEEN = ("hospital_id", "updated_at", "phone_backwards")
_SEXES = {sex.value: sex for sex in Sex}  # for every row of a search: a call of Sex takes ten times
COLUMNS = [column for column in patient.c if column.name not in _UNSEEN]


class PatientView(NamedTuple):
    """A patient as screens and commands show one; ``phone`` as it was said.

    A tuple, because a search makes twenty at a key: a frozen dataclass takes six times as long.
    """

    id: int
    mrn: str
    name: str
    birth_date: date | None
    birth_year: int | None
    birth_estimated: bool
    sex: Sex
    phone: str
    phone_e164: str | None
    blood_group: str | None
    allergies: tuple[str, ...]
    contact: str
    address: str
    private: bool
    temporary: bool
    temporary_name: str | None
    deceased_on: date | None
    archived: bool
    created_at: datetime
    version: int

    @property
    def birth(self) -> Birth:
        """Return the birth as far as it is known."""
        return Birth(self.birth_date, self.birth_year, self.birth_estimated)

    def age(self, today: date) -> int | None:
        """Return the age in whole years on ``today``, None when nothing is known."""
        return self.birth.age(self.deceased_on or today)

    def as_json(self) -> dict[str, Any]:
        """Return the patient as JSON-able values: the contract's keys, then ours."""
        return {
            "id": self.id,
            "mrn": self.mrn,
            "name": self.name,
            "birth_date": self.birth_date.isoformat() if self.birth_date else None,
            "birth_year": self.birth_year,
            "sex": self.sex.value,
            "phone": self.phone or None,
            "blood_group": self.blood_group,
            "allergies": list(self.allergies),
            "created_at": clock.iso(self.created_at),
            "birth_estimated": self.birth_estimated,
            "phone_e164": self.phone_e164,
            "contact": self.contact,
            "address": self.address,
            "private": self.private,
            "temporary": self.temporary,
            "temporary_name": self.temporary_name,
            "deceased_on": self.deceased_on.isoformat() if self.deceased_on else None,
            "archived": self.archived,
            "version": self.version,
        }


@dataclass(frozen=True, slots=True)
class Lookalike:
    """A patient who may be the one at the desk, and why one may think so."""

    patient: PatientView
    likeness: Likeness

    def as_json(self) -> dict[str, Any]:
        """Return the patient with ``likeness`` in percent and the ``reasons`` for it."""
        return {
            **self.patient.as_json(),
            "likeness": self.likeness.percent,
            "reasons": list(self.likeness.reasons),
        }


@dataclass(frozen=True, slots=True)
class PatientBrief:
    """What a list of tokens shows of a patient."""

    id: int
    mrn: str
    name: str
    private: bool


HERE = patient.c.hospital_id == bindparam("hospital_id")
BY_MRN = select(*COLUMNS).where(HERE, patient.c.mrn == bindparam("mrn"))
_BY_ID = select(*COLUMNS).where(patient.c.id == bindparam("id"))
_IS_HERE = select(patient.c.id).where(HERE, patient.c.id == bindparam("id"))
_CARE = select(_care.c.since).where(
    _care.c.user_id == bindparam("user_id"), _care.c.patient_id == bindparam("patient_id")
)
_BRIEFS = select(patient.c.id, patient.c.mrn, patient.c.name, patient.c.private).where(
    patient.c.id.in_(bindparam("ids", expanding=True))
)
_ID_OF_MRN = select(patient.c.id).where(HERE, patient.c.mrn == bindparam("mrn"))


def by_id(db: Connection, patient_id: int) -> PatientView | None:
    """Return the patient with this id, archived or not."""
    row = db.execute(_BY_ID, {"id": patient_id}).first()
    return None if row is None else view_of(row)


def by_mrn(db: Connection, hospital_id: int, mrn: str) -> PatientView | None:
    """Return the patient with this MRN (in its one written form), archived or not."""
    row = db.execute(BY_MRN, {"hospital_id": hospital_id, "mrn": mrn}).first()
    return None if row is None else view_of(row)


def is_here(db: Connection, hospital_id: int, patient_id: int) -> bool:
    """Return whether the hospital knows the patient with this id."""
    key = {"hospital_id": hospital_id, "id": patient_id}
    return db.execute(_IS_HERE, key).first() is not None


def in_care(db: Connection, user_id: int, patient_id: int) -> bool:
    """Return whether the patient is one of the doctor's own."""
    key = {"user_id": user_id, "patient_id": patient_id}
    return db.execute(_CARE, key).first() is not None


def briefs(db: Connection, ids: Iterable[int]) -> dict[int, PatientBrief]:
    """Return the patients ``ids`` by id, as a list of tokens shows them."""
    rows = db.execute(_BRIEFS, {"ids": sorted(set(ids))})
    return {row[0]: PatientBrief(*row) for row in rows}


def id_of_mrn(db: Connection, hospital_id: int, mrn: str) -> int | None:
    """Return the id of the patient whose MRN was typed or scanned, None when nobody has it."""
    if not is_mrn(mrn):
        return None
    key = {"hospital_id": hospital_id, "mrn": read_mrn(mrn)}
    return db.execute(_ID_OF_MRN, key).scalar()


def view_of(row: Sequence[Any]) -> PatientView:
    """Return the patient of a row that has ``COLUMNS``, in their order."""
    (
        id_, mrn, name, _search_text, birth_date, birth_year, birth_estimated, sex, phone,
        phone_e164, blood_group, allergies, contact, address, private, temporary,
        temporary_name, deceased_on, archived_at, created_at, version,
    ) = row  # fmt: skip
    return PatientView(
        id_, mrn, name, birth_date, birth_year, birth_estimated, _SEXES[sex], phone,
        phone_e164, blood_group, tuple(allergies), contact, address, private, temporary,
        temporary_name, deceased_on, archived_at is not None, created_at, version,
    )  # fmt: skip
