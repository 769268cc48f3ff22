"""Staff events say which record changed, and never a name or a reason."""

from __future__ import annotations

from dataclasses import fields

from hms.features.staff.events import EVENTS, DoctorStatusChanged


def test_no_event_of_staff_reaches_a_wall_or_names_a_person() -> None:
    for event in EVENTS:
        assert event.wall_frames == 0
        assert {field.name for field in fields(event)} <= {"topic", "subject_id", "status"}


def test_a_status_event_carries_the_status() -> None:
    changed = DoctorStatusChanged(subject_id=3, status="online")
    assert (changed.kind, changed.topic) == ("DoctorStatusChanged", None)
    assert changed.payload() == {"status": "online"}
