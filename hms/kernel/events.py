"""What happened, in the past tense: the base of every event and how it is written down.

An event is one row of the outbox.  ``wall_frames`` says how many frames it makes
in each display zone that its queue belongs to; the numbering of the wire
protocol is the running sum of these, so it must follow from the row alone.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar

HOSPITAL_TOPIC = 0  # topic of what concerns every zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of all events.

    ``topic`` is the id of the queue it belongs to, ``HOSPITAL_TOPIC`` for every
    zone, or None when no wall is concerned; ``subject_id`` is the row it speaks of.
    An event never carries a name, MRN, phone, birth date or reason.
    """

    wall_frames: ClassVar[int] = 0

    topic: int | None
    subject_id: int

    @property
    def kind(self) -> str:
        """Return the event's name as the outbox keeps it."""
        return type(self).__name__

    def payload(self) -> dict[str, Any]:
        """Return the event's own fields for the outbox."""
        names = (field.name for field in fields(self))
        return {n: getattr(self, n) for n in names if n not in ("topic", "subject_id")}


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as read back from the outbox.

    ``at`` is ISO 8601 in UTC; ``frames`` is the number of wall frames it made.
    """

    id: int
    at: str
    kind: str
    topic: int | None
    subject_id: int
    frames: int
    payload: dict[str, Any]
