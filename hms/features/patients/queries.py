"""Patients as others see them, and the statements that find them.

A search gives those whose whole words were typed before those whose words only
begin so, and the newest patient first: an order that every database can stream,
so that one letter over a million patients costs no more than a whole name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import islice
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    RowMapping,
    Select,
    and_,
    bindparam,
    column,
    exists,
    or_,
    select,
    table,
    text,
)

from hms.features.patients.model import Patient, PatientCare, patient_term
from hms.features.patients.rules import Birth, Sex
from hms.features.patients.rules.likeness import (
    ESTIMATE_YEARS,
    SAME_PHONE_DIGITS,
    Likeness,
    Person,
    date_variants,
)
from hms.features.patients.rules.mrn import is_mrn, read_mrn
from hms.features.patients.rules.terms import Wanted, holds
from hms.infra.tables import table_of
from hms.kernel import clock
from hms.kernel.text import fold

_LAST_CHARACTER = "\U0010ffff"  # no term goes on with it: the end of a range of beginnings
_FILTERED = 500  # rows found by phone or birth that names are then looked for in

patient = table_of(Patient)
_care = table_of(PatientCare)
_full_text = table("patient_search", column("rowid", Integer))
_VIEW = [c for c in patient.c if c.name not in ("hospital_id", "updated_at", "phone_backwards")]

Clause = tuple[tuple[str, ...], ...]  # every group holds; a group holds by one of its terms


@dataclass(frozen=True, slots=True)
class PatientView:
    """A patient as screens and commands show one; ``phone`` as it was said."""

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


_HERE = patient.c.hospital_id == bindparam("hospital_id")
_IN_USE = patient.c.archived_at.is_(None)
_BY_ID = select(*_VIEW).where(patient.c.id == bindparam("id"))
_BY_MRN = select(*_VIEW).where(_HERE, patient.c.mrn == bindparam("mrn"))
_BY_MRN_PREFIX = (
    select(*_VIEW)
    .where(_HERE, patient.c.mrn >= bindparam("low"), patient.c.mrn < bindparam("high"), _IN_USE)
    .order_by(patient.c.mrn)
    .limit(bindparam("limit"))
)
_BY_PHONE = (
    select(*_VIEW)
    .where(
        _HERE,
        patient.c.phone_backwards >= bindparam("low"),
        patient.c.phone_backwards < bindparam("high"),
        _IN_USE,
    )
    .order_by(patient.c.phone_backwards, patient.c.id.desc())
    .limit(bindparam("limit"))
)
_BY_BIRTH_DATE = (
    select(*_VIEW)
    .where(_HERE, patient.c.birth_date.in_(bindparam("dates", expanding=True)), _IN_USE)
    .order_by(patient.c.id.desc())
    .limit(bindparam("limit"))
)
_ARCHIVED = (
    select(*_VIEW).where(_HERE, patient.c.archived_at.is_not(None)).order_by(patient.c.id.desc())
)
_IN_CARE = exists().where(
    _care.c.patient_id == patient.c.id, _care.c.user_id == bindparam("care_of")
)


def by_id(db: Connection, patient_id: int) -> PatientView | None:
    """Return the patient with this id, archived or not."""
    return _first(db, _BY_ID, {"id": patient_id})


def by_mrn(db: Connection, hospital_id: int, mrn: str) -> PatientView | None:
    """Return the patient with this MRN (in its one written form), archived or not."""
    return _first(db, _BY_MRN, {"hospital_id": hospital_id, "mrn": mrn})


def in_care(db: Connection, user_id: int, patient_id: int) -> bool:
    """Return whether the patient is one of the doctor's own."""
    found = select(_care.c.since).where(
        _care.c.user_id == user_id, _care.c.patient_id == patient_id
    )
    return db.execute(found).first() is not None


def find(
    db: Connection, hospital_id: int, wanted: Wanted, *, limit: int, care_of: int | None = None
) -> list[PatientView]:
    """Return the patients in use that are ``wanted``; a whole MRN finds an archived one too.

    Args:
        db: the open transaction.
        hospital_id: where they are registered.
        wanted: what was typed.
        limit: how many at most.
        care_of: the user id of a doctor who sees his own patients only; None sees all.
    """
    found: list[PatientView] = []
    if wanted.mrn is not None:
        here = {"hospital_id": hospital_id, "mrn": wanted.mrn}
        found += _views(db, _BY_MRN, here, care_of)
    if wanted.mrn_prefix is not None:
        found += _views(db, _BY_MRN_PREFIX, _range(hospital_id, wanted.mrn_prefix, limit), care_of)
    elif wanted.phone is not None:
        rows = _rows(db, _BY_PHONE, _range(hospital_id, wanted.phone, _FILTERED), care_of)
        found += _newest(_view(row) for row in rows if holds(wanted, row["search_text"]))
    elif wanted.born_on is not None:
        here = {"hospital_id": hospital_id, "dates": [wanted.born_on], "limit": _FILTERED}
        rows = _rows(db, _BY_BIRTH_DATE, here, care_of)
        found += [_view(row) for row in rows if holds(wanted, row["search_text"])]
    elif wanted.mrn is None:
        found = _by_words(db, hospital_id, wanted, limit, care_of)
    return list({view.id: view for view in found}.values())[:limit]


def find_archived(
    db: Connection, hospital_id: int, wanted: Wanted, *, limit: int
) -> list[PatientView]:
    """Return archived patients whose names, birth year or phone's end are ``wanted``."""
    rows = db.execute(_ARCHIVED, {"hospital_id": hospital_id}).mappings()
    fitting = (_view(row) for row in rows if holds(wanted, row["search_text"]))
    return list(islice(fitting, limit))


def lookalikes(db: Connection, hospital_id: int, person: Person) -> list[PatientView]:
    """Return at most 500 patients that may be ``person``, to be compared one by one.

    They share a birth date (or one that a slip makes of it), the end of the
    phone number, all words of the name, the beginnings of two words, or the
    initials and the birth year.
    """
    here: dict[str, Any] = {"hospital_id": hospital_id}
    found: list[PatientView] = []
    if person.born_on is not None:
        slips = list(date_variants(person.born_on))
        for dates, limit in (([person.born_on], 100), (slips, 100)):
            found += _views(db, _BY_BIRTH_DATE, {**here, "dates": dates, "limit": limit})
    if len(person.phone) >= SAME_PHONE_DIGITS:
        end = person.phone[:SAME_PHONE_DIGITS]
        found += _views(db, _BY_PHONE, _range(hospital_id, end, 50))
    words = sorted(fold(person.name).split(), key=len, reverse=True)[:4]
    years = _years(person)
    blocks: list[tuple[Clause, bool, int]] = [
        (tuple((word,) for word in words), True, 80),
        (tuple((word[:3],) for word in words[:2]), False, 90),
    ]
    if years:
        blocks.append(((*((word[0],) for word in words[:2]), years), False, 80))
    for clause, whole, limit in blocks:
        found += _matching(db, hospital_id, clause, whole=whole, limit=limit)
    return list({view.id: view for view in found}.values())


def _years(person: Person) -> tuple[str, ...]:
    if person.born_in is None:
        return ()
    off = ESTIMATE_YEARS if person.estimated else 0
    return tuple(str(year) for year in range(person.born_in - off, person.born_in + off + 1))


def _by_words(
    db: Connection, hospital_id: int, wanted: Wanted, limit: int, care_of: int | None
) -> list[PatientView]:
    clause: Clause = (*((word,) for word in wanted.words), *wanted.either)
    found = _matching(db, hospital_id, clause, whole=True, limit=limit, care_of=care_of)
    if len(found) < limit and wanted.words:
        more = limit + len(found)
        found += _matching(db, hospital_id, clause, whole=False, limit=more, care_of=care_of)
    return found


def _matching(
    db: Connection,
    hospital_id: int,
    clause: Clause,
    *,
    whole: bool,
    limit: int,
    care_of: int | None = None,
) -> list[PatientView]:
    """Return the newest patients that have a term of every group: whole, or as a beginning."""
    values: dict[str, Any] = {"hospital_id": hospital_id, "limit": limit}
    if db.dialect.name == "sqlite":
        values["match"] = _match(clause, whole)
        return _views(db, _FULL_TEXT, values, care_of)
    shape = tuple(len(group) for group in clause)
    for g, group in enumerate(clause):
        for t, term in enumerate(group):
            values[f"low_{g}_{t}"] = term
            values[f"high_{g}_{t}"] = term + _LAST_CHARACTER
    return _views(db, _by_terms(shape, whole), values, care_of)


_FULL_TEXT = (
    select(*_VIEW)
    .select_from(_full_text.join(patient, patient.c.id == _full_text.c.rowid))
    .where(text("patient_search MATCH :match"), _HERE)
    .order_by(_full_text.c.rowid.desc())
    .limit(bindparam("limit"))
)


def _match(clause: Clause, whole: bool) -> str:
    """Write ``clause`` in the language of SQLite's FTS5; folded terms hold no quote."""
    end = '"' if whole else '"*'
    groups = (" OR ".join(f'"{term}{end}' for term in group) for group in clause)
    return " AND ".join(f"({group})" for group in groups)


@lru_cache(maxsize=64)
def _by_terms(shape: tuple[int, ...], whole: bool) -> Select[Any]:
    """Return the statement for groups of these sizes over PostgreSQL's table of terms."""
    term = patient_term.c.term

    def has(group: int, size: int) -> ColumnElement[bool]:
        either = [
            term == bindparam(f"low_{group}_{t}")
            if whole
            else and_(term >= bindparam(f"low_{group}_{t}"), term < bindparam(f"high_{group}_{t}"))
            for t in range(size)
        ]
        return exists().where(patient_term.c.patient_id == patient.c.id, or_(*either))

    return (
        select(*_VIEW)
        .where(_HERE, _IN_USE, *(has(group, size) for group, size in enumerate(shape)))
        .order_by(patient.c.id.desc())
        .limit(bindparam("limit"))
    )


def _range(hospital_id: int, low: str, limit: int) -> dict[str, Any]:
    return {"hospital_id": hospital_id, "low": low, "high": low + _LAST_CHARACTER, "limit": limit}


def _newest(views: Iterable[PatientView]) -> list[PatientView]:
    return sorted(views, key=lambda view: -view.id)


def _views(
    db: Connection, query: Select[Any], values: dict[str, Any], care_of: int | None = None
) -> list[PatientView]:
    return [_view(row) for row in _rows(db, query, values, care_of)]


def _rows(
    db: Connection, query: Select[Any], values: dict[str, Any], care_of: int | None
) -> Sequence[RowMapping]:
    if care_of is not None:
        query, values = query.where(_IN_CARE), {**values, "care_of": care_of}
    return db.execute(query, values).mappings().all()


def _first(db: Connection, query: Select[Any], values: dict[str, Any]) -> PatientView | None:
    row = db.execute(query, values).mappings().first()
    return None if row is None else _view(row)


def _view(row: RowMapping) -> PatientView:
    return PatientView(
        id=row["id"],
        mrn=row["mrn"],
        name=row["name"],
        birth_date=row["birth_date"],
        birth_year=row["birth_year"],
        birth_estimated=row["birth_estimated"],
        sex=Sex(row["sex"]),
        phone=row["phone"],
        phone_e164=row["phone_e164"],
        blood_group=row["blood_group"],
        allergies=tuple(row["allergies"]),
        contact=row["contact"],
        address=row["address"],
        private=row["private"],
        temporary=row["temporary"],
        temporary_name=row["temporary_name"],
        deceased_on=row["deceased_on"],
        archived=row["archived_at"] is not None,
        created_at=row["created_at"],
        version=row["version"],
    )


_BRIEFS = select(patient.c.id, patient.c.mrn, patient.c.name, patient.c.private).where(
    patient.c.id.in_(bindparam("ids", expanding=True))
)
_ID_OF_MRN = select(patient.c.id).where(_HERE, patient.c.mrn == bindparam("mrn"))


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
