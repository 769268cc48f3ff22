"""How much of a person a queue lets be told."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from hms.features.tokens.model_aside import QueuePrivacy
from hms.features.tokens.queries.slips import queue_level
from hms.features.tokens.service.access import QueueRef, queue_named, require_on_queue
from hms.infra.tables import table_of
from hms.infra.uow import Work
from hms.kernel import privacy
from hms.kernel.actor import Actor
from hms.kernel.errors import InvalidInput
from hms.kernel.i18n import phrase

_privacy = table_of(QueuePrivacy)


@dataclass(frozen=True, slots=True)
class QueuePrivacyView:
    """The most that may be told of who waits in a queue."""

    queue: str
    level: str

    def as_json(self) -> dict[str, Any]:
        """Return it as the command prints it."""
        return {"queue": self.queue, "privacy": self.level}


def queue_privacy(
    work: Work, actor: Actor, queue: QueueRef, level: str | None = None
) -> QueuePrivacyView:
    """Return the most that may be told of who waits in ``queue``; set it when ``level`` is given.

    Raises:
        NotPermitted: the role defines no queues.
        QueueNotFound: there is no such queue.
        InvalidInput: there is no such step of the ladder.
    """
    row = queue_named(work, actor, queue)
    require_on_queue(work, actor, "queues.define", row.id)
    said = queue_level(work.db, row.id)
    before = privacy.Level.NAME if said is None else said
    if level is None:
        return QueuePrivacyView(row.code, before.word)
    wanted = privacy.level_of(level.strip().lower())
    if wanted is None:
        raise InvalidInput(
            "there is no such step",
            hint=phrase("use one of: {join}", join=", ".join(privacy.WORDS)),
            field="level",
        )
    work.db.execute(_put(work.db.dialect.name), {"queue_id": row.id, "level": wanted.word})
    work.audit(
        actor, "queues.privacy", "queue", row.id,
        before={"privacy": before.word}, after={"privacy": wanted.word},
    )  # fmt: skip
    return QueuePrivacyView(row.code, wanted.word)


@cache
def _put(dialect: str) -> Any:
    new = import_module(f"sqlalchemy.dialects.{dialect}").insert(_privacy)
    return new.on_conflict_do_update(
        index_elements=["queue_id"], set_={"level": new.excluded.level}
    )
