"""Users: added, enabled, disabled, given another role or a one-time secret."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from hms.features.staff import rules
from hms.features.staff.events import DoctorChanged, UserChanged
from hms.features.staff.model import Doctor, Hospital, UserAccount
from hms.features.staff.queries import views
from hms.features.staff.queries.views import UserView
from hms.features.staff.service import attempts, desk_sessions
from hms.features.staff.service.errors import (
    LastAdministrator,
    NameTaken,
    NotYourself,
    UserUnknown,
    broke,
)
from hms.features.staff.service.identity import ONLY_HOSPITAL, service_actor
from hms.infra import passwords
from hms.infra.db import Database
from hms.infra.passwords import OneTimeSecret
from hms.infra.tables import table_of
from hms.infra.uow import Work
from hms.kernel.actor import Actor, Role
from hms.kernel.i18n import phrase
from hms.kernel.text import clean

_user = table_of(UserAccount)
_doctor = table_of(Doctor)
_hospital = table_of(Hospital)
FULL_NAME_MAX = 120


@dataclass(frozen=True, slots=True)
class AddUser:
    """A new user: login name, role, and the name people know them by."""

    name: str
    role: str
    full_name: str = ""


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A user and the one-time secret that was issued; shown once, None when there is none."""

    user: UserView
    one_time_secret: str | None = field(repr=False)

    def as_json(self) -> dict[str, Any]:
        """Return the user and the secret as the command line prints them."""
        return {**self.user.as_json(), "one_time_secret": self.one_time_secret}


def add_user(work: Work, actor: Actor, command: AddUser, secret: OneTimeSecret) -> NewSecret:
    """Add a user who signs in with ``secret`` once; the role of a doctor makes the doctor too.

    Args:
        work: the transaction.
        actor: who adds them.
        command: the new user.
        secret: made by ``passwords.one_time_secret()`` before the transaction.

    Raises:
        NotPermitted: the actor may not add users, or not of that role.
        InvalidInput: a name or role that cannot be.
        NameTaken: the login name is another's.
    """
    actor.require("users.manage")
    role = rules.staff_role(command.role)
    rules.require_may_manage(actor.role, role)
    user = _insert(work, actor, command, role, secret.hash, must_change=True)
    return NewSecret(user, secret.text)


def list_users(work: Work, actor: Actor) -> list[UserView]:
    """Return all users by login name.

    Raises:
        NotPermitted: the actor may not see users.
    """
    actor.require("users.see")
    return views.users(work.db, actor.hospital_id)


def who_is_here(
    work: Work, actor: Actor, since: datetime | None = None
) -> dict[int, tuple[str, ...]]:
    """Return the terminals at which each user is signed in (and was at ``since``), by user id.

    Raises:
        NotPermitted: the actor may not see users.
    """
    actor.require("users.see")
    return views.signed_in(work.db, actor.hospital_id, work.now, since)


def show_user(work: Work, actor: Actor, name: str) -> UserView:
    """Return the user with the login name ``name``.

    Raises:
        NotPermitted: the actor may not see users.
        UserUnknown: there is none.
    """
    actor.require("users.see")
    return _find(work, actor, name)


def disable_user(work: Work, actor: Actor, name: str) -> UserView:
    """Let the user in no more; every session of theirs ends at its next call.

    Raises:
        NotPermitted: the actor may not manage this user.
        UserUnknown: there is none.
        NotYourself: one cannot disable oneself.
        LastAdministrator: no administrator would be left.
    """
    user = managed_user(work, actor, name, "users.manage")
    if user.id == actor.user_id:
        raise NotYourself("you cannot disable your own account", hint="ask another administrator")
    _require_another_admin(work, user)
    if user.active:
        _change(work, user, active=False)
        desk_sessions.end_sessions_of(work, user.id, rules.EndReason.DISABLED)
        _send_home(work, user)
    work.audit(
        actor,
        "users.disable",
        "user_account",
        user.id,
        before={"active": user.active},
        after={"active": False},
    )
    return _find(work, actor, name)


def enable_user(work: Work, actor: Actor, name: str) -> UserView:
    """Let a disabled user in again, with the password they had.

    Raises:
        NotPermitted: the actor may not manage this user.
        UserUnknown: there is none.
    """
    user = managed_user(work, actor, name, "users.manage")
    _change(work, user, active=True)
    work.audit(
        actor,
        "users.enable",
        "user_account",
        user.id,
        before={"active": user.active},
        after={"active": True},
    )
    return _find(work, actor, name)


def set_role(work: Work, actor: Actor, name: str, role: str) -> UserView:
    """Give the user another role; it holds from their next call on.

    Raises:
        NotPermitted: the actor may not manage this user, or not give that role.
        InvalidInput: there is no such role.
        UserUnknown: there is no such user.
        LastAdministrator: no administrator would be left.
    """
    new_role = rules.staff_role(role)
    user = managed_user(work, actor, name, "users.manage")
    rules.require_may_manage(actor.role, new_role)
    if new_role is not Role.ADMIN:
        _require_another_admin(work, user)
    _change(work, user, role=new_role.value)
    if new_role is Role.DOCTOR:
        _ensure_doctor(work, actor, user.id)
    work.audit(
        actor,
        "users.role",
        "user_account",
        user.id,
        before={"role": user.role.value},
        after={"role": new_role.value},
    )
    return _find(work, actor, name)


def reset_user(work: Work, actor: Actor, name: str, secret: OneTimeSecret) -> NewSecret:
    """Give the user a one-time secret; ends their sessions and forgives failed sign-ins.

    Raises:
        NotPermitted: the actor may not reset this user.
        UserUnknown: there is none.
    """
    user = managed_user(work, actor, name, "users.reset")
    _change(work, user, password_hash=secret.hash, must_change=True)
    desk_sessions.end_sessions_of(work, user.id, rules.EndReason.PASSWORD_RESET)
    attempts.forgive(work, attempts.account_key(user.name))
    work.audit(actor, "users.reset", "user_account", user.id)
    return NewSecret(_find(work, actor, name), secret.text)


def unlock_user(work: Work, actor: Actor, name: str) -> UserView:
    """Forgive the user's failed sign-ins at every terminal.

    Raises:
        NotPermitted: the actor may not reset this user.
        UserUnknown: there is none.
    """
    user = managed_user(work, actor, name, "users.reset")
    failures = attempts.forgive(work, attempts.account_key(user.name))
    work.emit(UserChanged(subject_id=user.id))
    work.audit(actor, "users.unlock", "user_account", user.id, before={"failures": failures})
    return user


def ensure_hospital(work: Work) -> int:
    """Return the id of the hospital's row; make the row when it is missing."""
    found: int | None = work.db.scalar(
        select(_hospital.c.id).where(_hospital.c.id == ONLY_HOSPITAL)
    )
    if found is None:
        work.db.execute(insert(_hospital).values(id=ONLY_HOSPITAL, created_at=work.now))
    return ONLY_HOSPITAL


def ensure_first_admin_now(
    db: Database, name: str, password: str | None = None
) -> NewSecret | None:
    """Make the hospital and its first administrator; change nothing when there is any user.

    Args:
        db: a database with its schema.
        name: the administrator's login name.
        password: None gives a one-time secret.

    Returns:
        The administrator, with the one-time secret if one was made; None when
        there were users before.

    Raises:
        InvalidInput: ``name`` cannot be a login name.
        WeakPassword: ``password`` may not be used.
    """
    login = rules.login_name(name)
    if db.read_now(_has_users):
        return None
    if password is None:
        secret, text = passwords.one_time_secret(), None
    else:
        text = passwords.check_new(password, (db.settings.hospital.name, login, "hms"))
        secret = OneTimeSecret(text, passwords.make_hash(text))

    def make(work: Work) -> NewSecret | None:
        if _has_users(work):
            return None
        ensure_hospital(work)
        actor = service_actor(ONLY_HOSPITAL, "init")
        command = AddUser(login, Role.ADMIN.value)
        user = _insert(work, actor, command, Role.ADMIN, secret.hash, must_change=text is None)
        return NewSecret(user, secret.text if text is None else None)

    return db.write_now(make)


def _has_users(work: Work) -> bool:
    return work.db.execute(select(_user.c.id).limit(1)).first() is not None


def _insert(
    work: Work, actor: Actor, command: AddUser, role: Role, kept: str, *, must_change: bool
) -> UserView:
    name = rules.login_name(command.name)
    full_name = clean(command.full_name, field="full name", max_length=FULL_NAME_MAX)
    row = {
        "hospital_id": actor.hospital_id,
        "name": name,
        "full_name": full_name,
        "role": role.value,
        "password_hash": kept,
        "must_change": must_change,
        "created_at": work.now,
    }
    try:
        user_id = work.db.execute(insert(_user).values(row).returning(_user.c.id)).scalar_one()
    except IntegrityError as error:
        if broke(error, "uq_user_account_name", "user_account.name"):
            raise NameTaken(
                phrase("there is a user called {name} already", name=name), field="name"
            ) from error
        raise
    if role is Role.DOCTOR:
        _ensure_doctor(work, actor, user_id)
    work.emit(UserChanged(subject_id=user_id))
    work.audit(
        actor,
        "users.add",
        "user_account",
        user_id,
        after={"name": name, "full_name": full_name, "role": role.value},
    )
    return _find(work, actor, name)


def _ensure_doctor(work: Work, actor: Actor, user_id: int) -> None:
    if views.doctor_of(work.db, user_id) is not None:
        return
    row = {"hospital_id": actor.hospital_id, "user_id": user_id, "status_since": work.now}
    added = insert(_doctor).values(row).returning(_doctor.c.id)
    doctor_id = work.db.execute(added).scalar_one()
    work.emit(DoctorChanged(subject_id=doctor_id))


def _send_home(work: Work, user: UserView) -> None:
    work.db.execute(
        update(_doctor)
        .where(_doctor.c.user_id == user.id)
        .values(status=rules.DoctorStatus.OFFLINE.value, status_reason=None, status_since=work.now)
    )


def _find(work: Work, actor: Actor, name: str) -> UserView:
    user = views.user_by_name(work.db, rules.login_name(name), actor.hospital_id)
    if user is None:
        raise UserUnknown(
            phrase("there is no user called {login_name}", login_name=rules.login_name(name)),
            field="name",
        )
    return user


def managed_user(work: Work, actor: Actor, name: str, permission: str) -> UserView:
    """Return the user ``name`` whom ``actor`` may manage with ``permission``.

    Raises:
        NotPermitted: the role does not hold it, or theirs is too high.
        UserUnknown: there is none.
    """
    actor.require(permission)
    user = _find(work, actor, name)
    rules.require_may_manage(actor.role, user.role)
    return user


def _require_another_admin(work: Work, user: UserView) -> None:
    if user.role is not Role.ADMIN or not user.active:
        return
    others = work.db.scalar(
        select(func.count())
        .select_from(_user)
        .where(_user.c.role == Role.ADMIN.value, _user.c.active.is_(True), _user.c.id != user.id)
    )
    if not others:
        raise LastAdministrator(phrase("{name} is the only administrator", name=user.name))


def _change(work: Work, user: UserView, **values: Any) -> None:
    change = update(_user).where(_user.c.id == user.id)
    work.db.execute(change.values(**values, version=_user.c.version + 1))
    work.emit(UserChanged(subject_id=user.id))
