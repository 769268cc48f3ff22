"""Open sessions: everybody sees and ends their own, administrators and managers those of others."""

from __future__ import annotations

from hms.features.staff import rules
from hms.features.staff.queries import views
from hms.features.staff.queries.views import SessionView
from hms.features.staff.service import desk_sessions
from hms.features.staff.service.errors import SessionUnknown
from hms.features.staff.service.users import managed_user
from hms.infra.uow import Work
from hms.kernel.actor import Actor
from hms.kernel.i18n import phrase

_ENDED = rules.EndReason.ENDED


def list_sessions(work: Work, actor: Actor, name: str | None = None) -> list[SessionView]:
    """Return open sessions, the newest first: of the user ``name``, or all that one may see.

    Raises:
        NotPermitted: another's sessions, and the role does not allow it.
        UserUnknown: there is no such user.
    """
    actor.require("profile.own")
    if name is None:
        found = views.open_sessions(work.db, actor.hospital_id, work.now, actor.session_id)
        return [one for one in found if _may_see(actor, one)]
    if rules.login_key(name) == actor.name:
        return list_own_sessions(work, actor)
    user = managed_user(work, actor, name, "sessions.manage")
    found = views.open_sessions(work.db, actor.hospital_id, work.now, actor.session_id)
    return [one for one in found if one.user_id == user.id]


def list_own_sessions(work: Work, actor: Actor) -> list[SessionView]:
    """Return one's own open sessions, the newest first.

    Raises:
        NotPermitted: the actor is no person.
    """
    actor.require("profile.own")
    found = views.open_sessions(work.db, actor.hospital_id, work.now, actor.session_id)
    return [one for one in found if one.user_id == actor.user_id]


def end_session(work: Work, actor: Actor, session_id: int) -> SessionView:
    """End one session at its next call; one's own, or another's where the role allows it.

    Raises:
        NotPermitted: it is another's and the role does not allow it.
        SessionUnknown: there is no such open session.
    """
    actor.require("profile.own")
    found = views.open_sessions(work.db, actor.hospital_id, work.now, actor.session_id)
    session = next((one for one in found if one.id == session_id), None)
    if session is None:
        raise SessionUnknown(
            phrase("there is no open session {session_id}", session_id=session_id), field="session"
        )
    if session.user_id != actor.user_id:
        managed_user(work, actor, session.user, "sessions.manage")
    desk_sessions.end_sessions(work, [session.id], _ENDED)
    _record(work, actor, session)
    return session


def end_sessions_of_user(work: Work, actor: Actor, name: str) -> list[SessionView]:
    """End every session of the user ``name``; return those that were open.

    Raises:
        NotPermitted: the role does not allow it.
        UserUnknown: there is no such user.
    """
    actor.require("profile.own")
    return _end_all(work, actor, list_sessions(work, actor, name))


def end_other_sessions(work: Work, actor: Actor) -> list[SessionView]:
    """End one's own sessions at every other terminal; return those that were open.

    Raises:
        NotPermitted: the actor is no person.
    """
    own = list_own_sessions(work, actor)
    return _end_all(work, actor, [one for one in own if not one.current])


def _end_all(work: Work, actor: Actor, sessions: list[SessionView]) -> list[SessionView]:
    desk_sessions.end_sessions(work, [one.id for one in sessions], _ENDED)
    for one in sessions:
        _record(work, actor, one)
    return sessions


def _record(work: Work, actor: Actor, session: SessionView) -> None:
    after = {"user": session.user, "terminal": session.terminal, "ended": _ENDED.value}
    work.audit(actor, "session.end", "desk_session", session.id, after=after)


def _may_see(actor: Actor, session: SessionView) -> bool:
    if session.user_id == actor.user_id:
        return True
    return actor.may("sessions.manage") and rules.may_manage(actor.role, session.role)
