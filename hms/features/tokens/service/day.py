"""Closing the service day: nobody is left waiting for a day that is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, select

from hms.features.tokens import events, rules
from hms.features.tokens.model import IS_OPEN, Queue, in_state
from hms.features.tokens.queries.tokens import TokenView, token_by_id
from hms.features.tokens.rules import Move
from hms.features.tokens.service.writing import change, token_table
from hms.infra.tables import table_of
from hms.infra.uow import Work
from hms.kernel.actor import Actor

_queue = table_of(Queue)
_OPEN_ONES = (  # by their queues, so that no history is read
    select(token_table.c.id, token_table.c.status, _queue.c.is_24h)
    .select_from(_queue.join(token_table, _queue.c.id == token_table.c.queue_id))
    .where(_queue.c.hospital_id == bindparam("hospital"), IS_OPEN, in_state(*rules.ACTIVE))
    .order_by(token_table.c.id)
)


@dataclass(frozen=True, slots=True)
class DayClosed:
    """What closing a day did; ``kept`` tokens belong to queues that run 24 hours."""

    service_day: date
    expired: int
    kept: int
    in_progress: int

    def as_json(self) -> dict[str, object]:
        """Return the result as the command prints it."""
        return {
            "service_day": self.service_day.isoformat(),
            "expired": self.expired,
            "kept": self.kept,
            "in_progress": self.in_progress,
        }


def close_day(work: Work, actor: Actor) -> DayClosed:
    """Expire what still waits, is called or on hold, of today and of days before.

    Queues that run 24 hours are not cleared; a patient who is with the doctor
    stays in progress.
    """
    actor.require("queues.define")
    return _close(work, actor, work.service_day(), including=True)


def close_past_days(work: Work, actor: Actor) -> DayClosed:
    """Expire what earlier service days left behind; done again and again, it changes nothing."""
    actor.require("queues.define")
    return _close(work, actor, work.service_day(), including=False)


def _close(work: Work, actor: Actor, day: date, *, including: bool) -> DayClosed:
    of_day = token_table.c.service_day <= day if including else token_table.c.service_day < day
    found = work.db.execute(_OPEN_ONES.where(of_day), {"hospital": actor.hospital_id}).all()
    inside = [key for key, status, _ in found if status == rules.Status.IN_PROGRESS]
    kept = [key for key, _, is_24h in found if is_24h and key not in inside]
    ids = [key for key, _, _ in found if key not in inside and key not in kept]
    for token_id in ids:
        _expire(work, actor, token_id)
    done = DayClosed(day, len(ids), len(kept), len(inside))
    if ids or including:
        after = {"service_day": day.isoformat(), "expired": len(ids)}
        work.audit(actor, "queues.close_day", "hospital", actor.hospital_id, after=after)
    return done


def _expire(work: Work, actor: Actor, token_id: int) -> TokenView:
    token = token_by_id(work.db, token_id)
    assert token is not None
    values = {"ended_at": work.now, "counter": None}
    return change(work, actor, token, Move.EXPIRE, events.TokenExpired, values)
