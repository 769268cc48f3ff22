"""Rows have the contract's shape, ratios are of medians, and turns are fair."""

from __future__ import annotations

import asyncio

import pytest

from benchmarks.measure import in_turns, in_turns_later, median, p99, ratio_row, row
from benchmarks.run import KEYS


def test_a_row_has_the_contracts_keys_and_tells_whether_its_bound_is_kept() -> None:
    kept = row("commit to frame, p99", 50.0, "ms", 50.0, taken_ms=[1.0, 2.0, 50.0])
    assert tuple(kept) == KEYS
    assert kept["ok"] is True
    assert (kept["median_ms"], kept["p99_ms"], kept["baseline"]) == (2.0, 50.0, None)
    assert row("memory", 120.1, "MB", 120.0)["ok"] is False


def test_a_ratio_is_of_both_medians() -> None:
    ratio = ratio_row("issue", 8.0, [4.0, 8.0, 900.0], "bare", [2.0, 1.0, 3.0])
    assert (ratio["value"], ratio["unit"], ratio["baseline_median_ms"]) == (4.0, "ratio", 2.0)


def test_middle_and_tail() -> None:
    values = [float(n) for n in range(1, 101)]
    assert median(values) == 50.5
    assert p99(values) == 100.0
    assert p99([3.0]) == 3.0


def test_sides_take_turns_and_change_who_begins() -> None:
    order: list[str] = []

    def side(name: str, ms: float) -> float:
        order.append(name)
        return ms

    ours, theirs = in_turns(2, lambda: side("a", 1.0), lambda: side("b", 2.0))
    assert order == ["a", "b", "a", "b", "b", "a"]
    assert (ours, theirs) == ([1.0, 1.0], [2.0, 2.0])


def test_the_warm_up_is_not_counted() -> None:
    calls = 0

    async def side() -> float:
        nonlocal calls
        calls += 1
        return float(calls)

    [taken] = asyncio.run(in_turns_later(3, side, warm_up=5))
    assert taken == [6.0, 7.0, 8.0]


def test_the_garbage_collector_is_given_back() -> None:
    import gc

    with pytest.raises(ZeroDivisionError):
        in_turns(1, lambda: 1 / 0)
    in_turns(1, lambda: 1.0)
    assert gc.isenabled()
