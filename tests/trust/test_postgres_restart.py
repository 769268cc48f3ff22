"""PostgreSQL crashes and comes back while everybody works: nothing lost, nothing twice (T8)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.synchronize import Event
from typing import Any

import pytest

from hms.bootstrap import Application
from hms.features.tokens.errors import NothingWaiting, RoomBusy, WrongState
from hms.infra.uow import OperationRepeated
from hms.kernel import ids
from hms.kernel.errors import Unavailable
from tests import postgres
from tests.sizes import nightly
from tests.support import opened
from tests.trust.books import faults
from tests.trust.cluster import Cluster, cluster
from tests.trust.desk_process import at_work, call, issue, processes

ROOMS = 4


@dataclass
class Shift:
    """What one desk did: operations by their id, and what became of those with an unknown end."""

    done: dict[str, int] = field(default_factory=dict)
    committed_after_all: int = 0
    done_again: int = 0
    longest_gap_seconds: float = 0
    errors: list[str] = field(default_factory=list)


def work(url: str, number: int, stop: Event, results: Any) -> None:
    """Issue and call in turn until told to stop; what became of it is asked by its op_id."""
    shift = Shift()
    with at_work(url) as application:
        turn, last = number, time.monotonic()
        while not stop.is_set():
            turn += 1
            deed = _call if turn % 2 else _issue
            try:
                _surely(application, shift, partial(deed, application, number))
            except (NothingWaiting, RoomBusy, WrongState):
                continue
            except Exception as error:  # noqa: BLE001 - whatever else a desk would see
                shift.errors.append(repr(error))
                break
            now = time.monotonic()
            shift.longest_gap_seconds = max(shift.longest_gap_seconds, now - last)
            last = now
    results.put(shift)


def _issue(application: Application, _number: int, op_id: str) -> int:
    return int(issue(application, "GM", op_id).id)


def _call(application: Application, number: int, op_id: str) -> int:
    return int(call(application, "GM", f"R {number % ROOMS}", op_id).id)


def _surely(application: Application, shift: Shift, deed: Callable[[str], int]) -> None:
    """Do it once, however often the database goes away meanwhile."""
    op_id = ids.op_id()
    unknown = False
    while True:
        try:
            shift.done[op_id] = deed(op_id)
            shift.done_again += unknown
        except OperationRepeated as done:
            shift.done[op_id] = done.outcome.object_id or 0
            shift.committed_after_all += 1
        except Unavailable:
            unknown = True
            time.sleep(0.05)
            continue
        return


@pytest.mark.serial
@nightly
@pytest.mark.parametrize("much", [(30, 16, 2.0)], ids=["long"])
def test_a_database_that_crashes_loses_nothing_and_does_nothing_twice(
    monkeypatch: pytest.MonkeyPatch, much: tuple[int, int, float]
) -> None:
    restarts, desks, pause = much
    with cluster() as own:
        monkeypatch.setenv("HMS_TEST_POSTGRES_URL", own.url)
        postgres.server.cache_clear()
        try:
            shifts = crash(own, restarts, desks, pause)
        finally:
            postgres.server.cache_clear()
    print(
        f"\n{restarts} crashes: {sum(len(s.done) for s in shifts)} acknowledged, "
        f"{sum(s.committed_after_all for s in shifts)} of an unknown end had committed, "
        f"{sum(s.done_again for s in shifts)} had not; "
        f"longest wait {max(s.longest_gap_seconds for s in shifts):.1f} s"
    )


def crash(own: Cluster, restarts: int, desks: int, pause: float) -> list[Shift]:
    """Let the desks work while the cluster crashes again and again; compare the books."""
    context = processes()
    stop, results = context.Event(), context.SimpleQueue()
    with postgres.database() as settings:
        with opened(settings, furnished=False):
            pass
        working = [
            context.Process(target=work, args=(settings.database.url, number, stop, results))
            for number in range(desks)
        ]
        for desk in working:
            desk.start()
        for _ in range(restarts):
            time.sleep(pause)
            own.restart()
        time.sleep(pause)
        stop.set()
        shifts = [results.get() for _ in working]
        for desk in working:
            desk.join()
        assert [error for shift in shifts for error in shift.errors] == []
        with opened(settings) as hospital:
            known = dict(hospital.rows("SELECT op_id, max(object_id) FROM audit GROUP BY op_id"))
            done = [one for shift in shifts for one in shift.done.items()]
            assert [op_id for op_id, _ in done if op_id not in known] == []
            tokens = hospital.rows("SELECT id, call_count FROM token")
            assert len(tokens) == hospital.one(
                "SELECT count(DISTINCT op_id) FROM audit WHERE action = 'tokens.issue'"
            )
            assert max(calls for _, calls in tokens) == 1
            assert faults(hospital) == []
    return shifts
