"""What happens to what the wall says to everybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hms.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticesChanged(Event):
    """A notice was put on the walls or taken off; ``subject_id`` is the notice."""

    wall_frames: ClassVar[int] = 1
