"""How a password and a code are weighed: counted, weighed, settled.

Three steps each: count the try as failed (transaction), weigh it (40 ms for a
password, outside any transaction and off the event loop), settle (transaction).
A wrong password costs an unknown name the same steps as a known one, and a code
is looked at only after the right password.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Row, bindparam, select, update

from hms.features.staff.events import UserChanged
from hms.features.staff.model import UserAccount
from hms.features.staff.model_sign_in import SecondFactor
from hms.features.staff.service import attempts, factors
from hms.features.staff.service.errors import CodeDue, FactorDue, WrongCode, WrongPassword
from hms.features.staff.service.factors import Proof
from hms.features.staff.service.identity import ONLY_HOSPITAL, actor_of, service_actor
from hms.infra import passwords
from hms.infra.db import Database
from hms.infra.second_factor import FactorKeyMissing
from hms.infra.sessions import SignedIn
from hms.infra.tables import Audit, table_of
from hms.infra.throttle import Record
from hms.infra.uow import Work
from hms.kernel.actor import Actor
from hms.kernel.errors import HmsError

T = TypeVar("T")

_user = table_of(UserAccount)
_factor = table_of(SecondFactor)
_ACCOUNTS = select(
    _user,
    _factor.c.sealed.label("factor_sealed"),
    _factor.c.confirmed_at.label("factor_confirmed_at"),
    _factor.c.last_step.label("factor_last_step"),
).select_from(_user.outerjoin(_factor, _factor.c.user_id == _user.c.id))
ACCOUNT = _ACCOUNTS.where(_user.c.name == bindparam("login"))
ACCOUNT_BY_ID = _ACCOUNTS.where(_user.c.id == bindparam("user_id"))
CODE_DUE = "session.code_due"
CODE_DUE_AGAIN_AFTER = timedelta(minutes=1)  # at one terminal; who asks faster is the same
_audit = table_of(Audit)
_LATELY = (  # what was written of the account last; enough to see the last minute
    select(_audit.c.at, _audit.c.action, _audit.c.after)
    .where(_audit.c.kind == "user_account", _audit.c.object_id == bindparam("user_id"))
    .order_by(_audit.c.id.desc())
    .limit(20)
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: of which account, where, when, and what was known of it before."""

    login: str
    terminal: str
    user: Row[Any] | None = field(repr=False)
    before: Record
    at: datetime
    actor: Actor | None = None  # who is signed in already, at the lock

    @property
    def account(self) -> str:
        """Return the hash under which the account's failures are counted."""
        return attempts.account_key(self.login)

    @property
    def known_actor(self) -> Actor:
        """Return who is signed in already."""
        assert self.actor is not None
        return self.actor


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a try was worth.

    ``changed`` says that ``new_hash`` is of another password, a ``short`` one or not;
    ``wrong_code`` that the password was right; ``refusal`` is what is still missing,
    ``offers`` that a second factor is to be offered with it.
    """

    right: bool
    new_hash: str | None = field(default=None, repr=False)
    changed: bool = False
    short: bool = False
    wrong_code: bool = False
    proof: Proof | None = field(default=None, repr=False)
    refusal: HmsError | None = None
    offers: bool = False


@dataclass(frozen=True, slots=True)
class Steps:
    """Count, weigh, settle; settle returns a refusal that must be committed with what it did."""

    count: Callable[[Work], Attempt]
    weigh: Callable[[Attempt], Weighed]
    settle: Callable[[Work, Attempt, Weighed], Any]

    def now(self, db: Database) -> Any:
        """Take the steps, blocking."""
        attempt = db.write_now(self.count)
        weighed = self.weigh(attempt)
        return given(db.write_now(lambda work: self.settle(work, attempt, weighed)))

    async def later(self, db: Database) -> Any:
        """Take the steps without blocking the event loop."""
        attempt = await db.write(self.count)
        weighed = await passwords.off_loop(self.weigh, attempt)
        return given(await db.write(lambda work: self.settle(work, attempt, weighed)))


def given(outcome: T | HmsError) -> T:
    """Return ``outcome``; raise it when it is a refusal."""
    if isinstance(outcome, HmsError):
        raise outcome
    return outcome


def own_attempt(work: Work, who: SignedIn) -> Attempt:
    """Count a try of whoever is signed in, at the terminal of their session.

    Raises:
        NotSignedIn: the session is over.
        TooManyTries: wrong passwords before.
    """
    actor = actor_of(work, who)
    actor.require("profile.own")
    user = work.db.execute(ACCOUNT_BY_ID, {"user_id": actor.user_id}).one()
    return counted(work, user.name, actor.terminal, user, actor)


def counted(
    work: Work, login: str, terminal: str, user: Row[Any] | None, actor: Actor | None = None
) -> Attempt:
    """Count one try as failed before anything is weighed.

    Raises:
        TooManyTries: no try is allowed here now.
    """
    account = attempts.account_key(login)
    before = attempts.count_attempt(work, account, terminal, user.id if user else None)
    return Attempt(login, terminal, user, before, work.now, actor)


def weigh_password(attempt: Attempt, password: str) -> Weighed:
    """Weigh the password alone."""
    kept = attempt.user.password_hash if attempt.user else None
    verdict = passwords.verify(password, kept)
    return Weighed(right=verdict.right, new_hash=verdict.new_hash)


def replacement(attempt: Attempt, hospital: str, old: str, new: str) -> Weighed:
    """Return the hash of ``new`` when it may replace the right password ``old``."""
    user = attempt.user
    full_name = user.full_name if user else ""
    least = passwords.MIN_WITH_FACTOR if has_factor(user) else passwords.MIN_LENGTH
    try:
        if passwords.normal(new) == passwords.normal(old):
            raise passwords.WeakPassword("the new password is the old one")
        words = (hospital, attempt.login, full_name, "hms")
        text = passwords.check_new(new, words, least=least)
    except HmsError as refusal:
        return Weighed(right=True, refusal=refusal)
    short = len(text) < passwords.MIN_LENGTH
    return Weighed(right=True, new_hash=passwords.make_hash(text), changed=True, short=short)


def has_factor(user: Row[Any] | None) -> bool:
    """Return whether the account has a second factor that counts."""
    return user is not None and user.factor_confirmed_at is not None


def settled(work: Work, attempt: Attempt, weighed: Weighed) -> Row[Any] | HmsError:
    """Write down what the try was worth; return the user when everything was right.

    What is still missing (a new password, a code) is returned, too: the try is not
    counted then, and earlier failures are not forgiven, or who knows the password
    could try codes without an end.  That a code is missing after a right password is
    written down: it is what somebody sees who has stolen the password alone.
    """
    user = _unchanged_user(work, attempt)
    if not weighed.right or user is None:
        return _refused(work, attempt, WrongCode() if weighed.wrong_code else WrongPassword())
    if _factor_of(user) != _factor_of(attempt.user):  # set up or removed while we weighed
        return _refused(work, attempt, WrongCode())
    if weighed.refusal is not None:
        attempts.take_back(work, attempt.account, attempt.terminal, attempt.before, attempt.at)
        if isinstance(weighed.refusal, CodeDue):
            _note_code_due(work, attempt, user.id)
        return offered(work, user, attempt.terminal) if weighed.offers else weighed.refusal
    proof, weighed_user = weighed.proof, attempt.user
    if proof and weighed_user and not factors.use(work, weighed_user, proof, attempt.terminal):
        return _refused(work, attempt, WrongCode())
    attempts.forgive(work, attempt.account, attempt.terminal)
    if weighed.new_hash is not None:
        work.db.execute(
            update(_user)
            .where(_user.c.id == user.id)
            .values(
                password_hash=weighed.new_hash,
                must_change=user.must_change and not weighed.changed,
                version=_user.c.version + 1,
            )
        )
    if weighed.changed:
        factors.note_password(work, user.id, short=weighed.short)
        work.emit(UserChanged(subject_id=user.id))
    return user


def offered(work: Work, user: Row[Any], terminal: str) -> HmsError:
    """Offer a second factor; return the refusal that carries it."""
    try:
        return FactorDue(factors.offer(work, user, terminal))
    except FactorKeyMissing as missing:
        return missing


def _factor_of(user: Row[Any] | None) -> tuple[str | None, datetime | None]:
    return (None, None) if user is None else (user.factor_sealed, user.factor_confirmed_at)


def _refused(work: Work, attempt: Attempt, refusal: HmsError) -> HmsError:
    _write_down(work, attempt, "session.refused", refusal.code)
    return refusal


def _note_code_due(work: Work, attempt: Attempt, user_id: int) -> None:
    for row in work.db.execute(_LATELY, {"user_id": user_id}):
        same = row.action == CODE_DUE and row.after["terminal"] == attempt.terminal
        if same and row.at > work.now - CODE_DUE_AGAIN_AFTER:
            return
    _write_down(work, attempt, CODE_DUE, CodeDue.code)


def _write_down(work: Work, attempt: Attempt, action: str, code: str) -> None:
    work.audit(
        service_actor(ONLY_HOSPITAL, "sign-in"),
        action,
        "user_account",
        attempt.user.id if attempt.user else None,
        after={"account": attempt.account[:16], "terminal": attempt.terminal, "code": code},
    )


def _unchanged_user(work: Work, attempt: Attempt) -> Row[Any] | None:
    """Return the user as they are now, None when disabled or reset while we weighed."""
    if attempt.user is None:
        return None
    user = work.db.execute(ACCOUNT_BY_ID, {"user_id": attempt.user.id}).one()
    same = user.active and user.password_hash == attempt.user.password_hash
    return user if same else None
