"""Result rows in the shape of contracts.md 1, and fair turns between ours and a baseline."""

from __future__ import annotations

import gc
import statistics
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

Row = dict[str, Any]
Timed = Callable[[], float]
LaterTimed = Callable[[], Awaitable[float]]


def median(values: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def p99(values: Sequence[float]) -> float:
    """Return the value that 99 of 100 do not exceed."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * 0.99), len(ordered) - 1)]


def row(
    path: str,
    value: float,
    unit: str,
    bound: float,
    *,
    taken_ms: Sequence[float] = (),
    baseline: str | None = None,
    baseline_ms: Sequence[float] = (),
    at_least: bool = False,
) -> Row:
    """Return one result; its bound is an upper one unless ``at_least`` is said."""
    return {
        "path": path,
        "value": round(value, 3),
        "unit": unit,
        "sense": ">=" if at_least else "<=",
        "bound": bound,
        "ok": value >= bound if at_least else value <= bound,
        "median_ms": round(median(taken_ms), 3) if taken_ms else None,
        "p99_ms": round(p99(taken_ms), 3) if taken_ms else None,
        "baseline": baseline,
        "baseline_median_ms": round(median(baseline_ms), 3) if baseline_ms else None,
    }


def ratio_row(
    path: str,
    bound: float,
    taken_ms: Sequence[float],
    baseline: str,
    baseline_ms: Sequence[float],
) -> Row:
    """Return the ratio of both medians as a result."""
    value = median(taken_ms) / median(baseline_ms)
    return row(
        path, value, "ratio", bound,
        taken_ms=taken_ms, baseline=baseline, baseline_ms=baseline_ms,
    )  # fmt: skip


def in_turns(rounds: int, *sides: Timed) -> tuple[list[float], ...]:
    """Run each side once a round, first untimed; return the milliseconds of each."""
    taken: tuple[list[float], ...] = tuple([] for _ in sides)
    for side in sides:
        side()
    with no_collection():
        for number in range(rounds):
            for place in _order(len(sides), number):
                taken[place].append(sides[place]())
    return taken


async def in_turns_later(
    rounds: int, *sides: LaterTimed, warm_up: int = 20
) -> tuple[list[float], ...]:
    """Do what ``in_turns`` does with coroutines, after ``warm_up`` rounds."""
    taken: tuple[list[float], ...] = tuple([] for _ in sides)
    for _ in range(warm_up):
        for side in sides:
            await side()
    with no_collection():
        for number in range(rounds):
            for place in _order(len(sides), number):
                taken[place].append(await sides[place]())
    return taken


def _order(sides: int, number: int) -> range:
    return range(sides) if number % 2 == 0 else range(sides - 1, -1, -1)


@contextmanager
def no_collection() -> Iterator[None]:
    """Keep the garbage of one side from being collected on the time of the other."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
