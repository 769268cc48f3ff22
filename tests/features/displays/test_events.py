"""What walls are told when a notice changes."""

from __future__ import annotations

from hms.features.displays.events import NoticesChanged
from hms.kernel.events import HOSPITAL_TOPIC


def test_a_change_makes_one_frame_in_every_zone_and_carries_no_text() -> None:
    event = NoticesChanged(topic=HOSPITAL_TOPIC, subject_id=3)
    assert (event.kind, event.wall_frames, event.payload()) == ("NoticesChanged", 1, {})
