"""One's own second factor: set up, removed by its own code; and its removal for another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from hms.features.staff.events import UserChanged
from hms.features.staff.model_sign_in import SecondFactor
from hms.features.staff.queries.views import UserView
from hms.features.staff.service import factors
from hms.features.staff.service.access import weigh_code
from hms.features.staff.service.errors import CodeDue, FactorThere, NoFactor, NotYourself
from hms.features.staff.service.users import managed_user
from hms.features.staff.service.weighing import (
    Attempt,
    Steps,
    Weighed,
    has_factor,
    offered,
    own_attempt,
    settled,
    weigh_password,
)
from hms.infra import passwords, second_factor
from hms.infra.db import Database
from hms.infra.second_factor import Enrolment
from hms.infra.sessions import SignedIn
from hms.infra.tables import table_of
from hms.infra.uow import Work
from hms.kernel import clock
from hms.kernel.actor import Actor
from hms.kernel.errors import HmsError
from hms.kernel.i18n import phrase

_factor = table_of(SecondFactor)


@dataclass(frozen=True, slots=True)
class FactorStatus:
    """Whether one has a second factor, since when, and how many recovery codes are left."""

    enrolled: bool
    asked_of_role: bool
    since: datetime | None
    recovery_codes_left: int

    def as_json(self) -> dict[str, Any]:
        """Return the status as the command line prints it."""
        return {
            "enrolled": self.enrolled,
            "asked_of_role": self.asked_of_role,
            "since": clock.iso(self.since),
            "recovery_codes_left": self.recovery_codes_left,
        }


def second_factor_status(work: Work, actor: Actor) -> FactorStatus:
    """Return how it stands with one's own second factor.

    Raises:
        NotPermitted: the actor is no person.
    """
    actor.require("profile.own")
    assert actor.user_id is not None
    confirmed = select(_factor.c.confirmed_at).where(_factor.c.user_id == actor.user_id)
    since = work.db.scalar(confirmed)
    roles = work.settings.security.second_factor_roles
    left = factors.recovery_codes_left(work.db, actor.user_id) if since else 0
    return FactorStatus(since is not None, factors.is_asked_of(actor.role, roles), since, left)


def offer_second_factor_now(db: Database, who: SignedIn, password: str) -> Enrolment:
    """Make a second factor for whoever is signed in; it counts once it is confirmed.

    Raises:
        WrongPassword: it is another password.
        TooManyTries: wrong passwords before.
        FactorThere: there is one that counts.
        FactorKeyMissing: the sealing key cannot be used.
        NotSignedIn: the session is over.
    """
    enrolment: Enrolment = _offering(who, password).now(db)
    return enrolment


async def offer_second_factor(db: Database, who: SignedIn, password: str) -> Enrolment:
    """Do what ``offer_second_factor_now`` does without blocking the loop; raises the same."""
    enrolment: Enrolment = await _offering(who, password).later(db)
    return enrolment


def confirm_second_factor_now(db: Database, who: SignedIn, code: str) -> None:
    """Let the factor that was offered count, after a first right code.

    Raises:
        WrongCode: it is not; it counts as a failed sign-in.
        TooManyTries: wrong codes or passwords before.
        NoFactor: none was offered.
        FactorThere: it counts already.
        NotSignedIn: the session is over.
    """
    _confirming(db, who, code).now(db)


async def confirm_second_factor(db: Database, who: SignedIn, code: str) -> None:
    """Do what ``confirm_second_factor_now`` does without blocking the loop; raises the same."""
    await _confirming(db, who, code).later(db)


def remove_second_factor_now(
    db: Database, who: SignedIn, password: str, code: str | None = None
) -> None:
    """Remove one's own second factor; a password shorter than 15 is due for change then.

    It takes what signing in takes: whoever only knows the password could otherwise
    unlock a desk, remove the factor there, and sign in anywhere.

    Raises:
        WrongPassword: it is another password.
        CodeDue: the code is missing.
        WrongCode: it is not right, or was used before.
        TooManyTries: wrong passwords before.
        NoFactor: there is none.
        NotSignedIn: the session is over.
    """
    _removing(db, who, password, code).now(db)


async def remove_second_factor(
    db: Database, who: SignedIn, password: str, code: str | None = None
) -> None:
    """Do what ``remove_second_factor_now`` does without blocking the loop; raises the same."""
    await _removing(db, who, password, code).later(db)


def take_second_factor(work: Work, actor: Actor, name: str) -> UserView:
    """Remove the second factor of a user who lost it; nobody ever sees its secret.

    Raises:
        NotPermitted: the actor may not reset this user.
        UserUnknown: there is none.
        NotYourself: one's own is removed with one's own password.
        NoFactor: the user has none.
    """
    user = managed_user(work, actor, name, "users.reset")
    if user.id == actor.user_id:
        raise NotYourself(
            "your own second factor asks for your password",
            hint="remove it with: hms second-factor remove",
        )
    if not factors.remove(work, user.id):
        raise NoFactor(
            phrase("{name} has no second factor", name=user.name), hint="see: hms user list"
        )
    work.emit(UserChanged(subject_id=user.id))
    work.audit(actor, "second_factor.take", "user_account", user.id)
    return managed_user(work, actor, name, "users.reset")


def _offering(who: SignedIn, password: str) -> Steps:
    passwords.normal(password)

    def count(work: Work) -> Attempt:
        attempt = own_attempt(work, who)
        if has_factor(attempt.user):
            raise FactorThere
        return attempt

    def weigh(attempt: Attempt) -> Weighed:
        second_factor.load()
        return weigh_password(attempt, password)

    def settle(work: Work, attempt: Attempt, weighed: Weighed) -> Enrolment | HmsError:
        user = settled(work, attempt, weighed)
        if isinstance(user, HmsError):
            return user
        due = offered(work, user, attempt.terminal)
        return getattr(due, "enrolment", None) or due

    return Steps(count, weigh, settle)


def _confirming(db: Database, who: SignedIn, code: str) -> Steps:
    def count(work: Work) -> Attempt:
        attempt = own_attempt(work, who)
        if has_factor(attempt.user):
            raise FactorThere
        if attempt.user is None or attempt.user.factor_sealed is None:
            raise NoFactor("no second factor was set up yet")
        return attempt

    def weigh(attempt: Attempt) -> Weighed:
        assert attempt.user is not None
        return weigh_code(attempt, attempt.user, Weighed(right=True), code, db.settings)

    def settle(work: Work, attempt: Attempt, weighed: Weighed) -> HmsError | None:
        user = settled(work, attempt, weighed)
        if isinstance(user, HmsError):
            return user
        work.emit(UserChanged(subject_id=user.id))
        return None

    return Steps(count, weigh, settle)


def _removing(db: Database, who: SignedIn, password: str, code: str | None) -> Steps:
    passwords.normal(password)

    def weigh(attempt: Attempt) -> Weighed:
        weighed, user = weigh_password(attempt, password), attempt.user
        if not weighed.right or user is None or not has_factor(user):
            return weighed
        if code is None:
            return replace(weighed, refusal=CodeDue())
        return weigh_code(attempt, user, weighed, code, db.settings)

    def settle(work: Work, attempt: Attempt, weighed: Weighed) -> HmsError | None:
        user = settled(work, attempt, weighed)
        if isinstance(user, HmsError):
            return user
        if not factors.remove(work, user.id):
            return NoFactor("you have no second factor")
        work.emit(UserChanged(subject_id=user.id))
        work.audit(attempt.known_actor, "second_factor.remove", "user_account", user.id)
        return None

    return Steps(lambda work: own_attempt(work, who), weigh, settle)
