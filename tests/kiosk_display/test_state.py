"""The law of the wall: a snapshot with the following frames folded in equals a fresh snapshot."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hms.kernel.board import Notice
from hms.kernel.events import Recorded
from kiosk_display import wire
from kiosk_display.state import HISTORY, Sent, Stream, epoch_of, frames_of, recent_calls
from kiosk_display.wire import Position
from tests.kiosk_display.screen import STATE, View, fold
from tests.kiosk_display.stage import START, Staged, small_hospital

NOW = datetime(2031, 3, 3, 9, 0, tzinfo=UTC)

# One step of a morning: what happens, in which queue, to which of its tokens.
STEPS = st.tuples(st.sampled_from("iiicccrsxbbnpo"), st.integers(1, 3), st.integers(0, 5))
MORNINGS = st.lists(STEPS, min_size=25, max_size=120)
MOVES = {
    "s": ("called", "TokenStarted", "in_progress"),
    "x": ("in_progress", "TokenCompleted", "completed"),
    "b": ("called", "TokenPutBack", "waiting"),
    "n": ("called", "TokenNoShow", "no_show"),
}


def happen(hospital: Staged, step: tuple[str, int, int]) -> None:
    """Let one step happen, when the queue's state allows it."""
    what, queue, which = step
    tokens = hospital.tokens.get(queue, [])
    if what == "i":
        hospital.issue(queue)
    elif what == "c" and any(one.status == "waiting" for one in tokens):
        hospital.call(queue, f"Room {which}")
    elif what == "p":
        hospital.pause(queue, which % 2 == 0)
    elif what == "o":
        hospital.say(*[Notice(n, f"Notice {n}") for n in range(which)])
    elif what == "r":
        called = [one.code for one in tokens if one.status == "called"]
        if called:
            hospital.recall(queue, called[which % len(called)])
    elif what in MOVES:
        status, kind, after = MOVES[what]
        fitting = [one.code for one in tokens if one.status == status]
        if fitting:
            hospital.move(queue, fitting[which % len(fitting)], kind, after)


def view_of(stream: Stream) -> View:
    frame = json.loads(stream.snapshot(NOW))
    return {key: frame[key] for key in STATE}


def place_of(stream: Stream) -> tuple[str, int]:
    frame = json.loads(stream.snapshot(NOW))
    return frame["epoch"], frame["seq"]


def folded(view: View, news: list[Sent]) -> View:
    for sent in news:
        view = fold(view, json.loads(sent.text))
    return view


@given(MORNINGS, st.integers(0, 60), st.data())
@settings(max_examples=150, deadline=None)
def test_a_screen_that_folds_its_frames_shows_what_a_fresh_snapshot_shows(
    morning: list[tuple[str, int, int]], opened: int, data: st.DataObject
) -> None:
    hospital = small_hospital()
    zones = [hospital.zone(None), hospital.zone("front", [1, 3])]
    for step in morning[:opened]:
        happen(hospital, step)
    streams = [hospital.stream(zone) for zone in zones]
    screens = [view_of(stream) for stream in streams]
    rest = morning[opened:]
    while rest:
        size = data.draw(st.integers(1, 7))
        batch, rest = rest[:size], rest[size:]
        with hospital.news() as news:
            for step in batch:
                happen(hospital, step)
        for place, stream in enumerate(streams):
            sent = stream.advance(news, hospital.boards(), hospital.notices)
            screens[place] = folded(screens[place], sent)
            assert screens[place] == view_of(stream)
    for zone, shown, stream in zip(zones, screens, streams, strict=True):
        restarted = hospital.stream(zone)
        assert shown == view_of(restarted), "a restarted server shows the same"
        assert place_of(stream) == place_of(restarted), "and numbers alike"


@given(MORNINGS, st.integers(1, 40))
@settings(max_examples=100, deadline=None)
def test_numbers_are_the_running_sum_of_the_outbox(
    morning: list[tuple[str, int, int]], kept: int
) -> None:
    hospital = small_hospital()
    zone = hospital.zone("front", [1, 3])
    for step in morning:
        happen(hospital, step)
    stream = hospital.stream(zone, kept=kept)
    expected = sum(event.frames for event in hospital.log if event.topic in (0, 1, 3))
    assert stream.seq == expected
    found = stream.since(Position(zone.epoch, max(0, stream.seq - 10)))
    numbers = [sent.at.seq for sent in found or []]
    assert all(after == before + 1 for before, after in pairwise(numbers))


@given(MORNINGS, st.integers(0, 200))
@settings(max_examples=150, deadline=None)
def test_who_was_away_goes_on_where_it_was_even_on_another_server(
    morning: list[tuple[str, int, int]], seen: int
) -> None:
    hospital = small_hospital()
    zone = hospital.zone(None)
    first = hospital.stream(zone)
    shown, position = view_of(first), first.position
    for step in morning:
        with hospital.news() as news:
            happen(hospital, step)
        sent = first.advance(news, hospital.boards(), hospital.notices)
        if sent and sent[-1].at.seq <= seen:
            shown, position = folded(shown, sent), sent[-1].at
    other = hospital.stream(zone)
    missed = other.since(position)
    assert missed is not None
    assert folded(shown, missed) == view_of(first)
    calls = [sent for sent in missed if sent.call is not None]
    happened = [e for e in hospital.log if e.kind in ("TokenCalled", "TokenRecalled")]
    announced = [sent.call.call_id for sent in calls if sent.call is not None]
    assert announced == [event.id for event in happened][len(happened) - len(calls) :]


@given(MORNINGS, st.integers(0, 120))
@settings(max_examples=150, deadline=None)
def test_recent_calls_folded_from_the_middle_are_right_once_the_list_was_full(
    morning: list[tuple[str, int, int]], cut: int
) -> None:
    hospital = small_hospital()
    codes = {key: board.code for key, board in hospital.queues.items()}
    for step in [*morning, *morning]:
        happen(hospital, step)
    whole, _ = recent_calls(hospital.log, codes)
    part, full = recent_calls(hospital.log[cut:], codes)
    assert part == whole[: len(part)], "a beginning of the true list"
    if full:
        assert part == whole


def shape(hospital: Staged, act: Callable[[], Any]) -> list[str]:
    with hospital.news() as news:
        act()
    boards, notices = hospital.boards(), hospital.notices
    return [frame.type for event in news for frame in frames_of(event, boards, notices)]


def test_each_event_makes_the_frames_that_its_row_counts() -> None:
    hospital = small_hospital()
    assert shape(hospital, lambda: hospital.issue(1)) == ["TOKEN_CREATED", "QUEUE_UPDATED"]
    call = ["TOKEN_STATUS_UPDATED", "CALL", "QUEUE_UPDATED"]
    assert shape(hospital, lambda: hospital.call(1, "Room 1")) == call
    assert shape(hospital, lambda: hospital.recall(1, "GM-001")) == call
    started = shape(hospital, lambda: hospital.move(1, "GM-001", "TokenStarted", "in_progress"))
    assert started == ["TOKEN_STATUS_UPDATED", "QUEUE_UPDATED"]
    assert shape(hospital, lambda: hospital.pause(1)) == ["QUEUE_UPDATED"]
    assert shape(hospital, lambda: hospital.say(Notice(1, "Hello"))) == ["NOTICE"]


def test_an_event_of_a_newer_program_still_takes_as_many_numbers_as_its_row_says() -> None:
    hospital = small_hospital()
    for frames in (1, 2, 3, 5):
        event = Recorded(1, "2031-03-03T09:00:00.000Z", "TokenBeamed", 1, 1, frames, {"token": "X"})
        assert len(frames_of(event, hospital.boards(), ())) == frames


def test_a_withdrawn_call_leaves_the_recent_calls_but_not_the_hero_of_others() -> None:
    hospital = small_hospital()
    hospital.issue(1, 2)
    hospital.call(1, "Room 1")
    hospital.call(1, "Room 2")
    hospital.move(1, "GM-002", "TokenPutBack", "waiting")
    tokens = [
        call["token"] for call in view_of(hospital.stream(hospital.zone(None)))["recent_calls"]
    ]
    assert tokens == ["GM-001"]


def test_a_call_is_announced_for_a_minute_and_then_keeps_its_place() -> None:
    hospital = small_hospital()
    hospital.issue(1)
    hospital.call(1, "Room 1")
    stream = hospital.stream(hospital.zone(None))
    call = next(sent for sent in stream.since(Position(stream.zone.epoch, 0)) or [] if sent.call)
    called_at = START + timedelta(seconds=1)
    fresh = json.loads(call.text_at(called_at + timedelta(seconds=59)))
    late = json.loads(call.text_at(called_at + timedelta(seconds=61)))
    assert "expired" not in fresh
    assert (late["type"], late["call_id"], late["expired"]) == ("CALL", fresh["call_id"], True)
    assert (late["seq"], late["epoch"], late["at"]) == (fresh["seq"], fresh["epoch"], fresh["at"])


def test_an_expired_call_still_folds_into_the_recent_calls() -> None:
    call = wire.Called(5, "GM-001", "GM", "Room 1", 1)
    body = json.loads("{" + wire.expired_body(call) + "}")
    view: View = {"queues": [], "recent_calls": [], "notices": []}
    after = fold(view, {"type": "CALL", "at": "2031-03-03T09:00:00.000Z", **body})
    assert after["recent_calls"][0]["token"] == "GM-001"


def test_a_zone_keeps_at_least_a_thousand_frames_and_no_more_than_its_share() -> None:
    hospital = small_hospital()
    stream = hospital.stream(hospital.zone(None))
    for _ in range(1500):
        with hospital.news() as news:
            hospital.issue(1)
        stream.advance(news, hospital.boards(), ())
    epoch = stream.zone.epoch
    assert len(stream.since(Position(epoch, stream.seq - 1000)) or []) == 1000
    assert stream.since(Position(epoch, stream.seq - HISTORY - 1)) is None


def test_a_place_of_another_timeline_or_of_the_future_is_not_known() -> None:
    hospital = small_hospital()
    hospital.issue(1, 3)
    stream = hospital.stream(hospital.zone(None))
    assert stream.since(Position("another", 1)) is None
    assert stream.since(Position(stream.zone.epoch, stream.seq + 1)) is None
    assert stream.since(stream.position) == []


def test_an_epoch_belongs_to_the_database_and_the_set_of_queues() -> None:
    assert epoch_of("db", [2, 1]) == epoch_of("db", [1, 2])
    assert epoch_of("db", [1, 2]) != epoch_of("db", [1, 2, 3])
    assert epoch_of("db", [1, 2]) != epoch_of("restored", [1, 2])
