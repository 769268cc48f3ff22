"""Desks that go on through a database that goes away, and what their books must say afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.synchronize import Event
from typing import Any

from hms.bootstrap import Application
from hms.features.tokens.errors import NothingWaiting, RoomBusy, WrongState
from hms.infra.uow import OperationRepeated
from hms.kernel import ids
from hms.kernel.errors import Unavailable
from tests.support import Hospital
from tests.trust.books import faults
from tests.trust.desk_process import at_work, call, issue, processes
from tests.trust.namespace import enter

ROOMS = 4


@dataclass
class Shift:
    """What one desk did: operations by their id, and what became of those with an unknown end."""

    done: dict[str, int] = field(default_factory=dict)
    committed_after_all: int = 0
    done_again: int = 0
    longest_gap_seconds: float = 0
    errors: list[str] = field(default_factory=list)


def work(
    url: str,
    number: int,
    place: str | None,
    pause_seconds: float,
    stop: Event,
    count: Any,
    results: Any,
) -> None:
    """Issue and call in turn until told to stop; what became of it is asked by its op_id.

    ``place`` is the network namespace of the desk, None for the one of the test.
    """
    if place is not None:
        enter(place)
    shift = Shift()
    with at_work(url) as application:
        turn, last = number, time.monotonic()
        while not stop.wait(pause_seconds):
            turn += 1
            deed = _call if turn % 2 else _issue
            try:
                surely(shift, partial(deed, application, number))
            except (NothingWaiting, RoomBusy, WrongState):
                continue
            except Exception as error:  # noqa: BLE001 - whatever else a desk would see
                shift.errors.append(repr(error))
                break
            now = time.monotonic()
            shift.longest_gap_seconds = max(shift.longest_gap_seconds, now - last)
            last = now
            count[number] += 1
    results.put(shift)


def _issue(application: Application, _number: int, op_id: str) -> int:
    return int(issue(application, "GM", op_id).id)


def _call(application: Application, number: int, op_id: str) -> int:
    return int(call(application, "GM", f"R {number % ROOMS}", op_id).id)


def surely(shift: Shift, deed: Callable[[str], int], op_id: str | None = None) -> None:
    """Do it once, however often the database goes away meanwhile."""
    op_id = op_id or ids.op_id()
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


class Crew:
    """Desks at work in processes of their own, each at its ``places``."""

    def __init__(self, url: str, places: Sequence[str | None], pause_seconds: float) -> None:
        context = processes()
        self._stop, self._results = context.Event(), context.SimpleQueue()
        self._count = context.Array("l", len(places), lock=False)
        self.all = range(len(places))
        told = [(url, n, place, pause_seconds, self._stop, self._count, self._results)
                for n, place in enumerate(places)]  # fmt: skip
        self._desks = [context.Process(target=work, args=one) for one in told]

    def begin(self) -> None:
        """Let them begin."""
        for desk in self._desks:
            desk.start()

    def wait_for_work(self, desks: Sequence[int], seconds: float, *, each: int = 1) -> float:
        """Wait until each of ``desks`` has done ``each`` more; return the seconds it took.

        Raises:
            AssertionError: one of them did not.
        """
        began, before = time.monotonic(), list(self._count)
        while True:
            idle = [n for n in desks if self._count[n] < before[n] + each]
            took = time.monotonic() - began
            if not idle:
                return took
            gone = [n for n in idle if not self._desks[n].is_alive()]
            assert not gone, f"desks {gone} have gone"
            assert took < seconds, f"desks {idle} stand still after {took:.1f} s"
            time.sleep(0.01)

    def end(self) -> list[Shift]:
        """Send them home; return what they did."""
        self._stop.set()
        shifts = [self._results.get() for _ in self._desks]
        for desk in self._desks:
            desk.join()
        return shifts

    def send_away(self) -> None:
        """End whoever is still there, after a test that failed."""
        for desk in self._desks:
            if desk.is_alive():
                desk.kill()
                desk.join()


@contextmanager
def crew(url: str, places: Sequence[str | None], *, pause_seconds: float = 0.0) -> Iterator[Crew]:
    """Give desks at work, each pausing between two operations; they are gone afterwards."""
    made = Crew(url, places, pause_seconds)
    try:
        made.begin()
        yield made
    finally:
        made.send_away()


def compare(hospital: Hospital, shifts: Sequence[Shift], *, before: int = 0) -> None:
    """Compare what the desks were told with the books: nothing lost, nothing twice.

    ``before`` tokens were there when the desks began.
    """
    assert [error for shift in shifts for error in shift.errors] == []
    known = set(hospital.rows("SELECT op_id, object_id FROM audit"))
    done = [one for shift in shifts for one in shift.done.items()]
    assert [one for one in done if one not in known] == [], "lost"
    issues = dict(
        hospital.rows(
            "SELECT op_id, count(*) FROM audit WHERE action = 'tokens.issue' GROUP BY op_id"
        )
    )
    given = [op_id for op_id, _ in done if op_id in issues]
    assert {issues[op_id] for op_id in given} <= {1}, "given out twice"
    tokens = hospital.rows("SELECT id, call_count FROM token")
    assert len(tokens) == before + len(given), "somebody's token nobody knows of"
    numbers = hospital.rows("SELECT number FROM token WHERE series = 'GM' ORDER BY number")
    assert [number for (number,) in numbers] == list(range(1, len(numbers) + 1))
    assert max(calls for _, calls in tokens) == 1, "called twice"
    assert faults(hospital) == []


def told(shifts: Sequence[Shift]) -> str:
    """Return what was done, in a line."""
    return (
        f"{sum(len(s.done) for s in shifts)} acknowledged, "
        f"{sum(s.committed_after_all for s in shifts)} of an unknown end had committed, "
        f"{sum(s.done_again for s in shifts)} had not; "
        f"longest wait {max(s.longest_gap_seconds for s in shifts):.1f} s"
    )
