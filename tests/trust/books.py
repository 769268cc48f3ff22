"""What must agree in a hospital's database, whatever happened to the desks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hms.bootstrap import invariants, wire
from hms.infra.backup.facts import problems
from hms.infra.settings import Settings
from tests.support import Clock, Hospital, opened
from tests.trust.desk_process import Said, settings_at

_EQUAL = {
    "a token has one TokenIssued": (
        "SELECT count(*) FROM token",
        "SELECT count(*) FROM outbox WHERE kind = 'TokenIssued'",
    ),
    "a TokenIssued is of one token": (
        "SELECT count(*) FROM outbox WHERE kind = 'TokenIssued'",
        "SELECT count(DISTINCT subject_id) FROM outbox WHERE kind = 'TokenIssued'",
    ),
    "a token has one entry of its issue": (
        "SELECT count(*) FROM token",
        "SELECT count(DISTINCT object_id) FROM audit WHERE action = 'tokens.issue'",
    ),
    "a call is told once": (
        "SELECT coalesce(sum(call_count), 0) FROM token",
        "SELECT count(*) FROM outbox WHERE kind IN ('TokenCalled', 'TokenRecalled')",
    ),
    "an event has its entry": (
        "SELECT count(*) FROM outbox WHERE kind LIKE 'Token%'",
        "SELECT count(*) FROM audit WHERE kind = 'token'",
    ),
}


def url_of(path: Path) -> str:
    """Return the address of the SQLite file ``path``."""
    return f"sqlite+aiosqlite:///{path}"


def faults(hospital: Hospital) -> list[str]:
    """Return a sentence for everything in the books that does not agree."""
    found = hospital.db.read_now(lambda work: problems(work.db, invariants()))
    for rule, (one, other) in _EQUAL.items():
        left, right = hospital.one(one), hospital.one(other)
        if left != right:
            found.append(f"{rule}: {left} and {right}")
    return found


def lost(hospital: Hospital, acknowledged: Iterable[Said]) -> list[Said]:
    """Return what was acknowledged and is not in the database."""
    here = {row[0] for row in hospital.rows("SELECT id FROM token")}
    known = {row[0] for row in hospital.rows("SELECT op_id FROM audit")}
    return [one for one in acknowledged if one.token_id not in here or one.op_id not in known]


@contextmanager
def books(settings: Settings) -> Iterator[Hospital]:
    """Open the books of a hospital as they are; nobody is added."""
    application = wire(settings)
    try:
        yield Hospital(application, Clock(), {})
    finally:
        application.close_now()


def faults_at(url: str) -> list[str]:
    """Return what does not agree in the database at ``url``."""
    with opened(settings_at(url)) as hospital:
        return faults(hospital)
