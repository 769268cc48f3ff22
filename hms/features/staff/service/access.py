"""Signing in, confirming at the lock, changing one's password, refreshing, signing out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Row

from hms.features.staff import rules
from hms.features.staff.service import desk_sessions, factors
from hms.features.staff.service.errors import CodeDue, FactorDue, NewPasswordDue, OtherHospital
from hms.features.staff.service.identity import hospital_for, service_actor
from hms.features.staff.service.weighing import (
    ACCOUNT,
    Attempt,
    Steps,
    Weighed,
    counted,
    given,
    has_factor,
    own_attempt,
    replacement,
    settled,
    weigh_password,
)
from hms.infra import passwords, second_factor
from hms.infra.db import Database
from hms.infra.sessions import SignedIn
from hms.infra.settings import Settings
from hms.infra.uow import Work
from hms.kernel.actor import Actor, Role
from hms.kernel.errors import HmsError
from hms.kernel.text import show


def sign_in_now(
    db: Database,
    name: str,
    password: str,
    terminal: str,
    new_password: str | None = None,
    code: str | None = None,
) -> SignedIn:
    """Sign in and return the tokens of a new session.

    Args:
        db: the database; two short transactions, the hashing between them.
        name: the login name, in any case.
        password: the password or the one-time secret.
        terminal: where the person sits.
        new_password: replaces a one-time secret; not looked at when none is due.
        code: of the second factor; not looked at when there is none and none is asked of
            the role.  The first right one confirms a factor that was offered.

    Raises:
        WrongPassword: name or password is wrong, or the account is disabled.
        TooManyTries: wrong passwords before; its ``seconds`` say how long to wait.
        NewPasswordDue: ``password`` is a one-time secret and there is no new one.
        CodeDue: the password is right, the code of the second factor is missing.
        WrongCode: the code is wrong, or was used before.
        FactorDue: the role asks for a second factor; its ``enrolment`` sets one up.
        WeakPassword: the new password may not be used.
        InvalidInput: the name cannot be one, or the password is too long.
    """
    signed_in: SignedIn = _signing_in(db, name, password, terminal, new_password, code).now(db)
    return signed_in


async def sign_in(
    db: Database,
    name: str,
    password: str,
    terminal: str,
    new_password: str | None = None,
    code: str | None = None,
) -> SignedIn:
    """Do what ``sign_in_now`` does without blocking the event loop; raises the same."""
    steps = _signing_in(db, name, password, terminal, new_password, code)
    signed_in: SignedIn = await steps.later(db)
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
    return given(db.write_now(lambda work: desk_sessions.refresh_session(work, token, terminal)))


async def refresh(db: Database, who: SignedIn, terminal: str) -> SignedIn:
    """Do what ``refresh_now`` does without blocking the event loop; raises the same."""
    token = who.refresh_token
    return given(await db.write(lambda work: desk_sessions.refresh_session(work, token, terminal)))


def sign_out(work: Work, actor: Actor) -> None:
    """End the session that ``actor`` acts in.

    Raises:
        NotPermitted: the actor is no person.
    """
    actor.require("profile.own")
    desk_sessions.end_session(work, actor)


def _signing_in(
    db: Database,
    name: str,
    password: str,
    terminal: str,
    new_password: str | None,
    code: str | None,
) -> Steps:
    login, place = rules.login_name(name), show(terminal)[:80]
    settings = db.settings
    passwords.normal(password)

    def count(work: Work) -> Attempt:
        user = work.db.execute(ACCOUNT, {"login": login}).first()
        return counted(work, login, place, user)

    def weigh(attempt: Attempt) -> Weighed:
        weighed, user = weigh_password(attempt, password), attempt.user
        if not weighed.right or user is None or not user.active:
            return Weighed(right=False)
        if user.must_change and new_password is None:
            return replace(weighed, refusal=NewPasswordDue())
        if user.must_change and new_password is not None:
            weighed = replacement(attempt, settings.hospital.name, password, new_password)
        return weighed if weighed.refusal else _with_code(attempt, user, weighed, code, settings)

    def settle(work: Work, attempt: Attempt, weighed: Weighed) -> SignedIn | HmsError:
        user = settled(work, attempt, weighed)
        return user if isinstance(user, HmsError) else _opened(work, user, attempt, weighed)

    return Steps(count, weigh, settle)


def _with_code(
    attempt: Attempt, user: Row[Any], weighed: Weighed, code: str | None, settings: Settings
) -> Weighed:
    """Add to a right password what its code is worth, or that one is missing."""
    confirmed = has_factor(user)
    asked = factors.is_asked_of(Role(user.role), settings.security.second_factor_roles)
    if not confirmed and not asked:
        return weighed
    if not confirmed and (code is None or user.factor_sealed is None):
        second_factor.load()  # what takes its time, before the transaction
        return replace(weighed, refusal=FactorDue(), offers=True)
    if code is None:
        return replace(weighed, refusal=CodeDue())
    return weigh_code(attempt, user, weighed, code, settings)


def weigh_code(
    attempt: Attempt, user: Row[Any], weighed: Weighed, code: str, settings: Settings
) -> Weighed:
    """Add to ``weighed`` whether ``code`` is right."""
    try:
        proof = factors.find_proof(settings, user, code, attempt.at)
    except HmsError as refusal:
        return replace(weighed, refusal=refusal)
    if proof is None:
        return Weighed(right=False, wrong_code=True)
    return replace(weighed, proof=proof)


def _opened(work: Work, user: Row[Any], attempt: Attempt, weighed: Weighed) -> SignedIn | HmsError:
    try:
        hospital_for(work.db, work.settings, Role(user.role), user.hospital_id)
    except OtherHospital as refusal:
        said = {"terminal": attempt.terminal, "code": refusal.code}
        who = service_actor(user.hospital_id, "sign-in")
        work.audit(who, "session.refused", "user_account", user.id, after=said)
        return refusal
    if weighed.changed:
        desk_sessions.end_sessions_of(work, user.id, rules.EndReason.PASSWORD_CHANGED)
    return desk_sessions.open_session(work, user, attempt.terminal)


def _confirming(who: SignedIn, password: str) -> Steps:
    passwords.normal(password)

    def settle(work: Work, attempt: Attempt, weighed: Weighed) -> HmsError | None:
        user = settled(work, attempt, weighed)
        if isinstance(user, HmsError):
            return user
        work.audit(attempt.known_actor, "session.unlock", "user_account", user.id)
        return None

    return Steps(
        lambda work: own_attempt(work, who),
        lambda attempt: weigh_password(attempt, password),
        settle,
    )


def _changing(db: Database, who: SignedIn, old: str, new: str) -> Steps:
    hospital = db.settings.hospital.name
    passwords.normal(old)

    def weigh(attempt: Attempt) -> Weighed:
        if not weigh_password(attempt, old).right:
            return Weighed(right=False)
        return replacement(attempt, hospital, old, new)

    def settle(work: Work, attempt: Attempt, weighed: Weighed) -> HmsError | None:
        user = settled(work, attempt, weighed)
        if isinstance(user, HmsError):
            return user
        reason, own = rules.EndReason.PASSWORD_CHANGED, attempt.known_actor.session_id
        ended = desk_sessions.end_sessions_of(work, user.id, reason, but=own)
        work.audit(
            attempt.known_actor,
            "profile.password",
            "user_account",
            user.id,
            after={"ended": ended},
        )
        return None

    return Steps(lambda work: own_attempt(work, who), weigh, settle)
