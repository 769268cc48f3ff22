"""Finding patients by words on PostgreSQL: among the newest, then among all others.

The index gives those who have a word in no order: ten thousand would be read to show
the newest twenty.  A patient's terms are the blocks of the id as well (rules.blocks),
so that "mar" among the newest two thousand is one question to the index.  What one
round of patients leaves missing the next one gives, and only then is it looked
through.  The plan of the one statement does not depend on what was typed; PostgreSQL
makes it once for each connection.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Executable,
    Select,
    Text,
    TextualSelect,
    bindparam,
    cast,
    column,
    func,
    select,
    table,
    text,
)
from sqlalchemy.types import UserDefinedType

from hms.features.patients.model import BEGINNINGS, PatientAccess, PatientCare
from hms.features.patients.queries.accesses import Reader
from hms.features.patients.queries.views import COLUMNS, HERE, PatientView, patient, view_of
from hms.features.patients.rules import blocks
from hms.infra.tables import Instant, table_of

Clause = tuple[tuple[str, ...], ...]  # every group holds; a group holds by one of its terms

NEWEST = 2_048  # the patients that are looked through first
NEWER = 16 * NEWEST  # and next, these included
SPREAD = 2  # a hospital whose newer patients have as many ids between them has few of all
KNOWN_SECONDS = 120.0
_NOBODY = "'#'"  # a term that no patient has


class _Query(UserDefinedType[str]):
    """What full-text search is asked for."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "tsquery"


def _query(name: str) -> ColumnElement[str]:
    return cast(bindparam(name, type_=Text), _Query)


def _is(terms: ColumnElement[str]) -> ColumnElement[bool]:
    return func.ts_match_vq(_words.c.terms, terms)  # what @@ is, past the index


_words = table("patient_words", column("patient_id"), column("hospital_id"), column("terms"))
_care = table_of(PatientCare)
_access = table_of(PatientAccess)


@dataclass(frozen=True, slots=True)
class Rounds:
    """Which patients of a hospital are looked through one after the other.

    Those from the id ``late_from`` on, who came after the rounds were cut; the blocks
    ``newest``, from ``newest_from`` on; of the blocks ``newer`` those before them;
    all others, before ``newer_from``.  ``few`` says that most patients are other
    hospitals': the others are then looked up by their hospital too, which would only
    take time in a hospital that has nearly all.
    """

    late_from: int
    newest: str
    newest_from: int
    newer: str
    newer_from: int
    few: bool


_ids = (
    select(_words.c.patient_id)
    .where(_words.c.hospital_id == bindparam("hospital_id"))
    .order_by(_words.c.patient_id.desc())
    .limit(1)
)
_LANDMARKS = select(
    _ids.scalar_subquery(),
    _ids.offset(bindparam("newest")).scalar_subquery(),
    _ids.offset(bindparam("newer")).scalar_subquery(),
)
_rounds: WeakKeyDictionary[Engine, dict[int, tuple[float, Rounds]]] = WeakKeyDictionary()


# One row of what is asked: in a table, so that PostgreSQL plans for no value of it.
_ASKED = """
WITH asked AS MATERIALIZED (SELECT
    CAST(CAST(:exact AS text) AS tsquery) AS exact,
    CAST(CAST(:begun AS text) AS tsquery) AS begun,
    CAST(CAST(:short AS text) AS tsquery) AS short,
    CAST(CAST(:newest AS text) AS tsquery) AS newest,
    CAST(CAST(:newer AS text) AS tsquery) AS newer,
    CAST(CAST(:everybody AS text) AS tsquery) AS everybody,
    CAST(:late_from AS bigint) AS late_from,
    CAST(:newest_from AS bigint) AS newest_from,
    CAST(:newer_from AS bigint) AS newer_from,
    CAST(:hospital_id AS integer) AS here
)"""
# Who is in a round.  A range with two ends is expected to be short; "+ 0" keeps from the
# index of ids, which has nearly all patients in that range.
_LATE = f"hospital_id = here AND patient_id BETWEEN late_from AND {2**62}"
_NEWEST = "terms @@ newest"
_NEWER = "terms @@ newer AND patient_id < newest_from"
_REST = "hospital_id + 0 = here AND patient_id + 0 < newer_from"
_REST_OF_FEW = f"{_REST} AND terms @@ everybody"


def _round(found: str, whole: int, limit: int) -> str:
    """Return the newest patients who are ``found``, as a part of the statement."""
    # OFFSET 0 keeps from walking through all patients until there are enough.
    return (
        f"(SELECT patient_id, {whole} AS whole FROM"
        f" (SELECT patient_id FROM patient_words WHERE {found} OFFSET 0) AS them"
        f" ORDER BY patient_id DESC LIMIT {limit})"
    )


@lru_cache(maxsize=32)
def _statement(limit: int, *, few: bool, long: bool) -> TextualSelect:
    """Return the statement that finds ``limit`` patients: whole words first, then the newest.

    The limit is written into it: with one that it does not know, PostgreSQL plans
    anew for each search.

    Args:
        limit: how many at most.
        few: the hospital has few of all patients.
        long: a beginning is longer than those that are keys of the index.  Its keys
            are then gathered first, however many they are, so it is looked up by a
            shorter one among few patients.
    """
    rest = _REST_OF_FEW if few else _REST
    begins = "NOT ts_match_vq(terms, exact)"
    begins_long = f"ts_match_vq(terms, begun) AND {begins}"
    among_few = begins_long if long else begins
    rounds = (
        (1, f"{_LATE} AND ts_match_vq(terms, exact)"),
        (1, f"{_NEWEST} AND terms @@ exact"),
        (1, f"{_NEWER} AND terms @@ exact"),
        (1, f"{rest} AND terms @@ exact"),
        (0, f"{_LATE} AND {begins_long}"),
        (0, f"{_NEWEST} AND terms @@ short AND {among_few}"),
        (0, f"{_NEWER} AND terms @@ short AND {among_few}"),
        (0, f"{rest} AND terms @@ begun AND {begins}"),
    )
    them = " UNION ALL ".join(_round(found, whole, limit) for whole, found in rounds)
    columns = ", ".join(f"patient.{shown.name}" for shown in COLUMNS)
    return text(
        f"{_ASKED} SELECT {columns} FROM asked,"
        f" LATERAL ({them} LIMIT {limit}) AS found"
        " JOIN patient ON patient.id = found.patient_id"
        " ORDER BY found.whole DESC, patient.id DESC"
    ).columns(*COLUMNS)


def _for_reader() -> Select[Any]:
    """Return the statement that looks through a doctor's own and opened patients."""
    own = select(_care.c.patient_id).where(_care.c.user_id == bindparam("reader"))
    opened = select(_access.c.patient_id).where(
        _access.c.user_id == bindparam("reader"),
        _access.c.ends_at > bindparam("seen_at", type_=Instant),
    )
    theirs = own.union(opened).subquery("theirs")
    return (
        select(*COLUMNS)
        .join_from(patient, theirs, theirs.c.patient_id == patient.c.id)
        .join(_words, _words.c.patient_id == patient.c.id)
        .where(HERE, _words.c.hospital_id == patient.c.hospital_id)
        .where(_is(_query("begun")))
        .order_by(_is(_query("exact")).desc(), patient.c.id.desc())
        .limit(bindparam("limit"))
    )


_FOR_READER = _for_reader()


def typed(
    db: Connection, hospital_id: int, clause: Clause, *, limit: int, reader: Reader | None = None
) -> list[PatientView]:
    """Return those whose whole words were typed, then those whose words begin so; the newest first.

    Args:
        db: the open transaction.
        hospital_id: where they are registered.
        clause: what was typed.
        limit: how many at most.
        reader: who sees some patients only; None sees all.
    """
    exact, begun = _match(clause, whole=True), _match(clause, whole=False)
    if reader is None:
        return _found(db, hospital_id, exact, begun, _match(_short(clause), whole=False), limit)
    values = {"hospital_id": hospital_id, "exact": exact, "begun": begun, "limit": limit}
    return _views(db, _FOR_READER, {**values, "reader": reader.user_id, "seen_at": reader.at})


def matching(
    db: Connection, hospital_id: int, clause: Clause, *, whole: bool, limit: int
) -> list[PatientView]:
    """Return the newest patients that have a term of every group: whole, or as a beginning."""
    terms = _match(clause, whole=whole)
    short = terms if whole else _match(_short(clause), whole=False)
    return _found(db, hospital_id, terms if whole else _NOBODY, terms, short, limit)


def _found(
    db: Connection, hospital_id: int, exact: str, begun: str, short: str, limit: int
) -> list[PatientView]:
    rounds = _rounds_of(db, hospital_id)
    values = {
        "hospital_id": hospital_id,
        "exact": exact,
        "begun": begun,
        "short": short,
        "newest": rounds.newest,
        "newer": rounds.newer,
        "everybody": _quoted_mark(blocks.mark(hospital_id)),
        "late_from": rounds.late_from,
        "newest_from": rounds.newest_from,
        "newer_from": rounds.newer_from,
    }
    return _views(db, _statement(limit, few=rounds.few, long=short != begun), values)


def _views(db: Connection, query: Executable, values: dict[str, Any]) -> list[PatientView]:
    return [view_of(row) for row in db.execute(query, values).all()]


def _rounds_of(db: Connection, hospital_id: int) -> Rounds:
    """Return how a hospital's patients are looked through; cut anew every two minutes.

    Rounds that are out of date find the same patients: later ones are in a round of
    their own, and the others are where they were.
    """
    now = time.monotonic()
    known = _rounds.setdefault(db.engine, {})
    until, rounds = known.get(hospital_id, (0.0, None))
    if rounds is None or now >= until:
        many = {"newest": NEWEST - 1, "newer": NEWER - 1}
        row = db.execute(_LANDMARKS, {"hospital_id": hospital_id, **many}).one()
        rounds = _cut(hospital_id, *(value or 0 for value in row))
        known[hospital_id] = (now + KNOWN_SECONDS, rounds)
    return rounds


def _cut(hospital_id: int, last: int, newest: int, newer: int) -> Rounds:
    """Return the rounds of a hospital by its last id, its 2,048th and its 32,768th from the end."""
    late_from, newest_from = blocks.up(last), blocks.down(newest)
    newer_from = blocks.down(newer, blocks.LARGER)
    return Rounds(
        late_from=late_from,
        newest=_one_of(blocks.marks(hospital_id, newest_from, late_from)),
        newest_from=newest_from,
        newer=_one_of(
            blocks.marks(hospital_id, newer_from, blocks.up(newest_from - 1, blocks.LARGER))
        ),
        newer_from=newer_from,
        few=last - newer > SPREAD * NEWER,
    )


def _one_of(marks: list[str]) -> str:
    return " | ".join(_quoted_mark(mark) for mark in marks) or _NOBODY


def _quoted_mark(mark: str) -> str:
    return f"'{mark}'"


def _match(clause: Clause, *, whole: bool) -> str:
    """Write ``clause`` in the language of PostgreSQL's full-text search."""
    said = clause if whole else _beginnings(clause)
    return " & ".join(
        f"({' | '.join(_quoted(term, whole=whole) for term in group)})" for group in said
    )


def _short(clause: Clause) -> Clause:
    """Return ``clause`` with no more of each term than the index has as a key of its own."""
    return tuple(tuple(term[:BEGINNINGS] for term in group) for group in clause)


def _beginnings(clause: Clause) -> Clause:
    """Return ``clause`` without words that another one begins with: "per pe" is "per"."""
    single = [group[0] for group in clause if len(group) == 1]
    longest = {w for w in single if not any(o != w and o.startswith(w) for o in single)}
    kept = dict.fromkeys(g for g in clause if len(g) > 1 or g[0] in longest)
    return tuple(kept)


def _quoted(term: str, *, whole: bool) -> str:
    if not whole and len(term) <= BEGINNINGS:
        term += "*"
        whole = True
    quoted = term.replace("\\", "\\\\").replace("'", "''")
    return f"'{quoted}'" if whole else f"'{quoted}':*"
