"""Failed sign-ins, kept in the database so that every console counts together."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, insert, select, text, update

from hms.features.staff.model import DeskSession
from hms.features.staff.model_sign_in import SignInThrottle
from hms.features.staff.service.errors import TooManyTries
from hms.infra.tables import table_of
from hms.infra.throttle import FORGOTTEN_AFTER, Policy, Record, seconds_to_wait
from hms.infra.uow import Work

_throttle = table_of(SignInThrottle)
_session = table_of(DeskSession)
_OF_ACCOUNT = select(_throttle.c.terminal, _throttle.c.failures, _throttle.c.last_failed_at).where(
    _throttle.c.account == bindparam("account")
)
_OWNER_WAS_HERE = (
    select(_session.c.id)
    .where(_session.c.user_id == bindparam("user_id"), _session.c.terminal == bindparam("terminal"))
    .limit(1)
)
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext(:account))")


def account_key(login: str) -> str:
    """Return the hash under which failures of the login name ``login`` are counted."""
    return hashlib.sha256(login.encode()).hexdigest()


def count_attempt(work: Work, account: str, terminal: str, user_id: int | None) -> Record:
    """Count one try as failed, before the password is looked at; ``forgive`` takes it back.

    Counting first keeps many tries at the same moment within the limit.

    Returns:
        What was known before.

    Raises:
        TooManyTries: no try is allowed here now; it is not counted.
    """
    security = work.settings.security
    policy = Policy(security.free_tries, security.max_wait_seconds, security.max_failures)
    if work.db.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
        work.db.execute(_ONE_AT_A_TIME, {"account": account})
    forgotten = work.now - FORGOTTEN_AFTER
    work.db.execute(delete(_throttle).where(_throttle.c.last_failed_at < forgotten))
    record = _record(work.db, account, terminal, user_id)
    seconds = seconds_to_wait(policy, record, work.now)
    if seconds != 0:
        raise TooManyTries(seconds)
    here = (_throttle.c.account == account) & (_throttle.c.terminal == terminal)
    if record.failures_here:
        again = update(_throttle).where(here)
        work.db.execute(again.values(failures=_throttle.c.failures + 1, last_failed_at=work.now))
    else:
        row = {"account": account, "terminal": terminal, "failures": 1, "last_failed_at": work.now}
        work.db.execute(insert(_throttle).values(row))
    return record


def take_back(work: Work, account: str, terminal: str, before: Record, at: datetime) -> None:
    """Take back the try that was counted ``at``, and nothing else: it was neither wrong nor right.

    The wait is what it was before, unless somebody failed there meanwhile.
    """
    here = (_throttle.c.account == account) & (_throttle.c.terminal == terminal)
    if before.last_failed_at is not None:
        mine = update(_throttle).where(here, _throttle.c.last_failed_at == at)
        work.db.execute(mine.values(last_failed_at=before.last_failed_at))
    work.db.execute(delete(_throttle).where(here, _throttle.c.failures <= 1))
    work.db.execute(update(_throttle).where(here).values(failures=_throttle.c.failures - 1))


def forgive(work: Work, account: str, terminal: str | None = None) -> int:
    """Forget the failures of ``account`` at ``terminal``, or everywhere; return how many."""
    mine = _throttle.c.account == account
    if terminal is not None:
        mine &= _throttle.c.terminal == terminal
    failures = work.db.scalar(select(func.sum(_throttle.c.failures)).where(mine))
    work.db.execute(delete(_throttle).where(mine))
    return failures or 0


def _record(db: Connection, account: str, terminal: str, user_id: int | None) -> Record:
    rows = db.execute(_OF_ACCOUNT, {"account": account}).all()
    here = next((row for row in rows if row.terminal == terminal), None)
    before = {"user_id": user_id or 0, "terminal": terminal}
    return Record(
        failures_here=here.failures if here else 0,
        last_failed_at=here.last_failed_at if here else None,
        failures_in_all=sum(row.failures for row in rows),
        owner_was_here=db.execute(_OWNER_WAS_HERE, before).first() is not None,
    )
