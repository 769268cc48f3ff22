"""Redis dies, pauses, forgets or never was: the wall misses nothing and is hardly later (T9)."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from hms.features.staff.service import service_actor
from hms.features.tokens import service as tokens
from hms.infra import db as databases
from hms.infra.bell import Far
from hms.infra.db import Database, open_database
from hms.infra.redis_bell import RedisBell
from hms.infra.settings import RedisSettings, Settings
from hms.infra.uow import Work
from tests.kiosk_display.conftest import wall
from tests.kiosk_display.screen import Screen, screen
from tests.postgres import database
from tests.redis_server import RedisServer, redis_server
from tests.support import opened

KILLS = 50 if os.environ.get("HMS_TEST_LONG") else 3
EXTRA_SECONDS = 1.0
QUICK_SECONDS = 0.5  # with Redis well, on a busy machine


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with redis_server() as running:
        yield running


@pytest.fixture
def settings(redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Return a hospital on PostgreSQL whose only bell is Redis: its own would cover up for it."""

    def only_redis(settings: Settings, _url: str) -> list[Far]:
        return [RedisBell(settings.redis.url)]

    monkeypatch.setattr(databases, "_far_bells", only_redis)
    with database() as made:
        with opened(made, furnished=False):
            pass
        yield replace(made, redis=RedisSettings(url=redis.url))


async def _seconds_to_the_wall(desk: Database, watching: Screen) -> float:
    """Give out a token; return how long after its commit a screen had it."""

    def issue(work: Work) -> str:
        return tokens.issue(work, service_actor(1, "tests"), tokens.IssueToken("GM")).code

    began = time.perf_counter()
    code = await desk.write(issue)
    committed = time.perf_counter()
    assert committed - began < 5, "Redis held up a commit"
    while (await watching.until("TOKEN_CREATED"))["token"] != code:
        pass
    return time.perf_counter() - committed


@pytest.mark.serial
def test_redis_killed_paused_and_emptied_delays_the_wall_by_a_second_at_most(
    settings: Settings, redis: RedisServer
) -> None:
    chance = random.Random(9)

    async def issue_through(disturb: Callable[[int], None], times: int) -> list[float]:
        desk = open_database(settings)
        async with wall(settings) as wall_at, screen(wall_at.port) as watching:
            await watching.until("SNAPSHOT")
            took = []
            for turn in range(times):
                await asyncio.to_thread(disturb, turn)
                for _ in range(4):
                    took.append(await _seconds_to_the_wall(desk, watching))
                    await asyncio.sleep(chance.uniform(0, 0.05))
            await watching.settle()
        await desk.close()
        return took

    def kill_or_start(turn: int) -> None:
        if turn % 2 == 0:
            redis.kill()
        else:
            redis.start()

    def annoy(turn: int) -> None:
        redis.say(*(["FLUSHALL"], ["CLIENT", "PAUSE", "1500", "ALL"])[turn % 2])

    took = asyncio.run(issue_through(kill_or_start, 2 * KILLS))
    took += asyncio.run(issue_through(annoy, 4))
    redis.kill()
    took += asyncio.run(issue_through(lambda _turn: None, 1))  # it never was there
    print(f"\n{KILLS} kills, {len(took)} tokens, the latest after {max(took):.2f} s")
    assert max(took) <= EXTRA_SECONDS + QUICK_SECONDS
