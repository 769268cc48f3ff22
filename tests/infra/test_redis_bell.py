"""The bell of Redis: other machines hear it at once; without it they are later, never wrong."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path

import pytest

from hms.infra.bell import DEAF_SECONDS, HEARING_SECONDS, UNKNOWN, Bell
from hms.infra.redis_bell import LONGEST_PAUSE_SECONDS, Pauses, RedisBell
from tests.redis_server import RedisServer, redis_server


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with redis_server() as running:
        yield running


class Ear:
    """What one machine heard."""

    def __init__(self, bell: RedisBell) -> None:
        self.bell = bell
        self.said: list[int] = []

    @property
    def rings(self) -> int:
        return len(self.said)

    def wake(self, upto: int) -> None:
        self.said.append(upto)

    async def hears(self, yes: bool = True, within: float = 15.0) -> None:
        """Wait until its connection is up, or down."""
        async with asyncio.timeout(within):
            while self.bell.hears is not yes:
                await asyncio.sleep(0.01)

    async def heard_more_than(self, rings: int, within: float = 2.0) -> None:
        async with asyncio.timeout(within):
            while self.rings <= rings:
                await asyncio.sleep(0.005)


@asynccontextmanager
async def listening(url: str) -> AsyncIterator[Ear]:
    ear = Ear(RedisBell(url))
    task = asyncio.create_task(ear.bell.hear(ear.wake))
    try:
        yield ear
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.mark.asyncio
async def test_a_ring_is_heard_on_another_machine(server: RedisServer) -> None:
    desk = RedisBell(server.url)
    async with listening(server.url) as wall:
        await wall.hears()
        before = wall.rings
        desk.ring()
        await wall.heard_more_than(before)
        desk.ring(41)
        await wall.heard_more_than(before + 1)
        server.say("PUBLISH", "hms:bell", "anything at all")
        await wall.heard_more_than(before + 2)
    assert wall.said[before:] == [UNKNOWN, 41, UNKNOWN]
    await asyncio.to_thread(desk.close)


@pytest.mark.asyncio
async def test_the_last_ring_of_a_command_gets_away(server: RedisServer) -> None:
    async with listening(server.url) as wall:
        await wall.hears()
        for _ in range(3):
            before, command = wall.rings, RedisBell(server.url)
            command.ring()
            await asyncio.to_thread(command.close)
            await wall.heard_more_than(before)


@pytest.mark.asyncio
async def test_it_is_heard_again_after_a_restart_and_says_so_once(
    server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with listening(server.url) as wall:
        await wall.hears()
        server.kill()
        await wall.hears(False)
        await asyncio.sleep(1.5)
        before = wall.rings
        server.start()
        await wall.hears()
        assert wall.rings > before, "what was missed meanwhile is looked for at once"
    said = [one.getMessage() for one in caplog.records if one.name == "hms.infra.redis_bell"]
    assert len(said) == 2
    assert said[0].startswith("Redis is away")
    assert said[1] == "Redis is back"


def test_a_ring_never_waits_for_redis(
    server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.say("CLIENT", "PAUSE", "3000", "ALL")
    paused = RedisBell(server.url)
    nobody = RedisBell("redis://127.0.0.1:1/0")
    broken = RedisBell("no address at all")
    for bell in (paused, nobody, broken):
        began = time.perf_counter()
        for _ in range(200):
            bell.ring()
        assert time.perf_counter() - began < 0.1
        bell.close()
        assert time.perf_counter() - began < 1.5
    assert len(caplog.records) <= 3
    assert all("127.0.0.1" not in one.getMessage() for one in caplog.records)


@pytest.mark.asyncio
async def test_who_hears_looks_less_often_by_itself(server: RedisServer, tmp_path: Path) -> None:
    far = RedisBell(server.url)
    bell = Bell(tmp_path / "bell", far=[far])

    async def looks(seconds: float) -> int:
        count, until = 0, time.monotonic() + seconds
        async with aclosing(bell.listen(lambda: None)) as rings:
            async for _ in rings:
                count += 1
                if time.monotonic() > until:
                    return count
        return count

    assert await looks(3) <= 3 / HEARING_SECONDS + 1 / DEAF_SECONDS
    server.kill()
    assert await looks(2) >= 1 / DEAF_SECONDS
    bell.close()


def test_the_pauses_grow_to_a_bound() -> None:
    pauses = Pauses()
    taken = [pauses.next() for _ in range(12)]
    assert taken[0] < 0.3
    assert LONGEST_PAUSE_SECONDS / 2 <= taken[-1] <= LONGEST_PAUSE_SECONDS
    pauses.reset()
    assert pauses.next() < 0.3
