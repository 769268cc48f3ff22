"""What happens to slips that a desk should hear of; no wall is told."""

from __future__ import annotations

from dataclasses import dataclass

from hms.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintingChanged(Event):
    """A slip could not be printed, is in doubt, or was settled; ``subject_id`` is its job."""

    status: str
