"""PostgreSQL crashes and comes back while everybody works: nothing lost, nothing twice (T8)."""

from __future__ import annotations

import time

import pytest

from tests import postgres
from tests.sizes import sizes
from tests.support import opened
from tests.trust.cluster import cluster
from tests.trust.shifts import compare, crew, told

COMES_UP_SECONDS = 120.0  # a server that recovers on a crowded machine


@pytest.mark.serial
@sizes("much", (1, 3, 0.2), (30, 16, 2.0))
def test_a_database_that_crashes_loses_nothing_and_does_nothing_twice(
    monkeypatch: pytest.MonkeyPatch, much: tuple[int, int, float]
) -> None:
    restarts, desks, pause = much
    with cluster() as own, postgres.at(own.url, monkeypatch), postgres.database() as settings:
        with opened(settings, furnished=False):
            pass
        with crew(settings.database.url, [None] * desks) as working:
            back = []
            for _ in range(restarts):
                working.wait_for_work(working.all, COMES_UP_SECONDS)
                time.sleep(pause)
                own.restart()
                back.append(working.wait_for_work(working.all, COMES_UP_SECONDS))
            shifts = working.end()
        print(f"\n{restarts} crashes: {told(shifts)}; all at work again {max(back):.1f} s after")
        with opened(settings) as hospital:
            compare(hospital, shifts)
