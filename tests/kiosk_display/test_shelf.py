"""The shelf in Redis: one fills it, others wait a little; without it everybody reads."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from hms.features.staff.service import service_actor
from hms.features.tokens import service as tokens
from hms.infra.db import Database, open_database
from hms.infra.settings import RedisSettings, Settings
from hms.infra.uow import Work
from hms.kernel.board import Call, Notice, QueueBoard, Serving
from hms.kernel.events import Recorded
from kiosk_display import shelf as shelves
from kiosk_display.opening import Kept
from kiosk_display.shelf import Shelf, read, written
from kiosk_display.state import Past
from tests.kiosk_display.conftest import wall
from tests.kiosk_display.screen import screen
from tests.postgres import database
from tests.redis_server import RedisServer, redis_server
from tests.support import opened

ZONES = ((None, (1, 2)), ("front", (2,)))
AT = "2031-03-04T09:00:00Z"
EVENT = Recorded(7, AT, "TokenCalled", 2, 4, 3, {"token": "GM-001", "room": "Room 1"})
BOARD = QueueBoard("GM", "Général", "Room 1", False, 2, ("GM-002",), (
    Serving("GM-001", "Room 1", "called", 1, AT),
), 5, 10)  # fmt: skip
PAST = Past(9, [EVENT], (Call(3, "GM-000", "GM", None, 1, AT),))
KEPT = Kept(
    "timeline", 7, ZONES, {1: BOARD, 2: replace(BOARD, code="LAB")},
    (Notice(1, "Hello", until=AT),), {None: PAST, "front": PAST},
)  # fmt: skip


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with redis_server() as running:
        yield running


@pytest.fixture(autouse=True)
def empty(request: pytest.FixtureRequest) -> None:
    if "redis" in request.fixturenames:
        request.getfixturevalue("redis").say("FLUSHALL")


def test_what_is_written_is_read_again() -> None:
    assert read(written(KEPT), "timeline", ZONES) == KEPT


@pytest.mark.parametrize(
    ("text", "timeline", "zones"),
    [
        (written(KEPT), "another", ZONES),
        (written(KEPT), "timeline", ((None, (1, 2, 3)),)),
        (written(replace(KEPT, boards={1: BOARD})), "timeline", ZONES),
        (written(KEPT)[:-9], "timeline", ZONES),
        (b"", "timeline", ZONES),
        (b"[]", "timeline", ZONES),
        (zlib.compress(b'{"format": 1, "timeline": "timeline"}'), "timeline", ZONES),
        (zlib.compress(b"[" * 50_000), "timeline", ZONES),
    ],
)
def test_what_is_not_ours_is_nothing(text: bytes, timeline: str, zones: Any) -> None:
    assert read(text, timeline, zones) is None


@pytest.mark.asyncio
async def test_one_fills_it_and_the_others_wait_for_that_one(redis: RedisServer) -> None:
    first, second = Shelf(redis.url, "north"), Shelf(redis.url, "north")
    assert await first.fetch("timeline", ZONES) is None
    waiting = asyncio.create_task(second.fetch("timeline", ZONES))
    await asyncio.sleep(0)
    await first.leave(KEPT)
    assert await waiting == KEPT
    assert await Shelf(redis.url, "south").fetch("timeline", ZONES) is None


@pytest.mark.asyncio
async def test_who_has_the_lease_and_dies_holds_up_the_others_for_a_moment_only(
    redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelves, "WAIT_SECONDS", 0.2)
    assert await Shelf(redis.url, "").fetch("timeline", ZONES) is None
    began = time.monotonic()
    assert await Shelf(redis.url, "").fetch("timeline", ZONES) is None
    assert time.monotonic() - began < 5


@pytest.mark.asyncio
async def test_redis_slow_or_away_keeps_nobody() -> None:
    with redis_server() as server:
        shelf = Shelf(server.url, "")
        server.say("CLIENT", "PAUSE", "60000", "ALL")
        began = time.monotonic()
        assert await shelf.fetch("timeline", ZONES) is None
        await shelf.leave(KEPT)
        server.kill()
        assert await shelf.fetch("timeline", ZONES) is None
        await shelf.leave(KEPT)
        assert time.monotonic() - began < 12
        server.start()
        assert await shelf.fetch("timeline", ZONES) is None
        await shelf.leave(KEPT)
        assert await shelf.fetch("timeline", ZONES) == KEPT


@pytest.fixture
def settings(redis: RedisServer) -> Iterator[Settings]:
    with database() as made:
        with opened(made, furnished=False):
            pass
        yield replace(made, redis=RedisSettings(url=redis.url), zones={"front": ("GM",)})


def test_a_screen_resumes_at_another_server(settings: Settings, redis: RedisServer) -> None:
    """Two servers on one database and one Redis number alike, the second one from the shelf."""
    asyncio.run(_from_one_to_the_other(settings, redis))


async def _from_one_to_the_other(settings: Settings, redis: RedisServer) -> None:
    desk = open_database(settings)
    await _issue(desk)
    async with wall(settings) as first:
        async with screen(first.port, zone="front") as hall:
            await hall.until("SNAPSHOT")
            await _issue(desk)
            await hall.until("QUEUE_UPDATED")
            place, view = hall.place, hall.view
        await _until_kept(redis)
        await _issue(desk)
        async with (
            wall(settings) as second,
            screen(second.port, zone="front", after=place) as again,
        ):
            again.at, again.view = hall.at, view
            frame = await again.until("TOKEN_CREATED")
            assert not again.heard("SNAPSHOT"), "it was resumed"
            assert frame["epoch"] == place["epoch"] if place else False
            redis.say("FLUSHALL")
            last = await _issue(desk)
            while (await again.until("TOKEN_CREATED"))["token"] != last:
                pass
            await again.settle()
            async with screen(first.port, zone="front", after=again.place) as back:
                back.at, back.view = again.at, again.view
                last = await _issue(desk)
                assert (await back.until("TOKEN_CREATED"))["token"] == last
    await desk.close()


async def _until_kept(redis: RedisServer) -> None:
    import redis.asyncio as library

    async with asyncio.timeout(20), library.Redis.from_url(redis.url) as client:
        while not [key async for key in client.scan_iter("hms:wall:*") if b"lease" not in key]:
            await asyncio.sleep(0.02)


async def _issue(desk: Database) -> str:
    def issue(work: Work) -> str:
        return tokens.issue(work, service_actor(1, "tests"), tokens.IssueToken("GM")).code

    return await desk.write(issue)
