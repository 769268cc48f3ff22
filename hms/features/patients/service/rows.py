"""How checked facts become rows: numbers given, search kept in step, nothing half-written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, text

from hms.features.patients.model import (
    Patient,
    create_search,
    drop_search,
    index_patients,
)
from hms.features.patients.rules import Facts, make_mrn
from hms.features.patients.rules.terms import search_text
from hms.infra.tables import table_of
from hms.infra.uow import Work
from hms.kernel import clock

_patient = table_of(Patient)
# The same words are valid on SQLite and PostgreSQL; one row, so numbers have no gap.
_TAKE_NUMBERS = text(
    "INSERT INTO patient_counter (hospital_id, last) VALUES (:hospital_id, :count)"
    " ON CONFLICT (hospital_id) DO UPDATE SET last = patient_counter.last + :count"
    " RETURNING last"
)
_IN_USE_AFTER = (
    select(_patient.c.id, _patient.c.search_text)
    .where(_patient.c.id > bindparam("last"), _patient.c.archived_at.is_(None))
    .order_by(_patient.c.id)
    .limit(10_000)
)
_INSERT = insert(_patient).returning(_patient.c.id, _patient.c.mrn)


def today(work: Work) -> date:
    """Return the date on the hospital's wall, for ages and births."""
    return work.now.astimezone(clock.zone(work.settings.hospital.timezone)).date()


def columns_of(facts: Facts, *, temporary_name: str | None = None) -> dict[str, Any]:
    """Return the columns of a patient that follow from ``facts``."""
    birth, phone = facts.birth, facts.phone
    return {
        "name": facts.name,
        "search_text": search_text(
            facts.name,
            year=birth.year,
            phone=phone.backwards,
            other_name=temporary_name or "",
        ),
        "birth_date": birth.day,
        "birth_year": birth.year,
        "birth_estimated": birth.estimated,
        "sex": facts.sex.value,
        "phone": phone.raw,
        "phone_e164": phone.e164,
        "phone_backwards": phone.backwards or None,
        "blood_group": facts.blood_group,
        "allergies": list(facts.allergies),
        "contact": facts.contact,
        "address": facts.address,
        "private": facts.private,
        "temporary_name": temporary_name,
        "deceased_on": facts.deceased_on,
    }


def take_numbers(work: Work, hospital_id: int, count: int) -> list[str]:
    """Return the next ``count`` MRNs of the hospital, in order.

    Raises:
        NumbersUsedUp: all seven-digit numbers were given.
    """
    values = {"hospital_id": hospital_id, "count": count}
    last: int = work.db.execute(_TAKE_NUMBERS, values).scalar_one()
    return [make_mrn(number) for number in range(last - count + 1, last + 1)]


def add(work: Work, hospital_id: int, patients: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Write new patients and let them be found; return their ids by MRN.

    ``patients`` hold what ``columns_of`` gives, and ``mrn`` and ``temporary``.
    """
    if not patients:
        return {}
    shared = {
        "hospital_id": hospital_id,
        "created_at": work.now,
        "updated_at": work.now,
        "archived_at": None,
        "version": 1,
    }
    written = work.db.execute(_INSERT, [{**row, **shared} for row in patients])
    ids = {mrn: patient_id for patient_id, mrn in written}
    index_patients(
        work.db,
        [{"id": ids[row["mrn"]], "search_text": row["search_text"]} for row in patients],
    )
    return ids


def rebuild_search(db: Connection) -> None:
    """Make what patients are found by anew, from the patients themselves."""
    drop_search(db)
    create_search(db)
    last = 0
    while rows := db.execute(_IN_USE_AFTER, {"last": last}).mappings().all():
        index_patients(db, [dict(row) for row in rows])
        last = rows[-1]["id"]
