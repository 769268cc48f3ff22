"""What happens to what the wall says to everybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hms.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticesChanged(Event):
    """A notice was put on the walls or taken off; ``subject_id`` is the notice."""

    wall_frames: ClassVar[int] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenChanged(Event):
    """Screens came or went, are heard or not, showed a call; ``subject_id`` is one of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenPaired(Event):
    """A screen was given its device token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenRevoked(Event):
    """A screen may not show anything any more; display servers close it at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenReloadAsked(Event):
    """A screen is to load its page again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenIdentifyAsked(Event):
    """A screen is to show its name, large, for a moment."""
