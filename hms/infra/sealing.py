"""Sealing the audit from outside of the operations that wrote it, and noting the head."""

from __future__ import annotations

import logging

from hms.infra import audit_anchors, audit_chain, outbox
from hms.infra.audit_chain import Head
from hms.infra.db import Database
from hms.infra.uow import Work
from hms.kernel import clock

_log = logging.getLogger(__name__)


def seal_now(database: Database) -> int:
    """Seal a batch of entries and note the head; return how many were sealed.

    Raises:
        Unavailable: the database is busy, full or out of reach.
    """
    return _noted(database, database.write_now(_seal))


def seal_all_now(database: Database) -> None:
    """Seal everything that is not sealed yet, a batch at a time."""
    while seal_now(database) == audit_chain.BATCH:
        continue


async def seal(database: Database) -> int:
    """Seal a batch of entries without blocking the event loop; return how many were sealed.

    Raises:
        Unavailable: the database is busy, full or out of reach.
    """
    return _noted(database, await database.write(_seal))


def note_head_now(database: Database) -> None:
    """Note the head as it is, for a timeline that begins with entries already sealed."""
    epoch, head = database.read_now(_head)
    _note(database, epoch, head)


def _seal(work: Work) -> tuple[int, str, Head | None]:
    return audit_chain.seal(work.db), *_head(work)


def _head(work: Work) -> tuple[str, Head | None]:
    return outbox.epoch(work.db), audit_chain.head(work.db)


def _noted(database: Database, sealed: tuple[int, str, Head | None]) -> int:
    """Note the head, now that its seal is on the disk."""
    count, epoch, head = sealed
    if count:
        _note(database, epoch, head)
    return count


def _note(database: Database, epoch: str, head: Head | None) -> None:
    if head is None:
        return
    try:
        audit_anchors.note(database.settings.data_dir, epoch, head, clock.now())
    except OSError as error:  # the seal stands; the next one is noted again
        _log.warning("the head of the audit cannot be noted: %s", error)
