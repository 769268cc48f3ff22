"""Numbers that people hold: a restored hospital gives none of them out a second time.

What was given between the backup and the restore stands in the database that is replaced.
Where that one is read and goes on where the backup ends, the counters of the restored one
are put behind it, exactly.  Where it is damaged, gone, or another hospital's, nobody can know;
then each counter jumps to the next round hundred.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from hms.infra import outbox
from hms.infra.backup.facts import Facts
from hms.infra.settings import Settings
from hms.infra.tables import Audit, table_of
from hms.infra.uow import Work
from hms.kernel import clock, ids

ROUND = 100
LEAST_JUMP = 50  # from 98 a jump to 100 would leave two numbers to the hours nobody knows
RESTORE = "backup.restore"
_audit = table_of(Audit)

Jump = Callable[[int], int]


@dataclass(frozen=True, slots=True)
class GoesOn:
    """A series of numbers goes on behind ``last``; ``left_out`` are not given out (again)."""

    series: str
    last: int
    left_out: int

    def as_json(self) -> dict[str, object]:
        """Return it for ``--json``."""
        return {"series": self.series, "last": self.last, "left_out": self.left_out}


@dataclass(frozen=True, slots=True)
class Numbers:
    """How a feature carries its numbers over a restore.

    ``seen`` reads what was given from the replaced database; ``carry`` writes it to the
    restored one: ``seen`` is None where it is not known, ``jump`` tells from the last number
    known where to go on.
    """

    seen: Callable[[Work], Any]
    carry: Callable[[Work, Any, Jump], Sequence[GoesOn]]


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of the numbers; ``known``: the replaced database told all that were given."""

    known: bool
    series: tuple[GoesOn, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return it for ``--json``."""
        return {"known": self.known, "series": [one.as_json() for one in self.series]}


class Carrier:
    """Sees the replaced database once, then carries all numbers into the restored one.

    Args:
        settings: of the installation.
        numbers: of the features.
        backup: what is known of it.
        skip: how many to leave out of each series; None: none where it is known what was
            given, else up to the next round hundred.
    """

    def __init__(
        self, settings: Settings, numbers: Sequence[Numbers], backup: Facts, skip: int | None
    ) -> None:
        self._settings = settings
        self._numbers = numbers
        self._backup = backup
        self._skip = skip
        self._seen: list[Any] = [None] * len(numbers)
        self._known = False

    def look(self, old: Connection) -> None:
        """Read the replaced database; raises what its driver raises when it is damaged."""
        with old.begin() as transaction:
            work = Work(old, self._settings, ids.op_id(), clock.now(), read_only=True)
            seen = [one.seen(work) for one in self._numbers]
            known = _goes_on_from(old, self._backup)
            transaction.rollback()
        self._seen, self._known = seen, known

    def carry(self, work: Work) -> Carried:
        """Put the counters of the restored database behind what was given."""
        jump = self._jump()
        found = [
            goes_on
            for one, seen in zip(self._numbers, self._seen, strict=True)
            for goes_on in one.carry(work, seen, jump)
        ]
        return Carried(self._known, tuple(found))

    def _jump(self) -> Jump:
        if self._skip is not None:
            by = self._skip
            return lambda last: last + by
        return (lambda last: last) if self._known else next_hundred


def next_hundred(last: int) -> int:
    """Return the round hundred behind ``last``, at least 50 further."""
    return -(-(last + LEAST_JUMP) // ROUND) * ROUND


def _goes_on_from(db: Connection, backup: Facts) -> bool:
    """Return whether the database is what became of the one that was backed up.

    It has its epoch, or had it before it was itself restored, and is not behind it.
    """
    restores = select(_audit.c.before).where(_audit.c.action == RESTORE)
    earlier = {str((row[0] or {}).get("epoch")) for row in db.execute(restores)}
    same = backup.epoch in {outbox.epoch(db), *earlier}
    return same and outbox.last_id(db) >= backup.last_event
