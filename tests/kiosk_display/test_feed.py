"""Following the outbox of a real hospital: what the wall shows is what the tables say."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from hms.features.displays import service as displays
from hms.features.tokens import service as tokens
from hms.kernel import clock
from kiosk_display import feed as feed_module
from kiosk_display.feed import Changes, Feed, Opening, look
from kiosk_display.hub import Hub
from kiosk_display.state import Stream
from tests.kiosk_display.conftest import ZONES
from tests.kiosk_display.screen import STATE
from tests.support import Hospital


def state_of(stream: Stream) -> dict[str, Any]:
    frame = json.loads(stream.snapshot(clock.now()))
    return {key: frame[key] for key in STATE}


def opened(hospital: Hospital) -> Opening:
    found = hospital.db.read_now(lambda work: look(work, None, 0))
    assert isinstance(found, Opening)
    return found


class Follower:
    """A server's streams, kept up by looking now and then."""

    def __init__(self, hospital: Hospital) -> None:
        self.hospital = hospital
        self.known = opened(hospital)
        self.cursor = self.known.cursor

    def catch_up(self) -> None:
        found = self.hospital.db.read_now(lambda work: look(work, self.known, self.cursor))
        if isinstance(found, Opening):
            self.known, self.cursor = found, found.cursor
            return
        if found.events:
            self.cursor = found.events[-1].id
        for stream in self.known.streams.values():
            stream.advance(found.events, found.boards, found.notices)

    def agrees(self) -> None:
        fresh = opened(self.hospital)
        for name, stream in self.known.streams.items():
            assert state_of(stream) == state_of(fresh.streams[name])
            assert stream.position == fresh.streams[name].position


def test_a_whole_visit_keeps_the_wall_equal_to_the_tables(hospital: Hospital) -> None:
    wall = Follower(hospital)
    steps: list[Callable[[], object]] = [
        lambda: hospital.issue("GM", token_class="elderly"),
        lambda: [hospital.issue("GM"), hospital.issue("LAB"), hospital.issue("ENT")],
        lambda: hospital.called("GM"),
        lambda: hospital.do("nils", tokens.recall, "GM-001"),
        lambda: hospital.do("nils", tokens.start, "GM-001"),
        lambda: hospital.clock.forward(minutes=7),
        lambda: hospital.do("nils", tokens.complete, "GM-001"),
        lambda: hospital.called("GM"),
        lambda: hospital.do("nils", tokens.hold, "GM-002"),
        lambda: hospital.do("nils", tokens.resume, "GM-002"),
        lambda: hospital.called("LAB", room="Lab 2"),
        lambda: hospital.do("nils", tokens.put_back, "LAB-001"),
        lambda: hospital.called("ENT"),
        lambda: hospital.do("nils", tokens.no_show, "ENT-001"),
        lambda: hospital.do("nils", tokens.rejoin, "ENT-001"),
        lambda: hospital.do("rosa", tokens.transfer, "ENT-001", to="GM"),
        lambda: hospital.do("mara", tokens.pause_queue, "GM", "tea"),
        lambda: hospital.do("mara", tokens.open_queue, "GM"),
        lambda: hospital.do("rosa", tokens.cancel, "LAB-001"),
        lambda: hospital.do("rosa", tokens.undo, "LAB-001"),
        lambda: hospital.do("mara", displays.add_notice, displays.AddNotice("Masks, please")),
        lambda: hospital.do("mara", displays.remove_notice, 1),
    ]
    for step in steps:
        step()
        wall.catch_up()
        wall.agrees()


def test_two_servers_that_look_at_other_moments_come_to_the_same(hospital: Hospital) -> None:
    often, seldom = Follower(hospital), Follower(hospital)
    for number in range(30):
        hospital.issue("GM")
        if number % 3 == 0:
            token = hospital.called("GM")
            hospital.do("nils", tokens.complete, token.id)
        often.catch_up()
        if number % 7 == 0:
            seldom.catch_up()
    seldom.catch_up()
    often.agrees()
    seldom.agrees()


def test_a_new_queue_begins_a_new_epoch_where_it_is_shown(hospital: Hospital) -> None:
    wall = Follower(hospital)
    before = {name: stream.position for name, stream in wall.known.streams.items()}
    hospital.do("ada", tokens.add_queue, tokens.AddQueue("EYE", "Eye clinic"))
    wall.catch_up()
    assert wall.known.streams[None].position.epoch != before[None].epoch
    assert wall.known.streams["front"].position == before["front"]
    assert "EYE" in wall.known.streams[None].view.queues
    wall.agrees()


def test_a_queue_out_of_use_leaves_the_wall(hospital: Hospital) -> None:
    wall = Follower(hospital)
    hospital.do("ada", tokens.close_queue, "ENT")
    wall.catch_up()
    assert set(wall.known.streams[None].view.queues) == {"GM", "LAB"}
    wall.agrees()


def test_a_restored_database_is_another_timeline(hospital: Hospital) -> None:
    wall = Follower(hospital)
    epoch = wall.known.streams[None].zone.epoch
    hospital.force("UPDATE meta SET value = 'restored' WHERE key = 'epoch'")
    wall.catch_up()
    assert wall.known.streams[None].zone.epoch != epoch


def test_a_zone_shows_its_queues_in_the_order_of_the_settings(hospital: Hospital) -> None:
    streams = opened(hospital).streams
    assert list(streams["front"].view.queues) == ["GM", "LAB"]
    assert list(streams["empty"].view.queues) == []


def test_only_touched_queues_are_read_again(hospital: Hospital) -> None:
    known = opened(hospital)
    hospital.issue("LAB")
    found = hospital.db.read_now(lambda work: look(work, known, known.cursor))
    assert isinstance(found, Changes)
    assert [board.code for board in found.boards.values()] == ["LAB"]


@pytest.mark.asyncio
async def test_more_events_than_one_look_holds_are_all_told(
    hospital: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "BATCH", 5)
    hub = Hub(ZONES)
    feed = Feed(hospital.db, hub)
    await feed.poll()
    for _ in range(23):
        await asyncio.to_thread(hospital.issue, "GM")
    await feed.poll()
    fresh = await asyncio.to_thread(opened, hospital)
    assert hub.position == fresh.streams[None].position
    await hospital.db.close()


@pytest.mark.asyncio
async def test_a_doctors_queues_are_opened_without_opening_every_zone_anew(
    hospital: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = Hub(ZONES)
    feed = Feed(hospital.db, hub)
    await feed.poll()
    gm, lab = (hospital.queue(code).row.id for code in ("GM", "LAB"))
    await asyncio.to_thread(hospital.issue, "GM")

    def never(*_: object) -> None:
        raise AssertionError("all zones were opened anew")

    with monkeypatch.context() as patch:
        patch.setattr(feed_module, "open_zones", never)
        key = await feed.follow_queues([gm])
    await asyncio.to_thread(hospital.issue, "GM")
    await feed.poll()
    fresh = hospital.db.read_now(lambda work: look(work, None, 0, own={key: (gm,)}))
    assert isinstance(fresh, Opening)
    assert hub.position_of(key) == fresh.streams[key].position
    monkeypatch.setattr(feed_module, "OWN_STREAMS", 1)
    other = await feed.follow_queues([lab])
    assert hub.position_of(key) is None, "nobody followed it"
    assert hub.position_of(other) is not None
    monkeypatch.setattr(feed_module, "OPENING_TRIES", 0)
    again = await feed.follow_queues([gm])
    assert hub.position_of(again) == fresh.streams[key].position
    await hospital.db.close()
