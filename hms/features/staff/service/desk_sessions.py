"""Sessions in the database: opened, refreshed, ended."""

from __future__ import annotations

import hmac
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update

from hms.features.staff.model import DeskSession, UserAccount
from hms.features.staff.rules import EndReason
from hms.features.staff.service.identity import service_actor
from hms.infra import sessions
from hms.infra.keys import KeyRing, key_ring
from hms.infra.sessions import SessionEnded, SessionInvalid, SignedIn
from hms.infra.tables import table_of
from hms.infra.uow import Work
from hms.kernel.actor import Actor, Role
from hms.kernel.errors import NotSignedIn

GRACE = timedelta(seconds=10)  # a lost answer may be asked for again, at the same terminal

_session = table_of(DeskSession)
_user = table_of(UserAccount)
_BY_FAMILY = (
    select(
        _session,
        _user.c.name,
        _user.c.full_name,
        _user.c.role,
        _user.c.active,
        _user.c.must_change,
    )
    .join(_user, _user.c.id == _session.c.user_id)
    .where(_session.c.family == bindparam("family"))
    .with_for_update(of=_session)
)


def open_session(work: Work, user: Row[Any], terminal: str) -> SignedIn:
    """Open a session of ``user`` at ``terminal`` and return its tokens."""
    _sweep(work, user.id)
    family = sessions.new_session_key()
    refresh_token = sessions.new_refresh_token(family)
    row = {
        "hospital_id": user.hospital_id,
        "user_id": user.id,
        "family": family,
        "terminal": terminal,
        "refresh_hash": sessions.fingerprint(refresh_token),
        "previous_hash": None,
        "rotated_at": work.now,
        "created_at": work.now,
        "last_seen_at": work.now,
        "expires_at": work.now + timedelta(hours=work.settings.security.refresh_hours),
    }
    opened = insert(_session).values(row).returning(_session.c.id)
    session_id = work.db.execute(opened).scalar_one()
    actor = Actor(
        user_id=user.id,
        name=user.name,
        role=Role(user.role),
        hospital_id=user.hospital_id,
        grants={},
        session_id=session_id,
        terminal=terminal,
    )
    work.audit(actor, "session.sign_in", "desk_session", session_id)
    return _signed_in(work, key_ring(work.settings), user, row, refresh_token)


def refresh_session(work: Work, refresh_token: str, terminal: str) -> SignedIn | NotSignedIn:
    """Give the successor of ``refresh_token``; a token used a second time ends its session.

    The refusal is returned, not raised, because what it did must be committed.
    """
    try:
        family = sessions.session_of(refresh_token)
    except SessionInvalid as invalid:
        return invalid
    row = work.db.execute(_BY_FAMILY, {"family": family}).first()
    if row is None:
        return SessionInvalid("there is no such session")
    if row.ended_at is not None:
        return SessionEnded("your session has ended")
    if not row.active or row.must_change or row.expires_at <= work.now:
        end_sessions(work, [row.id], EndReason.EXPIRED if row.active else EndReason.DISABLED)
        work.audit(
            service_actor(row.hospital_id, "sessions"), "session.end", "desk_session", row.id
        )
        return SessionEnded("your session has ended")
    ring = key_ring(work.settings)
    successor = _successor(work, ring, row, refresh_token, terminal)
    if successor is None:
        end_sessions(work, [row.id], EndReason.REUSED)
        work.audit(
            service_actor(row.hospital_id, "sessions"),
            "session.reuse_found",
            "desk_session",
            row.id,
            after={"terminal": terminal, "ended": EndReason.REUSED.value},
        )
        return SessionEnded("your session has ended: its refresh token was used twice")
    return _signed_in(work, ring, row, row._mapping, successor)


def _successor(
    work: Work, ring: KeyRing, row: Row[Any], refresh_token: str, terminal: str
) -> str | None:
    shown = sessions.fingerprint(refresh_token)
    if hmac.compare_digest(shown, row.refresh_hash):
        successor = sessions.next_refresh_token(ring, refresh_token)
        work.db.execute(
            update(_session)
            .where(_session.c.id == row.id)
            .values(
                refresh_hash=sessions.fingerprint(successor),
                previous_hash=shown,
                rotated_at=work.now,
                last_seen_at=work.now,
            )
        )
        actor = service_actor(row.hospital_id, "sessions")
        work.audit(actor, "session.refresh", "desk_session", row.id)
        return successor
    lost_answer = (
        row.previous_hash is not None
        and hmac.compare_digest(shown, row.previous_hash)
        and row.terminal == terminal
        and timedelta(0) <= work.now - row.rotated_at <= GRACE
    )
    if not lost_answer:
        return None
    again = (sessions.next_refresh_token(ring, refresh_token, kid) for kid in ring.keys)
    return next((t for t in again if sessions.fingerprint(t) == row.refresh_hash), None)


def end_session(work: Work, actor: Actor) -> None:
    """End the session that ``actor`` acts in: sign out."""
    if actor.session_id is None:
        return
    end_sessions(work, [actor.session_id], EndReason.SIGNED_OUT)
    work.audit(actor, "session.sign_out", "desk_session", actor.session_id)


def end_sessions_of(work: Work, user_id: int, reason: EndReason, *, but: int | None = None) -> int:
    """End every open session of the user, except the session ``but``; return how many."""
    open_ones = select(_session.c.id).where(
        _session.c.user_id == user_id, _session.c.ended_at.is_(None)
    )
    ids = [key for key in work.db.scalars(open_ones) if key != but]
    end_sessions(work, ids, reason)
    return len(ids)


def end_every_session(work: Work, reason: EndReason) -> int:
    """End every open session of everybody; return how many."""
    open_ones = select(_session.c.id).where(_session.c.ended_at.is_(None))
    ids = list(work.db.scalars(open_ones))
    for start in range(0, len(ids), 500):  # a statement takes so many values
        end_sessions(work, ids[start : start + 500], reason)
    return len(ids)


def _sweep(work: Work, user_id: int) -> None:
    work.db.execute(
        update(_session)
        .where(
            _session.c.user_id == user_id,
            _session.c.ended_at.is_(None),
            _session.c.expires_at <= work.now,
        )
        .values(ended_at=work.now, ended_reason=EndReason.EXPIRED.value)
    )


def end_sessions(work: Work, ids: list[int], reason: EndReason) -> None:
    """End the open ones of the sessions ``ids``."""
    if ids:
        work.db.execute(
            update(_session)
            .where(_session.c.id.in_(ids), _session.c.ended_at.is_(None))
            .values(ended_at=work.now, ended_reason=reason.value)
        )


def _signed_in(
    work: Work, ring: KeyRing, user: Row[Any], session: Any, refresh_token: str
) -> SignedIn:
    life = timedelta(minutes=work.settings.security.access_minutes)
    life = min(life, session["expires_at"] - work.now)
    access_token, access_expires = sessions.make_access_token(
        ring,
        user_id=session["user_id"],
        session=session["family"],
        now=work.now,
        life=max(life, timedelta(seconds=1)),
    )
    return SignedIn(
        name=user.name,
        full_name=user.full_name,
        role=Role(user.role),
        terminal=session["terminal"],
        access_token=access_token,
        refresh_token=refresh_token,
        access_expires=access_expires,
        session_expires=session["expires_at"],
    )
