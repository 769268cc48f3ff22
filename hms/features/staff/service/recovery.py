"""The way back of an administrator who is locked out: on the machine itself, by its owner."""

from __future__ import annotations

from sqlalchemy import update

from hms.features.staff import rules
from hms.features.staff.events import UserChanged
from hms.features.staff.model import UserAccount
from hms.features.staff.queries import views
from hms.features.staff.service import attempts, desk_sessions, factors
from hms.features.staff.service.errors import NotAdministrator, UserUnknown
from hms.features.staff.service.users import NewSecret
from hms.infra import passwords
from hms.infra.db import Database
from hms.infra.tables import table_of
from hms.infra.uow import Work
from hms.kernel.actor import Actor, Role
from hms.kernel.i18n import phrase

_user = table_of(UserAccount)


def recover_administrator_now(db: Database, owner: Actor, name: str) -> NewSecret:
    """Give the administrator ``name`` a one-time secret, unlocked and without a second factor.

    Whoever owns the data directory could write the database anyway; this way it is
    done rightly, and stands in the audit as theirs.

    Args:
        db: the database.
        owner: who does it, for the audit.
        name: the administrator's login name.

    Raises:
        UserUnknown: there is no such user.
        NotAdministrator: they are none, or disabled; an administrator helps them.
    """
    secret = passwords.one_time_secret()
    login = rules.login_name(name)

    def recover(work: Work) -> NewSecret:
        user = views.user_by_name(work.db, login, owner.hospital_id)
        if user is None:
            raise UserUnknown(phrase("there is no user called {login}", login=login), field="name")
        if user.role is not Role.ADMIN or not user.active:
            raise NotAdministrator(
                phrase("{login} is no administrator who may sign in", login=login), field="name"
            )
        had_factor = factors.remove(work, user.id)
        values = {"password_hash": secret.hash, "must_change": True}
        change = update(_user).where(_user.c.id == user.id)
        work.db.execute(change.values(**values, version=_user.c.version + 1))
        ended = desk_sessions.end_sessions_of(work, user.id, rules.EndReason.PASSWORD_RESET)
        failures = attempts.forgive(work, attempts.account_key(login))
        work.emit(UserChanged(subject_id=user.id))
        before = {"failures": failures, "second_factor": had_factor}
        after = {"name": login, "sessions_ended": ended}
        work.audit(owner, "users.recover", "user_account", user.id, before=before, after=after)
        found = views.user_by_name(work.db, login, owner.hospital_id)
        assert found is not None
        return NewSecret(found, secret.text)

    return db.write_now(recover)
