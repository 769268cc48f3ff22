"""The keys that sign sessions: looked at, rotated, dropped; each change in the audit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from hms.features.staff.rules import EndReason
from hms.features.staff.service import desk_sessions
from hms.infra import keys
from hms.infra.sessions import LEEWAY_SECONDS
from hms.infra.uow import Work
from hms.kernel import clock
from hms.kernel.actor import Actor

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(20464)")


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key of the ring, without the key; ``until`` when it verifies no more, if it ends."""

    id: str
    signs: bool
    since: datetime | None
    until: datetime | None

    def as_json(self) -> dict[str, Any]:
        """Return what may be known of the key."""
        return {
            "id": self.id,
            "signs": self.signs,
            "since": clock.iso(self.since),
            "until": clock.iso(self.until),
        }


def list_keys(work: Work, actor: Actor) -> list[SigningKey]:
    """Return the keys of the ring, the one that signs first.

    Raises:
        NotPermitted: the role does not allow it.
        KeysMissing, KeysUnusable, UnsafeFile: the ring cannot be read.
    """
    actor.require("keys.rotate")
    ring = keys.key_ring(work.settings)
    ids = sorted(ring.keys, key=lambda kid: kid != ring.current)
    return [
        SigningKey(kid, kid == ring.current, ring.since.get(kid), ring.until.get(kid))
        for kid in ids
    ]


def rotate_key(work: Work, actor: Actor, *, at_once: bool = False) -> list[SigningKey]:
    """Let a new key sign; sessions go on, for the old key verifies as long as its tokens live.

    With ``at_once`` the old key is gone and every session has ended: for a key that
    others may have seen.

    Raises:
        NotPermitted: the role does not allow it.
        RotatedLately: the key before the present one is still needed.
    """
    actor.require("keys.rotate")
    _alone(work)
    before = keys.key_ring(work.settings).current
    life = timedelta(minutes=work.settings.security.access_minutes, seconds=LEEWAY_SECONDS)
    ring = keys.rotate_keys(work.settings, work.now, life, at_once=at_once)
    after: dict[str, Any] = {"key": ring.current, "at_once": at_once}
    if at_once:
        after["sessions_ended"] = desk_sessions.end_every_session(work, EndReason.KEY_REPLACED)
    work.audit(actor, "keys.rotate", "signing_key", None, before={"key": before}, after=after)
    return list_keys(work, actor)


def drop_ended_key(work: Work, actor: Actor) -> list[str]:
    """Take keys that verify nothing any more out of the ring; the periodic work of ``hms serve``.

    Raises:
        NotPermitted: the role does not allow it.
    """
    actor.require("keys.rotate")
    _alone(work)
    dropped = keys.drop_ended_keys(work.settings, work.now)
    if dropped:
        work.audit(actor, "keys.drop", "signing_key", None, before={"keys": dropped})
    return dropped


def _alone(work: Work) -> None:
    if work.db.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
        work.db.execute(_ONE_AT_A_TIME)
