"""From the desk's commit to the frame on a screen's socket, and what a hundred screens weigh."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from benchmarks.measure import Row, p99, row
from benchmarks.memory import resident_mb
from benchmarks.stage import QUEUE, ROOT, Stage, stage
from hms.features.tokens import service as tokens

ROUNDS, QUICK_ROUNDS = 500, 120
SCREENS = 100
MOST_MS, MOST_MB = 50.0, 90.0
HELLO = json.dumps({"type": "HELLO", "name": "benchmark", "zone": None, "after": None})


def rows(quick: bool) -> list[Row]:
    """Return the bounds of the display server."""
    with stage() as place:
        taken_ms, weight_mb = asyncio.run(_measure(place, QUICK_ROUNDS if quick else ROUNDS))
    return [
        row("commit to frame, p99", p99(taken_ms), "ms", MOST_MS, taken_ms=taken_ms),
        row(f"display server with {SCREENS} screens", weight_mb, "MB", MOST_MB),
    ]


async def _measure(place: Stage, rounds: int) -> tuple[list[float], float]:
    application = place.application
    try:
        async with server(place) as (process, address):
            async with connect(address) as screen:
                await screen.send(HELLO)
                await screen.recv()
                taken_ms = [await _one(place, screen) for _ in range(rounds)]
            screens = [await connect(address) for _ in range(SCREENS)]
            for screen in screens:
                await screen.send(HELLO)
            for _ in range(50):
                await _one(place, screens[0])
            weight_mb = resident_mb(process.pid)
            await asyncio.gather(*(screen.close() for screen in screens))
    finally:
        await application.close()
    return taken_ms[10:], weight_mb


async def _one(place: Stage, screen: ClientConnection) -> float:
    """Give a token; return the time from just before its commit to its frame.

    The clock starts with the use case's last statement, so what is measured
    holds the commit itself and a little more.
    """
    began: list[float] = []

    def issue(work: Any, actor: Any) -> str:
        token = tokens.issue(work, actor, tokens.IssueToken(QUEUE))
        began.append(time.perf_counter())
        return token.code

    code = await place.application.do(place.desk, issue)
    while True:
        frame = json.loads(await screen.recv())
        if frame["type"] == "TOKEN_CREATED" and frame["token"] == code:
            return (time.perf_counter() - began[0]) * 1000


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
        yield process, f"ws://{host}/ws"
    finally:
        process.terminate()
        await process.wait()


_MAIN = "import sys; from kiosk_display.server import main; sys.exit(main())"
