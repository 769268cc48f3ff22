"""A whole hospital of consoles at once, and one that stands still in the middle (trust.md, T28)."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest

from hms.bootstrap import wire
from hms.features.staff.service import service_actor
from hms.features.tokens import service as tokens
from hms.features.tokens.errors import NothingWaiting
from hms.infra import sqlite
from hms.infra.transact import DatabaseBusy
from hms.infra.uow import Work
from hms.kernel.errors import HmsError
from tests.sizes import sizes
from tests.support import SERVICE, hospital_at, opened
from tests.trust.books import faults, url_of
from tests.trust.desk_process import Day, Held, at_work, processes, settings_at
from tests.trust.test_many_desks import figures


def console(url: str, seconds: float, seed: int, start: Barrier, results: Any) -> None:
    """Sit down with all the others, then do something about once a second."""
    start.wait()
    results.put(asyncio.run(_sit(url, seconds, random.Random(seed))))


async def _sit(url: str, seconds: float, chance: random.Random) -> Day:
    day = Day()
    began = time.perf_counter()
    application = wire(settings_at(url))
    who = application.as_service(SERVICE)
    await application.ask(who, tokens.list_queues)
    day.codes.append(f"{(time.perf_counter() - began) * 1000:.0f}")  # how long the start took
    room = f"R {chance.randrange(10**9)}"
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        await asyncio.sleep(chance.uniform(0.5, 1.5))
        acts = (
            lambda: application.do(who, tokens.issue, tokens.IssueToken("GM")),
            lambda: application.do(who, tokens.call_next, "GM", room=room, finish=True),
            lambda: application.ask(who, tokens.list_queues),
        )
        act = acts[chance.randrange(3)]
        began = time.perf_counter()
        try:
            await act()
        except NothingWaiting:
            day.refused += 1
        except HmsError as error:
            day.errors.append(f"{error.code}: {error}")
        day.took_ms.append((time.perf_counter() - began) * 1000)
    await application.close()
    return day


@pytest.mark.serial
@sizes("much", (8, 4, 5_000), (50, 30 * 60, 300))
def test_many_consoles_start_at_once_and_work_without_an_error(
    tmp_path: Path, much: tuple[int, float, float]
) -> None:
    how_many, seconds, bound_ms = much
    with hospital_at(tmp_path / "hms.db"):
        pass
    url = url_of(tmp_path / "hms.db")
    context = processes()
    start, results = context.Barrier(how_many), context.SimpleQueue()
    desks = [
        context.Process(target=console, args=(url, seconds, number, start, results))
        for number in range(how_many)
    ]
    for desk in desks:
        desk.start()
    days = [results.get() for _ in desks]
    for desk in desks:
        desk.join()
    starts = sorted(float(day.codes[0]) for day in days)
    print(f"\n{figures('consoles', days)}; all open after {starts[-1]:.0f} ms")
    assert [error for day in days for error in day.errors] == []
    with opened(settings_at(url)) as hospital:
        assert faults(hospital) == []
    took = sorted(ms for day in days for ms in day.took_ms)
    assert took[int(len(took) * 0.99)] < bound_ms


def stand_still(url: str, told: Connection) -> None:
    """Begin to give out a token and stay in the middle of it until told."""

    def slow(work: Work) -> None:
        tokens.issue(work, service_actor(1, SERVICE), tokens.IssueToken("GM"))
        told.send("inside")
        told.recv()

    with at_work(url) as application:
        application.db.write_now(slow)
        told.send("done")


@pytest.mark.parametrize("how", ["goes on", "killed"])
def test_a_console_that_stands_still_is_named_to_the_others(
    tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 700)
    with hospital_at(tmp_path / "hms.db") as hospital:
        hospital.issue("LAB")
        still = Held(stand_still, url_of(tmp_path / "hms.db"))
        still.go()
        assert still.hear() == "inside"
        os.kill(still.pid, signal.SIGSTOP)
        began = time.monotonic()
        with pytest.raises(DatabaseBusy, match=f"process {still.pid} does not let go"):
            hospital.issue("LAB")
        assert time.monotonic() - began < 5
        assert len(hospital.ask("rosa", tokens.list_tokens)) == 1  # reading goes on

        if how == "killed":
            still.kill()
        else:
            os.kill(still.pid, signal.SIGCONT)
            still.tell("go on")
            assert still.end() == ["done"]
        assert hospital.issue("LAB").code == "LAB-002"
        given = hospital.rows("SELECT code FROM token WHERE code LIKE 'GM%'")
        assert given == ([] if how == "killed" else [("GM-001",)])
        assert faults(hospital) == []
