"""Load: two hospitals of a chain, desks, doctors and screens at once; nobody is lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hms.simulation.arrivals import Arrivals, RefusedRow
from hms.simulation.load import Load, simulate_load
from tests.postgres import database
from tests.simulation.days import first
from tests.sizes import sizes

SMALL = Load(hospitals=2, queues=3, desks=2, doctors=2, screens=2)
CHAIN = Load(hospitals=2, queues=200, desks=8, doctors=16, screens=20)


def agreed(summary: dict[str, Any], arrivals: int, hospitals: int) -> None:
    counted = [summary[key] for key in ("arrivals", "issued", "called", "completed")]
    assert counted == [arrivals] * 4
    assert (summary["refused"], summary["failed"]) == (0, {})
    assert summary["screens_agree"] is True
    assert len(summary["frames_per_screen"]) == hospitals
    # A number given out makes two frames, a call three, start and completion two each.
    assert sum(summary["frames_per_screen"]) == arrivals * 9
    for name in ("issue", "call", "frame"):
        assert 0 < summary[f"{name}_p50_ms"] <= summary[f"{name}_p99_ms"]


@sizes("much", (SMALL, 12), (CHAIN, 2_000))
def test_two_hospitals_work_at_once_and_every_screen_sees_the_same(
    much: tuple[Load, int],
) -> None:
    load, count = much
    summary = simulate_load(Arrivals(first(count)), load)
    agreed(summary, count, load.hospitals)
    assert summary["queues"] == load.hospitals * (load.queues or 0)


def test_the_same_on_postgresql() -> None:
    with database() as settings:
        load = replace(SMALL, hospitals=1)  # test_chain has two on PostgreSQL
        summary = simulate_load(Arrivals(first(8)), load, url=settings.database.url)
    agreed(summary, 8, 1)


def test_refused_rows_are_counted_and_without_screens_nobody_agrees() -> None:
    bad = (RefusedRow(3, "the row is not CSV"),)
    summary = simulate_load(Arrivals(first(4), bad), Load(desks=2, doctors=1))
    assert (summary["arrivals"], summary["issued"], summary["refused"]) == (5, 4, 1)
    assert summary["refused_rows"] == [{"line": 3, "reason": "the row is not CSV"}]
    assert (summary["screens_agree"], summary["frame_p50_ms"]) == (None, None)
