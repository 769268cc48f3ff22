"""Redis is dead while PostgreSQL crashes, and they come back in any order: walls right, desks work.

Seen to fail: a wall whose listener waits for an ear that lost its cancellation (the library of
Redis does that) stands still for ever; readers that see more than one instant number their
frames otherwise than a server that starts afterwards.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hms.infra.settings import RedisSettings, Settings
from tests import postgres
from tests.kiosk_display.conftest import ZONES
from tests.redis_server import RedisServer, redis_server
from tests.sizes import sizes
from tests.support import Hospital, opened
from tests.trust.books import books
from tests.trust.cluster import Cluster, cluster
from tests.trust.shifts import Crew, Shift, compare, crew, told
from tests.trust.test_walls import agree, each_call_once, serving
from tests.trust.walls import LiveScreen, watching

COMES_UP_SECONDS = 120.0  # a server that recovers on a crowded machine
RIGHT_SECONDS = 15.0  # a wall beside it


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with redis_server() as running:
        yield running


@pytest.fixture
def own() -> Iterator[Cluster]:
    with cluster() as made:
        yield made


@pytest.fixture
def settings(
    own: Cluster, redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    """A hospital on a PostgreSQL and a Redis of its own."""
    with postgres.at(own.url, monkeypatch), postgres.database() as plain:
        made = replace(plain, redis=RedisSettings(url=redis.url), zones=dict(ZONES))
        with opened(made, furnished=False):
            pass
        yield made


@pytest.fixture
def config(settings: Settings, tmp_path: Path) -> Path:
    """The configuration file of the display server."""
    file = tmp_path / "hms.toml"
    file.write_text(
        f'[database]\nurl = "{settings.database.url}"\n[redis]\nurl = "{settings.redis.url}"\n'
        '[zones]\nfront = ["GM", "LAB"]\n'
    )
    return file


async def wait_for(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.02)


@pytest.mark.serial
@sizes("much", (2, 3, 2), (50, 8, 8))
def test_redis_dead_while_postgresql_crashes_leaves_walls_right_and_nothing_twice(
    settings: Settings,
    config: Path,
    own: Cluster,
    redis: RedisServer,
    much: tuple[int, int, int],
) -> None:
    rounds, desks, displays = much

    def both_die() -> None:
        redis.kill()
        own.stop()

    async def play(working: Crew, hospital: Hospital) -> float:
        async with serving(config) as server:
            screens = [LiveScreen(server.port, (None, "front")[n % 2]) for n in range(displays)]
            async with watching(screens):
                await wait_for(lambda: all(one.at for one in screens))
                for turn in range(rounds):
                    await at_work(working)
                    await asyncio.to_thread(both_die)
                    for start in (own.start, redis.start)[:: 1 if turn % 2 else -1]:
                        await asyncio.sleep(random.uniform(0, 0.3))
                        await asyncio.to_thread(start)
                    await at_work(working)
                shifts.extend(await asyncio.to_thread(working.end))
                right = await agree(hospital, screens, RIGHT_SECONDS)
                await asyncio.to_thread(each_call_once, hospital, screens)
                return right

    async def at_work(working: Crew) -> None:
        await asyncio.to_thread(working.wait_for_work, working.all, COMES_UP_SECONDS)

    shifts: list[Shift] = []
    with (
        crew(settings.database.url, [None] * desks, pause_seconds=0.05) as working,
        books(settings) as hospital,
    ):
        right = asyncio.run(play(working, hospital))
        print(f"\n{rounds} times both died: {told(shifts)}; walls right {right:.1f} s after")
        compare(hospital, shifts)
