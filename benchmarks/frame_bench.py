"""From the desk's call to the frame on a screen's socket, and what a hundred screens weigh."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress

from websockets.asyncio.client import ClientConnection, connect

from benchmarks import postgres
from benchmarks.measure import Row, median, p99, row
from benchmarks.memory import resident_mb
from benchmarks.stage import QUEUE, Stage, stage
from benchmarks.wall import crowd, drain, line_of, server
from hms.features.tokens import service as tokens

ROUNDS, QUICK_ROUNDS = 500, 120
SCREENS, WEIGHED = 50, 100
BUSY, QUICK_BUSY = 1_000, 200  # calls while others give tokens
A_SECOND = 100  # tokens of the others
MOST_MEDIAN_MS, MOST_P99_MS, MOST_BUSY_P99_MS, MOST_MB = 8.0, 20.0, 40.0, 90.0
REDIS = "HMS_TEST_REDIS_URL"
HELLO = json.dumps({"type": "HELLO", "name": "benchmark", "zone": None, "after": None})


def rows(quick: bool) -> list[Row]:
    """Return the bounds of the display server, on SQLite and where there is one on PostgreSQL."""
    rounds, busy = (QUICK_ROUNDS, QUICK_BUSY) if quick else (ROUNDS, BUSY)
    with stage(queues=2) as place:
        results = asyncio.run(_measure(place, "SQLite", rounds, busy))
    server = postgres.server()
    if server is None:
        return results
    redis = os.environ.get(REDIS, "")
    kind = "PostgreSQL and Redis" if redis else "PostgreSQL"
    with ExitStack() as stack:
        url = stack.enter_context(postgres.database(server))
        place = stack.enter_context(stage(queues=2, url=url, redis=redis))
        return results + asyncio.run(_measure(place, kind, rounds, busy))


async def _measure(place: Stage, kind: str, rounds: int, busy: int) -> list[Row]:
    try:
        async with server(place) as (process, address):
            screen = await _watching(address)
            async with _beside(address, SCREENS - 1, 0):
                taken_ms = (await _calls(place, screen, rounds))[10:]
                others = asyncio.create_task(_others(place))
                busy_ms = await _calls(place, screen, busy)
                others.cancel()
                async with _beside(address, WEIGHED - SCREENS, 1):
                    weight_mb = resident_mb(process.pid)
            await asyncio.gather(others, return_exceptions=True)
            await screen.close()
    finally:
        await place.application.close()
    name = f"call begun to frame, {SCREENS} screens, {kind}"
    return [
        row(f"{name}, median", median(taken_ms), "ms", MOST_MEDIAN_MS, taken_ms=taken_ms),
        row(f"{name}, p99", p99(taken_ms), "ms", MOST_P99_MS, taken_ms=taken_ms),
        row(
            f"{name}, {A_SECOND} tokens a second beside, p99",
            p99(busy_ms), "ms", MOST_BUSY_P99_MS, taken_ms=busy_ms,
        ),
        row(f"display server with {WEIGHED} screens, {kind}", weight_mb, "MB", MOST_MB),
    ]  # fmt: skip


async def _watching(address: str) -> ClientConnection:
    screen = await connect(address, compression=None)
    await screen.send(HELLO)
    await screen.recv()
    return screen


@asynccontextmanager
async def _beside(address: str, screens: int, number: int) -> AsyncIterator[None]:
    """Let other screens watch from a process of their own: they are no part of the desk."""
    async with crowd(address, screens, 0, number) as process:
        await line_of(process)  # all are connected
        reader = asyncio.create_task(drain(process))
        yield
        reader.cancel()


async def _calls(place: Stage, screen: ClientConnection, rounds: int) -> list[float]:
    """Call so many, one after the other; return the milliseconds from each call to its frame.

    What the screens are told of the token before and after its call is no part of it: that
    is what the other tokens stand for.
    """
    taken_ms = []
    for _ in range(rounds):
        given = await place.application.do(place.desk, tokens.issue, tokens.IssueToken(QUEUE))
        await _frame_of(screen, "TOKEN_CREATED", given.code)
        began = time.perf_counter()
        token = await place.application.do(place.nurse, tokens.call_next, QUEUE)
        await _frame_of(screen, "CALL", token.code)
        taken_ms.append((time.perf_counter() - began) * 1000)
        await place.application.do(place.nurse, tokens.complete, token.id)
        await _frame_of(screen, "TOKEN_STATUS_UPDATED", token.code)
    return taken_ms


async def _frame_of(screen: ClientConnection, kind: str, code: str) -> None:
    while True:
        frame = json.loads(await screen.recv())
        if frame["type"] == kind and frame["token"] == code:
            return


async def _others(place: Stage) -> None:
    """Give ``A_SECOND`` tokens a second in the other queue, as evenly as it goes."""
    asked, begun = tokens.IssueToken("Q1"), time.monotonic()
    with suppress(asyncio.CancelledError):
        number = 0
        while True:
            number += 1
            await place.application.do(place.desk, tokens.issue, asked)
            await asyncio.sleep(max(0.0, begun + number / A_SECOND - time.monotonic()))
