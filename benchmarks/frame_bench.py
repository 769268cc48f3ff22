"""From the desk's call to the frame on a screen's socket, and what a hundred screens weigh."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress

from websockets.asyncio.client import ClientConnection, connect

from benchmarks import postgres
from benchmarks.measure import Row, median, p99, row
from benchmarks.memory import resident_mb
from benchmarks.stage import QUEUE, ROOT, Stage, stage
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
            screens = [await _watching(address) for _ in range(SCREENS)]
            readers = [asyncio.create_task(_drain(screen)) for screen in screens[1:]]
            taken_ms = (await _calls(place, screens[0], rounds))[10:]
            others = asyncio.create_task(_others(place))
            busy_ms = await _calls(place, screens[0], busy)
            others.cancel()
            screens += [await _watching(address) for _ in range(WEIGHED - SCREENS)]
            weight_mb = resident_mb(process.pid)
            for task in (*readers, others):
                task.cancel()
            await asyncio.gather(*readers, others, return_exceptions=True)
            await asyncio.gather(*(screen.close() for screen in screens))
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


async def _drain(screen: ClientConnection) -> None:
    """Read what comes, as a screen does."""
    async for _ in screen:
        pass


async def _calls(place: Stage, screen: ClientConnection, rounds: int) -> list[float]:
    """Call so many, one after the other; return the milliseconds from each call to its frame."""
    taken_ms = []
    for _ in range(rounds):
        await place.application.do(place.desk, tokens.issue, tokens.IssueToken(QUEUE))
        began = time.perf_counter()
        token = await place.application.do(place.nurse, tokens.call_next, QUEUE)
        await _frame_of(screen, token.code)
        taken_ms.append((time.perf_counter() - began) * 1000)
        await place.application.do(place.nurse, tokens.complete, token.id)
    return taken_ms


async def _frame_of(screen: ClientConnection, code: str) -> None:
    while True:
        frame = json.loads(await screen.recv())
        if frame["type"] == "CALL" and frame["token"] == code:
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


@asynccontextmanager
async def server(place: Stage) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """Run ``hms-display`` as its own process; give it and its address."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _MAIN, "--config", str(place.config), "--port", "0",
        cwd=ROOT, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        said = (await process.stderr.readline()).decode()
        host = said.strip().rpartition("http://")[2].rstrip("/")
        rest = asyncio.create_task(process.stderr.read())  # or a full pipe would stop it
        yield process, f"ws://{host}/ws"
        rest.cancel()
    finally:
        process.terminate()
        await process.wait()


_MAIN = "import sys; from kiosk_display.start import main; sys.exit(main())"
