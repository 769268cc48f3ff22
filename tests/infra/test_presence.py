"""Who is at a desk: heard at once, gone by itself; without Redis nothing is claimed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress

import pytest

from hms.infra.presence import Here, Presence
from tests.redis_server import RedisServer, redis_server


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with redis_server() as running:
        yield running


@pytest.fixture(autouse=True)
def empty(redis: RedisServer) -> None:
    redis.say("FLUSHALL")


def known(presence: Presence) -> Here | None:
    return presence.here


async def heard(presence: Presence, who: tuple[str, str] | None) -> None:
    """Give signs until it is known who is here."""
    async with asyncio.timeout(20):
        while True:
            await presence.sign(who)
            if presence.here is not None:
                return
            await asyncio.sleep(0.02)


@pytest.mark.asyncio
async def test_desks_hear_of_each_other_and_of_no_other_hospital(redis: RedisServer) -> None:
    one, two, far = (
        Presence(redis.url, code, gone_after_seconds=0.5) for code in ("", "main", "north")
    )
    await far.sign(("xena", "desk 9"))
    async with asyncio.timeout(20):
        while one.here != {"rosa": ("desk 1",), "dora": ("desk 2",)}:
            await two.sign(("dora", "desk 2"))
            await one.sign(("rosa", "desk 1"))


@pytest.mark.asyncio
async def test_who_signs_out_is_gone_at_once_and_who_falls_silent_after_a_while(
    redis: RedisServer,
) -> None:
    one, two = (Presence(redis.url, "", gone_after_seconds=0.5) for _ in range(2))
    await heard(two, ("dora", "desk 2"))
    await heard(one, ("rosa", "desk 1"))
    await two.sign(None)
    await one.sign(("rosa", "desk 1"))
    assert one.here == {"rosa": ("desk 1",)}
    await two.sign(("dora", "desk 2"))  # and then its console is switched off
    async with asyncio.timeout(20):
        while one.here != {"rosa": ("desk 1",)} or "dora" in (one.here or {}):
            await one.sign(("rosa", "desk 1"))
            await asyncio.sleep(0.02)


@pytest.mark.asyncio
async def test_emptied_it_claims_nothing_until_everybody_had_the_time_to_give_a_sign(
    redis: RedisServer,
) -> None:
    one = Presence(redis.url, "", gone_after_seconds=0.3)
    await heard(one, ("rosa", "desk 1"))
    redis.say("FLUSHALL")
    await one.sign(("rosa", "desk 1"))
    assert known(one) is None
    await heard(one, ("rosa", "desk 1"))
    assert known(one) == {"rosa": ("desk 1",)}


@pytest.mark.asyncio
async def test_redis_away_or_slow_claims_nothing_and_holds_up_nobody() -> None:
    with redis_server() as server:
        one = Presence(server.url, "", gone_after_seconds=0.1)
        await heard(one, ("rosa", "desk 1"))
        server.say("CLIENT", "PAUSE", "60000", "ALL")
        async with asyncio.timeout(10):
            await one.sign(("rosa", "desk 1"))
        assert known(one) is None
        server.kill()
        async with asyncio.timeout(10):
            await one.sign(("rosa", "desk 1"))
        assert known(one) is None
        server.start()
        await heard(one, ("rosa", "desk 1"))


@pytest.mark.asyncio
async def test_it_follows_whoever_sits_there(redis: RedisServer) -> None:
    one = Presence(redis.url, "", gone_after_seconds=0.2)
    at_desk: list[tuple[str, str]] = [("rosa", "desk 1")]
    told: list[object] = [None]
    task = asyncio.create_task(one.follow(lambda: at_desk[-1], told.append, every_seconds=0.02))
    async with asyncio.timeout(20):
        while told[-1] != {"rosa": ("desk 1",)}:
            await asyncio.sleep(0.02)
        at_desk.append(("nils", "desk 1"))
        while told[-1] != {"nils": ("desk 1",)}:
            await asyncio.sleep(0.02)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert told.pop() is None
    two = Presence(redis.url, "", gone_after_seconds=0.2)
    await heard(two, None)
    assert not known(two), "the sign was taken back"
