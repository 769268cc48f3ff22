"""What a slip needs to know besides its token."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select

from hms.features.tokens.model_aside import QueuePrivacy
from hms.infra.tables import table_of
from hms.kernel import privacy

_privacy = table_of(QueuePrivacy)
_LEVEL = select(_privacy.c.level).where(_privacy.c.queue_id == bindparam("queue"))


def queue_level(db: Connection, queue_id: int) -> privacy.Level | None:
    """Return the most that a queue lets be told of a person, None when it says nothing."""
    return privacy.level_of(db.execute(_LEVEL, {"queue": queue_id}).scalar())
