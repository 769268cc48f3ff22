"""What happened to the access to patients' records; desks follow it, no wall is told."""

from __future__ import annotations

from dataclasses import dataclass

from hms.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessOpened(Event):
    """Somebody opened a record that is not one of their patients', and said why."""

    topic: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessAcknowledged(Event):
    """A manager took note of an access."""

    topic: int | None = None


EVENTS = (AccessOpened, AccessAcknowledged)
