"""Who acts: user, role and session read again at every use case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from hms.features.staff.model import DeskSession, UserAccount
from hms.features.staff.queries import whereabouts
from hms.features.staff.service.errors import (
    FactorDue,
    HospitalUnknown,
    NewPasswordDue,
    OtherHospital,
)
from hms.infra.keys import key_ring
from hms.infra.sessions import Claims, SessionEnded, SessionInvalid, SignedIn, verify_access_token
from hms.infra.settings import Settings
from hms.infra.tables import table_of
from hms.infra.uow import Work
from hms.kernel import clock, grants
from hms.kernel.actor import Actor, Role, Scope
from hms.kernel.i18n import phrase
from hms.kernel.text import show

ONLY_HOSPITAL = whereabouts.FIRST_HOSPITAL
FRESH_SECONDS = 30  # an access token with less left is renewed before it is used

_session = table_of(DeskSession)
_user = table_of(UserAccount)
_WHO = (
    select(
        _session.c.id.label("session_id"),
        _session.c.terminal,
        _session.c.ended_at,
        _session.c.expires_at,
        _user.c.id.label("user_id"),
        _user.c.hospital_id,
        _user.c.name,
        _user.c.full_name,
        _user.c.role,
        _user.c.active,
        _user.c.must_change,
    )
    .select_from(_session.join(_user, _user.c.id == _session.c.user_id))
    .where(_session.c.family == bindparam("family"))
)


@dataclass(frozen=True, slots=True)
class Profile:
    """Who is signed in, as they see themselves."""

    name: str
    full_name: str
    role: Role
    terminal: str
    session_expires: datetime
    permissions: dict[str, Scope]

    def as_json(self) -> dict[str, Any]:
        """Return the profile as the command line prints it."""
        return {
            "name": self.name,
            "full_name": self.full_name,
            "role": self.role.value,
            "terminal": self.terminal,
            "session_expires": clock.iso(self.session_expires),
            "permissions": {name: scope.value for name, scope in self.permissions.items()},
        }


def verify(db: Connection, claims: Claims, now: datetime, settings: Settings) -> Actor:
    """Return who ``claims`` stand for, as user, role and session are at this moment.

    Raises:
        SessionInvalid: there is no such session, or it is another user's.
        SessionEnded: it is over, or the account was disabled.
        NewPasswordDue: the password was reset meanwhile.
        FactorDue: the role asks for a second factor and there is none any more, or not yet.
        OtherHospital: these settings are of another hospital of the chain.
    """
    row = db.execute(_WHO, {"family": claims.session}).first()
    if row is None or row.user_id != claims.user_id:
        raise SessionInvalid("there is no such session")
    if row.ended_at is not None or row.expires_at <= now:
        raise SessionEnded("your session has ended")
    if not row.active:
        raise SessionEnded("your account has been disabled", hint="ask an administrator")
    if row.must_change:
        raise NewPasswordDue
    role = Role(row.role)
    if role.value in settings.security.second_factor_roles:  # most hospitals: nothing to look up
        _require_factor(db, row.user_id)
    hospital_id = row.hospital_id
    if settings.hospital.code:
        hospital_id = hospital_for(db, settings, role, hospital_id)
    return Actor(
        user_id=row.user_id,
        name=row.name,
        full_name=row.full_name,
        role=role,
        hospital_id=hospital_id,
        grants=grants.of(role),
        session_id=row.session_id,
        terminal=row.terminal,
    )


def actor_of(work: Work, who: SignedIn) -> Actor:
    """Return who acts when ``who`` calls a use case: the token verified, the rest read fresh.

    Raises:
        AccessExpired: the access token is over; ``refresh`` gives the next.
        SessionInvalid: the token is not ours, or its session is not.
        SessionEnded: the session is over, or the account was disabled.
        NewPasswordDue: the password was reset meanwhile.
        FactorDue: the role asks for a second factor and there is none.
    """
    if who.service:
        return service_actor(hospital_here(work.db, work.settings), who.name)
    claims = verify_access_token(key_ring(work.settings), who.access_token, work.now)
    return verify(work.db, claims, work.now, work.settings)


def is_fresh(who: SignedIn) -> bool:
    """Return whether the access token of ``who`` lasts for the next ``FRESH_SECONDS``."""
    return who.service or (who.access_expires - clock.now()).total_seconds() > FRESH_SECONDS


def hospital_here(db: Connection, settings: Settings) -> int:
    """Return the hospital that these settings are of.

    Raises:
        HospitalUnknown: the installation has none of that code.
    """
    here = whereabouts.hospital_of(db, settings)
    if here is None:
        raise HospitalUnknown(
            phrase("there is no hospital {code} here", code=show(settings.hospital.code))
        )
    return here


def hospital_for(db: Connection, settings: Settings, role: Role, own: int) -> int:
    """Return where a person of hospital ``own`` acts at a desk of these settings.

    Administrators act in every hospital of the chain, all others in their own alone.

    Raises:
        OtherHospital: this desk is another hospital's.
        HospitalUnknown: the installation has none of the desk's code.
    """
    here = hospital_here(db, settings) if settings.hospital.code else own
    if here != own and role is not Role.ADMIN:
        raise OtherHospital("your account is of another hospital than this desk")
    return here


def _require_factor(db: Connection, user_id: int) -> None:
    from hms.features.staff.service.factors import has_confirmed

    if not has_confirmed(db, user_id):
        raise FactorDue


def who_am_i(work: Work, actor: Actor) -> Profile:
    """Return who acts, until when, and what they may do.

    Raises:
        NotPermitted: the actor is no person.
    """
    actor.require("profile.own")
    expires = select(_session.c.expires_at).where(_session.c.id == actor.session_id)
    return Profile(
        name=actor.name,
        full_name=actor.full_name,
        role=actor.role,
        terminal=actor.terminal,
        session_expires=work.db.execute(expires).scalar_one(),
        permissions=actor.grants,
    )


def service_actor(hospital_id: int, name: str) -> Actor:
    """Return the account under which our own process ``name`` acts; nobody signs in as it."""
    return Actor(
        user_id=None,
        name=name,
        role=Role.SERVICE,
        hospital_id=hospital_id,
        grants=grants.of(Role.SERVICE),
        terminal="service",
    )


def service_sign_in(name: str) -> SignedIn:
    """Return what our own process ``name`` calls use cases as (demo, simulate, periodic)."""
    return SignedIn(name=name, role=Role.SERVICE, terminal="service", service=True)
