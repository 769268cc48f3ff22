"""What the outbox and the wall are told of tokens: never a person."""

from __future__ import annotations

from dataclasses import fields

import pytest

from hms.features.tokens import events
from hms.kernel.events import Event

KINDS = [
    kind
    for kind in vars(events).values()
    if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_event_has_no_field_for_a_person(kind: type[Event]) -> None:
    allowed = {"topic", "subject_id", "code", "token", "status", "room", "call_no"}
    assert {f.name for f in fields(kind)} <= allowed


def test_a_call_makes_three_frames_every_other_change_of_a_token_two() -> None:
    calls = {events.TokenCalled, events.TokenRecalled}
    for kind in KINDS:
        if issubclass(kind, events.TokenEvent):
            assert kind.wall_frames == (3 if kind in calls else 2)


def test_a_changed_queue_makes_one_frame_an_attached_patient_none() -> None:
    assert events.QueuePaused.wall_frames == events.QueueOpened.wall_frames == 1
    assert events.QueueAdded.wall_frames == events.QueueChanged.wall_frames == 1
    assert events.PatientAttached.wall_frames == 0
