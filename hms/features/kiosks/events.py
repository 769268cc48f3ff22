"""What happens to kiosks; that one is paired or sent away is told of its screen."""

from __future__ import annotations

from dataclasses import dataclass

from hms.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class KioskLocked(Event):
    """The staff locked a kiosk; ``subject_id`` is its screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KioskUnlocked(Event):
    """The staff opened a kiosk again."""
