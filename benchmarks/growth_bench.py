"""Ten times the patients and tokens: giving, calling and starting must not feel it.

What ten times the screens cost stands in ``crowd_bench``.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from benchmarks import call_bench, search_bench
from benchmarks.command_bench import timed
from benchmarks.measure import LaterTimed, Row, Timed, in_turns, in_turns_later, ratio_row
from benchmarks.stage import QUEUE, Stage, hms, stage
from hms.features.tokens import service as tokens

MOST_TIMES, MOST_TIMES_TO_START = 1.1, 1.05
TIMES = 10


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is in the smaller hospital, and how often each thing is done."""

    patients: int
    old: int
    waiting: int
    rounds: int
    starts: int


WHOLE, QUICK = Size(20_000, 20_000, 500, 800, 25), Size(2_000, 2_000, 100, 250, 0)


def rows(quick: bool) -> list[Row]:
    """Return the bounds of growth, on SQLite."""
    size = QUICK if quick else WHOLE
    with stage() as large, stage() as small:
        _fill(large, size, TIMES)
        _fill(small, size, 1)
        taken = asyncio.run(_measure(large, small, size.rounds))
        sides = [_start(place) for place in (large, small)]
        starts = in_turns(size.starts, *sides) if size.starts else None
    ten = f"with {TIMES} × {size.patients:,} patients and {size.old:,} tokens"
    results = [
        ratio_row(f"issue a token {ten}", MOST_TIMES, taken[0], "with 1 ×", taken[1]),
        ratio_row(f"call next {ten}", MOST_TIMES, taken[2], "with 1 ×", taken[3]),
    ]
    if starts is not None:  # left out of a short round: it takes over ten seconds
        results.append(
            ratio_row(
                f"hms token next {ten}", MOST_TIMES_TO_START, starts[0], "with 1 ×", starts[1]
            )
        )
    return results


def _fill(place: Stage, size: Size, times: int) -> None:
    place.application.db.write_now(lambda work: search_bench.fill(work, size.patients * times))
    call_bench.fill(place, size.old * times, size.waiting * times)


def _start(place: Stage) -> Timed:
    words = ("--config", str(place.config), "token", "next", "--queue", QUEUE, "--finish", "--json")
    run = timed(hms(*words), place.environment)

    def start() -> float:
        place.sign_in(place.nurse)
        return run()

    return start


async def _measure(large: Stage, small: Stage, rounds: int) -> tuple[list[float], ...]:
    sides = [
        side for kind in (_issue, _call) for side in (kind(large, count(1)), kind(small, count(1)))
    ]
    try:
        return await in_turns_later(rounds, *sides)
    finally:
        await large.application.close()
        await small.application.close()


def _issue(place: Stage, patients: Iterator[int]) -> LaterTimed:
    async def issue() -> float:
        asked = tokens.IssueToken(QUEUE, next(patients))
        began = time.perf_counter()
        await place.application.do(place.desk, tokens.issue, asked)
        return (time.perf_counter() - began) * 1000

    return issue


def _call(place: Stage, _numbers: Iterator[int]) -> LaterTimed:
    return lambda: call_bench.call_once(place)
