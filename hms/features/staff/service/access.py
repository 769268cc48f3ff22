"""Everything that weighs a password: signing in, confirming at the lock, changing it.

Three steps each: count the try (transaction), weigh the password (40 ms, outside
any transaction and off the event loop), settle (transaction).  A wrong password
costs an unknown name the same steps as a known one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Row, bindparam, select, update

from hms.features.staff import rules
from hms.features.staff.events import UserChanged
from hms.features.staff.model import UserAccount
from hms.features.staff.service import attempts, desk_sessions
from hms.features.staff.service.errors import NewPasswordDue, WrongPassword
from hms.features.staff.service.identity import ONLY_HOSPITAL, actor_of, service_actor
from hms.infra import passwords
from hms.infra.db import Database
from hms.infra.sessions import SignedIn
from hms.infra.tables import table_of
from hms.infra.uow import Work
from hms.kernel import clock
from hms.kernel.actor import Actor
from hms.kernel.errors import HmsError
from hms.kernel.text import show

T = TypeVar("T")

FRESH_SECONDS = 30  # an access token with less left is renewed before it is used

_user = table_of(UserAccount)
_ACCOUNT = select(_user).where(_user.c.name == bindparam("login"))
_ACCOUNT_BY_ID = select(_user).where(_user.c.id == bindparam("user_id"))


@dataclass(frozen=True, slots=True)
class _Attempt:
    login: str
    terminal: str
    user: Row[Any] | None = field(repr=False)
    actor: Actor | None = None  # who is signed in already, at the lock

    @property
    def account(self) -> str:
        return attempts.account_key(self.login)


@dataclass(frozen=True, slots=True)
class _Weighed:
    right: bool
    new_hash: str | None = field(default=None, repr=False)
    changed: bool = False
    refusal: HmsError | None = None


@dataclass(frozen=True, slots=True)
class _Steps:
    """Count, weigh, settle; settle returns a refusal that must be committed with what it did."""

    count: Callable[[Work], _Attempt]
    weigh: Callable[[_Attempt], _Weighed]
    settle: Callable[[Work, _Attempt, _Weighed], Any]

    def now(self, db: Database) -> Any:
        attempt = db.write_now(self.count)
        weighed = self.weigh(attempt)
        return _given(db.write_now(lambda work: self.settle(work, attempt, weighed)))

    async def later(self, db: Database) -> Any:
        attempt = await db.write(self.count)
        weighed = await passwords.off_loop(self.weigh, attempt)
        return _given(await db.write(lambda work: self.settle(work, attempt, weighed)))


def sign_in_now(
    db: Database, name: str, password: str, terminal: str, new_password: str | None = None
) -> SignedIn:
    """Sign in and return the tokens of a new session.

    Args:
        db: the database; two short transactions, the hashing between them.
        name: the login name, in any case.
        password: the password or the one-time secret.
        terminal: where the person sits.
        new_password: replaces a one-time secret; not looked at when none is due.

    Raises:
        WrongPassword: name or password is wrong, or the account is disabled.
        TooManyTries: wrong passwords before; its ``seconds`` say how long to wait.
        NewPasswordDue: ``password`` is a one-time secret and there is no new one.
        WeakPassword: the new password may not be used.
        InvalidInput: the name cannot be one, or the password is too long.
    """
    signed_in: SignedIn = _signing_in(db, name, password, terminal, new_password).now(db)
    return signed_in


async def sign_in(
    db: Database, name: str, password: str, terminal: str, new_password: str | None = None
) -> SignedIn:
    """Do what ``sign_in_now`` does without blocking the event loop; raises the same."""
    signed_in: SignedIn = await _signing_in(db, name, password, terminal, new_password).later(db)
    return signed_in


def confirm_password_now(db: Database, who: SignedIn, password: str) -> None:
    """Check that the person at the lock is ``who``; a wrong password counts as a failed sign-in.

    Raises:
        WrongPassword: it is another password.
        TooManyTries: wrong passwords before.
        NotSignedIn: the session is over.
    """
    _confirming(who, password).now(db)


async def confirm_password(db: Database, who: SignedIn, password: str) -> None:
    """Do what ``confirm_password_now`` does without blocking the event loop; raises the same."""
    await _confirming(who, password).later(db)


def change_password_now(db: Database, who: SignedIn, old: str, new: str) -> None:
    """Change one's own password; ends one's sessions at all other terminals.

    Raises:
        WrongPassword: ``old`` is wrong.
        TooManyTries: wrong passwords before.
        WeakPassword: ``new`` may not be used.
        NotSignedIn: the session is over.
    """
    _changing(db, who, old, new).now(db)


async def change_password(db: Database, who: SignedIn, old: str, new: str) -> None:
    """Do what ``change_password_now`` does without blocking the event loop; raises the same."""
    await _changing(db, who, old, new).later(db)


def refresh_now(db: Database, who: SignedIn, terminal: str) -> SignedIn:
    """Return ``who`` with the next pair of tokens.

    Raises:
        SessionEnded: signed out, expired, disabled, or the refresh token was used twice.
        SessionInvalid: it is no refresh token of ours.
    """
    token = who.refresh_token
    return _given(db.write_now(lambda work: desk_sessions.refresh_session(work, token, terminal)))


async def refresh(db: Database, who: SignedIn, terminal: str) -> SignedIn:
    """Do what ``refresh_now`` does without blocking the event loop; raises the same."""
    token = who.refresh_token
    return _given(await db.write(lambda work: desk_sessions.refresh_session(work, token, terminal)))


def is_fresh(who: SignedIn) -> bool:
    """Return whether the access token of ``who`` lasts for the next ``FRESH_SECONDS``."""
    return who.service or (who.access_expires - clock.now()).total_seconds() > FRESH_SECONDS


def sign_out(work: Work, actor: Actor) -> None:
    """End the session that ``actor`` acts in.

    Raises:
        NotPermitted: the actor is no person.
    """
    actor.require("profile.own")
    desk_sessions.end_session(work, actor)


def _signing_in(
    db: Database, name: str, password: str, terminal: str, new_password: str | None
) -> _Steps:
    login, place = rules.login_name(name), show(terminal)[:80]
    hospital = db.settings.hospital.name
    passwords.normal(password)

    def count(work: Work) -> _Attempt:
        user = work.db.execute(_ACCOUNT, {"login": login}).first()
        attempt = _Attempt(login, place, user)
        attempts.count_attempt(work, attempt.account, place, user.id if user else None)
        return attempt

    def weigh(attempt: _Attempt) -> _Weighed:
        user = attempt.user
        verdict = passwords.verify(password, user.password_hash if user else None)
        if not verdict.right or user is None or not user.active:
            return _Weighed(right=False)
        if not user.must_change:
            return _Weighed(right=True, new_hash=verdict.new_hash)
        if new_password is None:
            return _Weighed(right=True, refusal=NewPasswordDue())
        return _replacement(attempt, hospital, password, new_password)

    def settle(work: Work, attempt: _Attempt, weighed: _Weighed) -> SignedIn | HmsError:
        user = _settled(work, attempt, weighed)
        return user if isinstance(user, HmsError) else _opened(work, user, attempt, weighed)

    return _Steps(count, weigh, settle)


def _opened(work: Work, user: Row[Any], attempt: _Attempt, weighed: _Weighed) -> SignedIn:
    if weighed.changed:
        desk_sessions.end_sessions_of(work, user.id, rules.EndReason.PASSWORD_CHANGED)
    return desk_sessions.open_session(work, user, attempt.terminal)


def _confirming(who: SignedIn, password: str) -> _Steps:
    passwords.normal(password)

    def weigh(attempt: _Attempt) -> _Weighed:
        kept = attempt.user.password_hash if attempt.user else None
        verdict = passwords.verify(password, kept)
        return _Weighed(right=verdict.right, new_hash=verdict.new_hash)

    def settle(work: Work, attempt: _Attempt, weighed: _Weighed) -> HmsError | None:
        user = _settled(work, attempt, weighed)
        if isinstance(user, HmsError):
            return user
        work.audit(_who(attempt), "session.unlock", "user_account", user.id)
        return None

    return _Steps(lambda work: _own_attempt(work, who), weigh, settle)


def _changing(db: Database, who: SignedIn, old: str, new: str) -> _Steps:
    hospital = db.settings.hospital.name
    passwords.normal(old)

    def weigh(attempt: _Attempt) -> _Weighed:
        kept = attempt.user.password_hash if attempt.user else None
        if not passwords.verify(old, kept).right:
            return _Weighed(right=False)
        return _replacement(attempt, hospital, old, new)

    def settle(work: Work, attempt: _Attempt, weighed: _Weighed) -> HmsError | None:
        user = _settled(work, attempt, weighed)
        if isinstance(user, HmsError):
            return user
        reason, own = rules.EndReason.PASSWORD_CHANGED, _who(attempt).session_id
        ended = desk_sessions.end_sessions_of(work, user.id, reason, but=own)
        work.audit(
            _who(attempt), "profile.password", "user_account", user.id, after={"ended": ended}
        )
        return None

    return _Steps(lambda work: _own_attempt(work, who), weigh, settle)


def _own_attempt(work: Work, who: SignedIn) -> _Attempt:
    actor = actor_of(work, who)
    actor.require("profile.own")
    user = work.db.execute(_ACCOUNT_BY_ID, {"user_id": actor.user_id}).one()
    attempt = _Attempt(user.name, actor.terminal, user, actor)
    attempts.count_attempt(work, attempt.account, actor.terminal, user.id)
    return attempt


def _who(attempt: _Attempt) -> Actor:
    assert attempt.actor is not None
    return attempt.actor


def _replacement(attempt: _Attempt, hospital: str, old: str, new: str) -> _Weighed:
    """Return the hash of ``new`` when it may replace the right password ``old``."""
    full_name = attempt.user.full_name if attempt.user else ""
    try:
        if passwords.normal(new) == passwords.normal(old):
            raise passwords.WeakPassword("the new password is the old one")
        text = passwords.check_new(new, (hospital, attempt.login, full_name, "hms"))
    except HmsError as refusal:
        return _Weighed(right=True, refusal=refusal)
    return _Weighed(right=True, new_hash=passwords.make_hash(text), changed=True)


def _settled(work: Work, attempt: _Attempt, weighed: _Weighed) -> Row[Any] | HmsError:
    """Write down what the password was worth; return the user when it was right."""
    user = _unchanged_user(work, attempt)
    if not weighed.right or user is None:
        work.audit(
            service_actor(ONLY_HOSPITAL, "sign-in"),
            "session.refused",
            "user_account",
            attempt.user.id if attempt.user else None,
            after={"account": attempt.account[:16], "terminal": attempt.terminal},
        )
        return WrongPassword()
    attempts.forgive(work, attempt.account, attempt.terminal)
    if weighed.refusal is not None:
        return weighed.refusal
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
        work.emit(UserChanged(subject_id=user.id))
    return user


def _unchanged_user(work: Work, attempt: _Attempt) -> Row[Any] | None:
    """Return the user as they are now, None when disabled or reset while we weighed."""
    if attempt.user is None:
        return None
    user = work.db.execute(_ACCOUNT_BY_ID, {"user_id": attempt.user.id}).one()
    same = user.active and user.password_hash == attempt.user.password_hash
    return user if same else None


def _given(outcome: T | HmsError) -> T:
    if isinstance(outcome, HmsError):
        raise outcome
    return outcome
