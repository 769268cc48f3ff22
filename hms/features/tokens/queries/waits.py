"""How long it will take, learnt from the queue's own recent services."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from hms.features.tokens import rules
from hms.features.tokens.model import Token, in_state
from hms.infra.tables import table_of

_token = table_of(Token)
RECENT = (
    select(_token.c.last_called_at, _token.c.ended_at, _token.c.counter, _token.c.service_day)
    .where(_token.c.queue_id == bindparam("queue"), in_state(rules.Status.COMPLETED))
    .order_by(_token.c.ended_at.desc())
    .limit(rules.RECENT_SERVICES)
)


def queue_wait(db: Connection, queue_id: int, ahead: int) -> tuple[int, int] | None:
    """Return the wait in minutes behind ``ahead`` people as (low, high), None when unknown.

    Follows from rows alone, not from the clock, so that a wall and a fresh
    snapshot always agree.
    """
    return wait_behind(ahead, db.execute(RECENT, {"queue": queue_id}).all())


def wait_behind(ahead: int, recent: Sequence[Sequence[Any]]) -> tuple[int, int] | None:
    """Return the wait that follows from the rows of ``RECENT``, the newest first."""
    if not recent:
        return None
    minutes = [_minutes(began, ended) for began, ended, _, _ in recent]
    newest = recent[0][3]
    rooms = {counter for _, _, counter, day in recent if day == newest and counter}
    return rules.wait_range(ahead, minutes, len(rooms))


def _minutes(began: datetime, ended: datetime) -> float:
    return max((ended - began).total_seconds() / 60, 0.0)
