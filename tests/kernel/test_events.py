"""Events as the outbox writes them down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hms.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class BedCleaned(Event):
    wall_frames: ClassVar[int] = 1
    bed: str


def test_an_event_is_known_by_its_name() -> None:
    assert BedCleaned(topic=3, subject_id=7, bed="A1").kind == "BedCleaned"


def test_the_payload_is_its_own_fields_alone() -> None:
    assert BedCleaned(topic=3, subject_id=7, bed="A1").payload() == {"bed": "A1"}


def test_an_event_concerns_no_wall_unless_it_says_so() -> None:
    assert Event(topic=None, subject_id=1).wall_frames == 0
