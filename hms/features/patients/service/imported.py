"""Importing patients from another system: a batch of rows in one transaction, safe to repeat."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import bindparam, insert, select

from hms.features.patients.model import PatientIdentifier
from hms.features.patients.rules import Facts, RegisterPatient, check
from hms.features.patients.service.rows import add, columns_of, take_numbers, today
from hms.infra.tables import table_of
from hms.infra.uow import Work
from hms.kernel.actor import Actor
from hms.kernel.errors import InvalidInput
from hms.kernel.text import clean, fold

_identifier = table_of(PatientIdentifier)
_KNOWN = select(_identifier.c.system, _identifier.c.value).where(
    _identifier.c.hospital_id == bindparam("hospital_id"),
    _identifier.c.value.in_(bindparam("values", expanding=True)),
)


class Taken(StrEnum):
    """What became of a row."""

    TAKEN = "taken"
    ALREADY = "already"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A row of a file: its line, what it says, and the number that its system gives the person.

    Without ``number`` the row is recognised by what it says.
    """

    line: int
    said: RegisterPatient
    system: str
    number: str = ""


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What became of the row in ``line``; ``reason`` says why it was refused."""

    line: int
    result: Taken
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Good:
    line: int
    facts: Facts
    system: str
    value: str


def import_rows(work: Work, actor: Actor, rows: Sequence[ImportRow]) -> list[RowOutcome]:
    """Take the good ones of ``rows``, all in this transaction; return what became of each.

    A row that was taken before is recognised and left alone, so an import that was
    interrupted is simply run again.

    Raises:
        NotPermitted: the role may not import.
    """
    actor.require("patients.import")
    take_numbers(work, actor.hospital_id, 0)  # two imports of one file: the second waits here
    good, outcomes = _sorted(work, actor, rows)
    numbers = take_numbers(work, actor.hospital_id, len(good))
    patients = [
        {**columns_of(row.facts), "mrn": mrn, "temporary": False}
        for row, mrn in zip(good, numbers, strict=True)
    ]
    ids = add(work, actor.hospital_id, patients)
    links = [
        {
            "hospital_id": actor.hospital_id,
            "patient_id": ids[mrn],
            "system": row.system,
            "value": row.value,
        }
        for row, mrn in zip(good, numbers, strict=True)
    ]
    if links:
        work.db.execute(insert(_identifier), links)
    for row, mrn in zip(good, numbers, strict=True):
        after = {"mrn": mrn, "system": row.system, "line": row.line}
        work.audit(actor, "patients.import", "patient", ids[mrn], after=after)
    return outcomes


def check_rows(work: Work, actor: Actor, rows: Sequence[ImportRow]) -> list[RowOutcome]:
    """Return what ``import_rows`` would do with ``rows``; changes nothing.

    Raises:
        NotPermitted: the role may not import.
    """
    actor.require("patients.import")
    return _sorted(work, actor, rows)[1]


def _sorted(
    work: Work, actor: Actor, rows: Sequence[ImportRow]
) -> tuple[list[_Good], list[RowOutcome]]:
    """Return the rows to take, and the outcome of every row in the order of the file."""
    day, region = today(work), work.settings.patients.region
    read: list[_Good | RowOutcome] = []
    for row in rows:
        try:
            facts = check(row.said, today=day, region=region)
            value = clean(row.number, field="id", max_length=200) or _fingerprint(facts)
            read.append(_Good(row.line, facts, row.system, value))
        except InvalidInput as error:
            read.append(RowOutcome(row.line, Taken.REFUSED, error.message))
    known = _known(work, actor, [row.value for row in read if isinstance(row, _Good)])
    good: list[_Good] = []
    outcomes: list[RowOutcome] = []
    for item in read:
        if isinstance(item, RowOutcome):
            outcomes.append(item)
        elif (item.system, item.value) in known:
            outcomes.append(RowOutcome(item.line, Taken.ALREADY))
        else:
            known.add((item.system, item.value))
            good.append(item)
            outcomes.append(RowOutcome(item.line, Taken.TAKEN))
    return good, outcomes


def _known(work: Work, actor: Actor, values: list[str]) -> set[tuple[str, str]]:
    if not values:
        return set()
    found = work.db.execute(_KNOWN, {"hospital_id": actor.hospital_id, "values": values})
    return {(system, value) for system, value in found}


def _fingerprint(facts: Facts) -> str:
    """Return what a row without a number is recognised by when it comes again."""
    parts = (
        fold(facts.name),
        facts.birth.text,
        facts.sex.value,
        facts.phone.backwards,
        fold(facts.address),
    )
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]
