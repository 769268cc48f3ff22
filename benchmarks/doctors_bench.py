"""Sixteen doctors of one queue, each calling once a second: nobody twice, nobody waits long."""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack

from benchmarks import postgres
from benchmarks.measure import Row, p99, row
from benchmarks.stage import Stage, stage
from hms.bootstrap import Application, wire
from hms.features.tokens import service as tokens

DOCTORS = 16
APPLICATIONS = 4  # programs with a connection or a pool of their own
SECONDS, QUICK_SECONDS = 20, 5
QUEUE = "POOL"
MOST_MS = 250.0


def rows(quick: bool) -> list[Row]:
    """Return the bounds of many doctors on one queue, on each database there is."""
    seconds = QUICK_SECONDS if quick else SECONDS
    with stage() as place:
        results = _bounds(place, "SQLite", seconds)
    server = postgres.server()
    if server is None:
        return results
    with ExitStack() as stack:
        url = stack.enter_context(postgres.database(server))
        place = stack.enter_context(stage(url=url))
        return results + _bounds(place, "PostgreSQL", seconds)


def _bounds(place: Stage, kind: str, seconds: int) -> list[Row]:
    application = place.application
    rooms = tuple(f"Room {n}" for n in range(1, DOCTORS + 1))
    queue = tokens.AddQueue(QUEUE, "Pool", rooms=rooms)
    application.do_now(application.as_service("benchmark"), tokens.add_queue, queue)
    for _ in range(DOCTORS * seconds):
        application.do_now(place.desk, tokens.issue, tokens.IssueToken(QUEUE))
    called, taken_ms = asyncio.run(_day(place, rooms, seconds))
    name = f"{DOCTORS} doctors of one queue, each calling once a second, {kind}"
    twice = len(called) - len(set(called))
    return [
        row(f"{name}, p99", p99(taken_ms), "ms", MOST_MS, taken_ms=taken_ms),
        row(f"{name}: called twice or not at all", twice + DOCTORS * seconds - len(called),
            "tokens", 0),
    ]  # fmt: skip


async def _day(place: Stage, rooms: tuple[str, ...], seconds: int) -> tuple[list[str], list[float]]:
    applications = [wire(place.application.settings) for _ in range(APPLICATIONS)]
    called: list[str] = []
    taken_ms: list[float] = []

    async def doctor(application: Application, number: int, room: str) -> None:
        begun = time.monotonic()
        for turn in range(seconds):
            due = begun + turn + number / DOCTORS
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            began = time.perf_counter()
            token = await application.do(
                place.nurse, tokens.call_next, QUEUE, room=room, finish=True
            )
            taken_ms.append((time.perf_counter() - began) * 1000)
            called.append(token.code)

    try:
        await asyncio.gather(
            *(doctor(applications[n % APPLICATIONS], n, room) for n, room in enumerate(rooms))
        )
    finally:
        for application in applications:
            await application.close()
    return called, taken_ms
