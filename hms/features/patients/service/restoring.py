"""Patient numbers over a restore: what stands on a card is not given to another patient."""

from __future__ import annotations

from sqlalchemy import insert, select, update

from hms.features.patients.model import PatientCounter
from hms.infra.backup.numbers import GoesOn, Jump, Numbers
from hms.infra.tables import table_of
from hms.infra.uow import Work

_counter = table_of(PatientCounter)
SERIES = "MRN"


def numbers_given(work: Work) -> dict[int, int]:
    """Return the number of the last MRN of each hospital."""
    return {row.hospital_id: row.last for row in work.db.execute(select(_counter))}


def go_on_behind(work: Work, given: dict[int, int] | None, jump: Jump) -> list[GoesOn]:
    """Put the counter behind ``given``, and behind what ``jump`` leaves out besides."""
    found = []
    here = numbers_given(work)
    seen = given or {}
    for hospital in sorted(here | seen):
        before = here.get(hospital, 0)
        last = jump(max(before, seen.get(hospital, 0)))
        if last <= before:
            continue
        mine = _counter.c.hospital_id == hospital
        if not work.db.execute(update(_counter).where(mine).values(last=last)).rowcount:
            work.db.execute(insert(_counter).values(hospital_id=hospital, last=last))
        found.append(GoesOn(SERIES, last, last - before))
    return found


NUMBERS = Numbers(numbers_given, go_on_behind)
