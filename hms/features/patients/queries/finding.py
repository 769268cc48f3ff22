"""The statements that find patients.

A search gives those whose whole words were typed before those whose words only
begin so, and the newest patient first: an order that every database can stream,
so that one letter over a million patients costs no more than a whole name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import (
    Connection,
    Integer,
    Row,
    Select,
    bindparam,
    column,
    select,
    table,
    text,
)

from hms.features.patients.queries import postgres_words
from hms.features.patients.queries.accesses import IS_OPEN_TO_READER, Reader
from hms.features.patients.queries.postgres_words import Clause
from hms.features.patients.queries.views import BY_MRN, COLUMNS, HERE, PatientView, patient, view_of
from hms.features.patients.rules.likeness import (
    ESTIMATE_YEARS,
    SAME_PHONE_DIGITS,
    Person,
    date_variants,
)
from hms.features.patients.rules.terms import Wanted, holds
from hms.kernel.text import fold

_LAST_CHARACTER = "\U0010ffff"  # no term goes on with it: the end of a range of beginnings
_FILTERED = 500  # rows found by phone or birth that names are then looked for in

_full_text = table("patient_search", column("rowid", Integer))

_IN_USE = patient.c.archived_at.is_(None)
_BY_MRN_PREFIX = (
    select(*COLUMNS)
    .where(HERE, patient.c.mrn >= bindparam("low"), patient.c.mrn < bindparam("high"), _IN_USE)
    .order_by(patient.c.mrn)
    .limit(bindparam("limit"))
)
_BY_PHONE = (
    select(*COLUMNS)
    .where(
        HERE,
        patient.c.phone_backwards >= bindparam("low"),
        patient.c.phone_backwards < bindparam("high"),
        _IN_USE,
    )
    .order_by(patient.c.phone_backwards, patient.c.id.desc())
    .limit(bindparam("limit"))
)
_BY_BIRTH_DATE = (
    select(*COLUMNS)
    .where(HERE, patient.c.birth_date.in_(bindparam("dates", expanding=True)), _IN_USE)
    .order_by(patient.c.id.desc())
    .limit(bindparam("limit"))
)
_ARCHIVED = (
    select(*COLUMNS).where(HERE, patient.c.archived_at.is_not(None)).order_by(patient.c.id.desc())
)


def find(
    db: Connection, hospital_id: int, wanted: Wanted, *, limit: int, reader: Reader | None = None
) -> list[PatientView]:
    """Return the patients in use that are ``wanted``; a whole MRN finds an archived one too.

    Args:
        db: the open transaction.
        hospital_id: where they are registered.
        wanted: what was typed.
        limit: how many at most.
        reader: a doctor who sees own patients and what was opened only; None sees all.
    """
    found: list[PatientView] = []
    if wanted.mrn is not None:
        here = {"hospital_id": hospital_id, "mrn": wanted.mrn}
        found += _views(db, BY_MRN, here, reader)
    if wanted.mrn_prefix is not None:
        found += _views(db, _BY_MRN_PREFIX, _range(hospital_id, wanted.mrn_prefix, limit), reader)
    elif wanted.phone is not None:
        rows = _rows(db, _BY_PHONE, _range(hospital_id, wanted.phone, _FILTERED), reader)
        found += _newest(view_of(row) for row in rows if holds(wanted, row.search_text))
    elif wanted.born_on is not None:
        here = {"hospital_id": hospital_id, "dates": [wanted.born_on], "limit": _FILTERED}
        rows = _rows(db, _BY_BIRTH_DATE, here, reader)
        found += [view_of(row) for row in rows if holds(wanted, row.search_text)]
    elif wanted.mrn is None:
        found = _by_words(db, hospital_id, wanted, limit, reader)
    return list({view.id: view for view in found}.values())[:limit]


def find_archived(
    db: Connection, hospital_id: int, wanted: Wanted, *, limit: int
) -> list[PatientView]:
    """Return archived patients whose names, birth year or phone's end are ``wanted``."""
    rows = db.execute(_ARCHIVED, {"hospital_id": hospital_id})
    fitting = (view_of(row) for row in rows if holds(wanted, row.search_text))
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
    db: Connection, hospital_id: int, wanted: Wanted, limit: int, reader: Reader | None
) -> list[PatientView]:
    clause: Clause = (*((word,) for word in wanted.words), *wanted.either)
    if db.dialect.name != "sqlite":
        return postgres_words.typed(db, hospital_id, clause, limit=limit, reader=reader)
    found = _matching(db, hospital_id, clause, whole=True, limit=limit, reader=reader)
    if len(found) < limit and wanted.words:
        more = limit + len(found)
        found += _matching(db, hospital_id, clause, whole=False, limit=more, reader=reader)
    return found


def _matching(
    db: Connection,
    hospital_id: int,
    clause: Clause,
    *,
    whole: bool,
    limit: int,
    reader: Reader | None = None,
) -> list[PatientView]:
    """Return the newest patients that have a term of every group: whole, or as a beginning."""
    if db.dialect.name != "sqlite":
        return postgres_words.matching(db, hospital_id, clause, whole=whole, limit=limit)
    values = {"hospital_id": hospital_id, "limit": limit, "match": _match(clause, whole)}
    return _views(db, _FULL_TEXT, values, reader)


_FULL_TEXT = (
    select(*COLUMNS)
    .select_from(_full_text.join(patient, patient.c.id == _full_text.c.rowid))
    .where(text("patient_search MATCH :match"), HERE)
    .order_by(_full_text.c.rowid.desc())
    .limit(bindparam("limit"))
)


def _match(clause: Clause, whole: bool) -> str:
    """Write ``clause`` in the language of SQLite's FTS5; folded terms hold no quote."""
    end = '"' if whole else '"*'
    groups = (" OR ".join(f'"{term}{end}' for term in group) for group in clause)
    return " AND ".join(f"({group})" for group in groups)


def _range(hospital_id: int, low: str, limit: int) -> dict[str, Any]:
    return {"hospital_id": hospital_id, "low": low, "high": low + _LAST_CHARACTER, "limit": limit}


def _newest(views: Iterable[PatientView]) -> list[PatientView]:
    return sorted(views, key=lambda view: -view.id)


def _views(
    db: Connection, query: Select[Any], values: dict[str, Any], reader: Reader | None = None
) -> list[PatientView]:
    return [view_of(row) for row in _rows(db, query, values, reader)]


def _rows(
    db: Connection, query: Select[Any], values: dict[str, Any], reader: Reader | None
) -> Sequence[Row[Any]]:
    if reader is not None:
        query = query.where(IS_OPEN_TO_READER)
        values = {**values, "reader": reader.user_id, "seen_at": reader.at}
    return db.execute(query, values).all()
