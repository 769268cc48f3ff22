"""The bell shortens the wait; without it everything is only later."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from hms.infra.bell import UNKNOWN, Bell, Wake, said


def never() -> int:
    return 1


def ears(folder: Path) -> list[Path]:
    return list((folder / "bell").iterdir())


async def next_ring(listening: AsyncIterator[None], within_seconds: float) -> float | None:
    """Return after how many seconds it rang, None when it did not."""
    began = time.perf_counter()
    try:
        await asyncio.wait_for(anext(listening), within_seconds)
    except TimeoutError:
        return None
    return time.perf_counter() - began


@pytest.mark.asyncio
async def test_a_ring_wakes_who_listens_at_once(tmp_path: Path) -> None:
    bell = Bell(tmp_path / "bell")
    async with aclosing(bell.listen(never, poll_seconds=0.5)) as listening:
        await anext(listening)
        asyncio.get_running_loop().call_later(0.05, bell.ring)
        heard = await next_ring(listening, 2)
    assert heard is not None
    assert heard < 0.3
    bell.close()


@pytest.mark.asyncio
async def test_who_has_read_as_far_as_a_ring_says_does_not_look_again(tmp_path: Path) -> None:
    bell = Bell(tmp_path / "bell")
    async with aclosing(bell.listen(never, seen=lambda: 7, poll_seconds=0.05)) as listening:
        await anext(listening)
        waiting = asyncio.create_task(next_ring(listening, 2))
        await asyncio.sleep(0.05)
        bell.ring(7)
        await asyncio.sleep(0.2)
        assert not waiting.done()
        bell.ring(8)
        heard = await waiting
        assert heard is not None
        assert heard < 0.6, "it was the ring, not the look once a second"
        waiting = asyncio.create_task(next_ring(listening, 2))
        await asyncio.sleep(0.05)
        bell.ring()
        heard = await waiting
        assert heard is not None
        assert heard < 0.6, "what does not say how far is looked at"
    bell.close()


@pytest.mark.parametrize("text", ["", "-1", "²", "7.0", "9" * 19, b"\xff", b"x", b" 7"])
def test_a_ring_that_says_something_else_is_one_that_says_nothing(text: str | bytes) -> None:
    assert said(text) == UNKNOWN
    assert said("41") == said(b"41") == 41


@pytest.mark.asyncio
async def test_everybody_who_listens_is_woken(tmp_path: Path) -> None:
    bell = Bell(tmp_path / "bell")
    listening = [bell.listen(never, poll_seconds=0.5) for _ in range(3)]
    for ear in listening:
        await anext(ear)
    asyncio.get_running_loop().call_later(0.05, bell.ring)
    heard = await asyncio.gather(*(next_ring(ear, 2) for ear in listening))
    assert all(one is not None and one < 0.3 for one in heard)
    for ear in listening:
        await ear.aclose()
    bell.close()


@pytest.mark.asyncio
async def test_a_changed_number_is_seen_without_any_ring(tmp_path: Path) -> None:
    numbers = iter([1, 1, 2, 2, 2, 2, 2, 2, 2])
    bell = Bell(tmp_path / "bell")
    async with aclosing(bell.listen(lambda: next(numbers), poll_seconds=0.01)) as listening:
        await anext(listening)
        heard = await next_ring(listening, 0.5)
    assert heard is not None


@pytest.mark.asyncio
async def test_even_in_silence_one_looks_every_second(tmp_path: Path) -> None:
    bell = Bell(tmp_path / "bell")
    async with aclosing(bell.listen(never)) as listening:
        await anext(listening)
        heard = await next_ring(listening, 3)
    assert heard is not None
    assert 0.8 < heard < 2


@pytest.mark.asyncio
async def test_an_engine_without_a_number_is_read_at_every_poll(tmp_path: Path) -> None:
    bell = Bell(tmp_path / "bell")
    async with aclosing(bell.listen(lambda: None, poll_seconds=0.01)) as listening:
        await anext(listening)
        assert await next_ring(listening, 0.5) is not None


@pytest.mark.asyncio
async def test_who_listens_no_more_leaves_nothing_behind(tmp_path: Path) -> None:
    bell = Bell(tmp_path / "bell")
    async with aclosing(bell.listen(never)) as listening:
        await anext(listening)
        assert len(ears(tmp_path)) == 1
    assert ears(tmp_path) == []


@pytest.mark.asyncio
async def test_the_socket_of_a_dead_listener_is_cleared_away(tmp_path: Path) -> None:
    import socket

    (tmp_path / "bell").mkdir()
    dead = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    dead.bind(str(tmp_path / "bell" / "dead.bell"))
    dead.close()
    bell = Bell(tmp_path / "bell")
    bell.ring()
    assert ears(tmp_path) == []
    bell.close()


@pytest.mark.parametrize("folder", ["none", "/proc/nothing", "x" * 300])
def test_ringing_never_fails(tmp_path: Path, folder: str) -> None:
    bell = Bell(tmp_path / folder)
    bell.ring()
    bell.close()


@pytest.mark.asyncio
async def test_a_path_too_long_for_a_socket_is_polled_instead(tmp_path: Path) -> None:
    numbers = iter(range(100))
    bell = Bell(tmp_path / ("x" * 120))
    async with aclosing(bell.listen(lambda: next(numbers), poll_seconds=0.01)) as listening:
        await anext(listening)
        assert await next_ring(listening, 0.5) is not None


@pytest.mark.asyncio
async def test_a_full_ear_does_not_hold_up_who_rings(tmp_path: Path) -> None:
    bell = Bell(tmp_path / "bell")
    async with aclosing(bell.listen(never)) as listening:
        await anext(listening)
        began = time.perf_counter()
        for _ in range(5_000):
            bell.ring()
        assert time.perf_counter() - began < 3
    bell.close()


def test_a_quiet_bell_does_not_ring(tmp_path: Path) -> None:
    bell = Bell(tmp_path, quiet=True)
    bell.ring()
    assert bell._socket is None


@pytest.mark.asyncio
async def test_who_is_told_to_stop_while_it_rings_stops(tmp_path: Path) -> None:
    bell = Bell(tmp_path / "bell")

    async def listen() -> None:
        async for _ in bell.listen(never):
            continue

    for turns in range(40):
        listening = asyncio.create_task(listen())
        await asyncio.sleep(0.002)
        bell.ring()
        for _ in range(turns % 4):
            await asyncio.sleep(0)
        listening.cancel()
        ended, _ = await asyncio.wait([listening], timeout=2)
        assert ended, "the cancellation was lost"
    bell.close()


class DeafToCancelling:
    """A far bell whose driver loses a cancellation, as one does while its line breaks."""

    hears = False

    def __init__(self) -> None:
        self.lost = 0

    def ring(self, upto: int = UNKNOWN) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""

    async def hear(self, _wake: Wake) -> None:
        """Lose the first cancellation."""
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            self.lost += 1
        await asyncio.sleep(3600)


@pytest.mark.asyncio
async def test_an_ear_that_loses_its_cancellation_keeps_no_wall_waiting(tmp_path: Path) -> None:
    """A wall once stood still for ever: Redis had died while PostgreSQL was restarted."""
    far = DeafToCancelling()
    bell = Bell(tmp_path, far=[far])
    async with asyncio.timeout(10):
        async with aclosing(bell.listen(lambda: None)) as rings:
            async for _ in rings:
                await asyncio.sleep(0)  # the ear begins
                break
    assert far.lost == 1
