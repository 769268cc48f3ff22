"""One display server and five thousand screens: the last one's frame, and what each weighs."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import AsyncExitStack
from typing import Any
from urllib.request import urlopen

from benchmarks.measure import Row, median, p99, row
from benchmarks.memory import resident_mb
from benchmarks.stage import QUEUE, Stage, stage
from benchmarks.wall import Process, crowd, line_of, server
from hms.features.tokens import service as tokens

SCREENS, QUICK_SCREENS = 5_000, 500
PROCESSES = 2
STALLED = 50
ROUNDS, QUICK_ROUNDS = 150, 30
FEW = 10  # screens of the server that is weighed for comparison
PAUSE = 0.1  # between two tokens, so that one fan-out does not wait for another
MOST_MS, MOST_KB, MOST_GROWTH = 250.0, 25.0, 10.5


def rows(quick: bool) -> list[Row]:
    """Return the bounds of a crowd of screens."""
    screens, rounds = (QUICK_SCREENS, QUICK_ROUNDS) if quick else (SCREENS, ROUNDS)
    with stage(max_connections=2 * SCREENS) as place:
        return asyncio.run(_measure(place, screens, rounds))


async def _measure(place: Stage, screens: int, rounds: int) -> list[Row]:
    try:
        few_ms, few_mb, _ = await _fan_out(place, screens // 10, rounds, 0)
        all_ms, all_mb, _ = await _fan_out(place, screens, rounds, 0)
        beside_ms, _, gone = await _fan_out(place, screens, rounds, STALLED)
    finally:
        await place.application.close()
    kilobytes = (all_mb - few_mb) * 1024 / (screens - screens // 10)
    name = f"use case begun to frame on the last of {screens:,} screens"
    return [
        row(f"{name}, p99", p99(all_ms), "ms", MOST_MS, taken_ms=all_ms),
        row(
            f"{name}, {STALLED} of them stalled", p99(beside_ms), "ms", MOST_MS,
            taken_ms=beside_ms, baseline="none stalled", baseline_ms=all_ms,
        ),
        row("stalled screens that were put out", gone / STALLED, "of all", 1.0, at_least=True),
        row("one more screen weighs", kilobytes, "kB", MOST_KB),
        row(
            "fan-out to ten times as many screens",
            median(all_ms) / median(few_ms), "ratio", MOST_GROWTH,
            taken_ms=all_ms, baseline=f"{screens // 10:,} screens", baseline_ms=few_ms,
        ),
    ]  # fmt: skip


async def _fan_out(
    place: Stage, screens: int, rounds: int, stalled: int
) -> tuple[list[float], float, int]:
    """Return milliseconds to the last screen, the server's MB, how many were put out."""
    async with AsyncExitStack() as stack:
        process, address = await stack.enter_async_context(server(place))
        crowds = [
            await stack.enter_async_context(
                crowd(address, screens // PROCESSES, stalled // PROCESSES, n)
            )
            for n in range(PROCESSES)
        ]
        for one in crowds:
            await line_of(one)  # all are connected
        if stalled:  # their buffers fill: more than the sockets of both sides take
            await _fill(place, crowds, screens, address)
        taken_ms = []
        for _ in range(rounds):
            began = time.monotonic()
            token = await place.application.do(place.desk, tokens.issue, tokens.IssueToken(QUEUE))
            lines = [await _until(one, token.code) for one in crowds]
            taken_ms.append((max(line["at"] for line in lines) - began) * 1000)
            await asyncio.sleep(PAUSE)
        gone = screens - await _inside(address)
        return taken_ms, resident_mb(process.pid), gone


async def _fill(place: Stage, crowds: list[Process], screens: int, address: str) -> None:
    """Give tokens until who does not read was put out, or too long."""
    until = time.monotonic() + 60
    asked = tokens.IssueToken(QUEUE)
    while screens - await _inside(address) < STALLED and time.monotonic() < until:
        for _ in range(50):
            await place.application.do(place.desk, tokens.issue, asked)
        token = await place.application.do(place.desk, tokens.issue, asked)
        for one in crowds:
            await _until(one, token.code)


async def _inside(address: str) -> int:
    """Return how many screens the server has; who does not read hears of nothing."""
    health = address.replace("ws://", "http://").removesuffix("/ws") + "/healthz"
    answer = await asyncio.to_thread(lambda: urlopen(health, timeout=10).read())
    return int(json.loads(answer)["displays"])


async def _until(crowd: Process, code: str) -> dict[str, Any]:
    while True:
        line = await line_of(crowd)
        if line.get("token") == code:
            return line
