"""Finding patients by words on PostgreSQL: one of two ways, by how common the words are.

Words that many patients have are met soon by walking back from the newest patient;
words that few have are looked up in the index, whose finds are then sorted.  Each way
takes seconds for what the other finds in a millisecond.  PostgreSQL's own choice goes
wrong with words it has no statistics of, so it is made here, by the same statistics.
"""

from __future__ import annotations

import time
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Select,
    Text,
    bindparam,
    cast,
    column,
    func,
    select,
    table,
    text,
)
from sqlalchemy.types import UserDefinedType

from hms.features.patients.model import BEGINNINGS
from hms.features.patients.queries.accesses import IS_OPEN_TO_READER, Reader
from hms.features.patients.queries.views import COLUMNS, HERE, PatientView, patient, view_of

Clause = tuple[tuple[str, ...], ...]  # every group holds; a group holds by one of its terms

COMMON = 0.003  # the share of patients from which on walking is the shorter way
KNOWN_SECONDS = 600.0


class _Query(UserDefinedType[str]):
    """What full-text search is asked for."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "tsquery"


def _query(name: str) -> ColumnElement[str]:
    return cast(bindparam(name, type_=Text), _Query)


_words = table("patient_words", column("patient_id"), column("hospital_id"), column("terms"))
_HAS = _words.c.terms.bool_op("@@")(_query("match"))
_HAS_UNINDEXED = func.ts_match_vq(_words.c.terms, _query("match"))  # what @@ is, past the index
_EXACTLY = _words.c.terms.bool_op("@@")(_query("exact"))
_IN_HOSPITAL = _words.c.hospital_id == bindparam("hospital_id")
_SHARES = text(
    "SELECT most_common_elems::text::text[], most_common_elem_freqs FROM pg_stats "
    "WHERE schemaname = current_schema() AND tablename = 'patient_words' AND attname = 'terms'"
)
_shares: WeakKeyDictionary[Engine, tuple[float, dict[str, float]]] = WeakKeyDictionary()


def _by_index(*, all_of_them: bool) -> Select[Any]:
    """Return the statement that looks up and sorts: whole words first, then the newest."""
    found = select(_words.c.patient_id, _EXACTLY.label("exact")).where(_IN_HOSPITAL, _HAS)
    those: Any = found.cte("found").prefix_with("MATERIALIZED")
    if not all_of_them:  # only so many are joined
        order = (those.c.exact.desc(), those.c.patient_id.desc())
        those = select(those).order_by(*order).limit(bindparam("limit")).subquery("newest")
    return (
        select(*COLUMNS)
        .join_from(patient, those, those.c.patient_id == patient.c.id)
        .where(HERE)
        .order_by(those.c.exact.desc(), patient.c.id.desc())
        .limit(bindparam("limit"))
    )


def _by_walking() -> Select[Any]:
    """Return the statement that goes back from the newest patient until it has enough."""
    those = (
        select(_words.c.patient_id)
        .where(_IN_HOSPITAL, _HAS_UNINDEXED)
        .order_by(_words.c.patient_id.desc())
        .limit(bindparam("limit"))
        .subquery("newest")
    )
    return (
        select(*COLUMNS)
        .join_from(patient, those, those.c.patient_id == patient.c.id)
        .where(HERE)
        .order_by(patient.c.id.desc())
    )


_BY_INDEX = _by_index(all_of_them=False)
_BY_INDEX_FOR_READER = _by_index(all_of_them=True).where(IS_OPEN_TO_READER)
_BY_WALKING = _by_walking()


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
    values = {
        "hospital_id": hospital_id,
        "limit": limit,
        "match": _match(clause, whole=False),
        "exact": _match(clause, whole=True),
    }
    if reader is not None:
        seen_by = {"reader": reader.user_id, "seen_at": reader.at}
        return _views(db, _BY_INDEX_FOR_READER, {**values, **seen_by})
    if _share(db, clause, whole=False) < COMMON:
        return _views(db, _BY_INDEX, values)
    found = matching(db, hospital_id, clause, whole=True, limit=limit)
    if len(found) < limit:
        found += matching(db, hospital_id, clause, whole=False, limit=limit + len(found))
    return found


def matching(
    db: Connection, hospital_id: int, clause: Clause, *, whole: bool, limit: int
) -> list[PatientView]:
    """Return the newest patients that have a term of every group: whole, or as a beginning."""
    said = _match(clause, whole=whole)
    values = {"hospital_id": hospital_id, "limit": limit, "match": said}
    if _share(db, clause, whole=whole) < COMMON:
        return _views(db, _BY_INDEX, {**values, "exact": said})
    return _views(db, _BY_WALKING, values)


def _views(db: Connection, query: Select[Any], values: dict[str, Any]) -> list[PatientView]:
    return [view_of(row) for row in db.execute(query, values).mappings().all()]


def _match(clause: Clause, *, whole: bool) -> str:
    """Write ``clause`` in the language of PostgreSQL's full-text search."""
    said = clause if whole else _beginnings(clause)
    return " & ".join(
        f"({' | '.join(_quoted(term, whole=whole) for term in group)})" for group in said
    )


def _beginnings(clause: Clause) -> Clause:
    """Return ``clause`` without words that another one begins with: "per pe" is "per".

    They would count as rare together, and are not.
    """
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


def _share(db: Connection, clause: Clause, *, whole: bool) -> float:
    """Return about which share of the patients has a term of every group.

    Longer beginnings than the index has count like the whole word; what is not
    among the most common terms counts as rare.
    """
    known, share = _known_shares(db), 1.0
    for group in clause if whole else _beginnings(clause):
        keys = [t if whole or len(t) > BEGINNINGS else f"{t}*" for t in group]
        share *= min(1.0, sum(known.get(key, 0.0) for key in keys))
    return share


def _known_shares(db: Connection) -> dict[str, float]:
    """Return how common the most common terms are, as PostgreSQL last counted them."""
    now = time.monotonic()
    until, known = _shares.get(db.engine, (0.0, {}))
    if now >= until:
        row = db.execute(_SHARES).first()
        known = {} if row is None or row[0] is None else dict(zip(row[0], row[1], strict=False))
        _shares[db.engine] = (now + (KNOWN_SECONDS if known else KNOWN_SECONDS / 10), known)
    return known
