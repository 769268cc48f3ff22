"""A few days of arrivals through the real use cases, on the simulation's own clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from hms.bootstrap import Application
from hms.kernel import clock
from hms.simulation.arrivals import Arrival
from hms.simulation.engine import Simulation
from hms.simulation.ledger import prove
from hms.simulation.plan import LINES, seats
from hms.simulation.scratch import furnish, scratch_hospital
from tests.simulation.days import arrival, first
from tests.support import quick_folder


@pytest.fixture
def application(tmp_path: Path) -> Iterator[Application]:
    with (
        quick_folder(tmp_path) as folder,
        scratch_hospital(f"sqlite+aiosqlite:///{folder / 'hms.db'}") as opened,
    ):
        yield opened


def play(
    application: Application,
    arrivals: tuple[Arrival, ...],
    doctors: int = 4,
    no_show_rate: float = 0.0,
) -> Simulation:
    who = application.as_service("simulate")
    places = seats(doctors, arrivals)
    furnish(application, who, LINES, places)
    simulation = Simulation(application, who, arrivals, places, no_show_rate=no_show_rate)
    simulation.run()
    return simulation


def all_of(application: Application, sql: str) -> list[tuple[object, ...]]:
    return application.db.read_now(lambda work: [tuple(r) for r in work.db.execute(text(sql))])


def test_every_arrival_is_issued_called_exactly_once_and_completed(
    application: Application,
) -> None:
    tally = play(application, first(120)).tally
    assert (tally.issued, tally.called, tally.completed) == (120, 120, 120)
    [counted] = all_of(
        application,
        "SELECT count(*), sum(call_count), sum(status = 'completed'),"
        " sum(arrived_at <= called_at AND called_at <= started_at AND started_at <= ended_at)"
        " FROM token",
    )
    assert counted == (120, 120, 120, 120)
    assert all_of(application, "SELECT count(*) FROM patient") == [(120,)]
    calls = "SELECT count(*), count(DISTINCT subject_id) FROM outbox WHERE kind = 'TokenCalled'"
    assert all_of(application, calls) == [(120, 120)]


def test_time_is_the_files_and_the_clock_is_given_back(application: Application) -> None:
    play(application, (arrival(9, 30),))
    [(arrived,)] = all_of(application, "SELECT arrived_at FROM token")
    assert str(arrived).startswith("2031-03-03 09:30:00")
    assert abs((clock.now() - datetime.now(UTC)).total_seconds()) < 5


def test_an_emergency_is_called_before_those_who_waited_longer(application: Application) -> None:
    people = (
        *(arrival(9, minute, triage="Orange") for minute in range(4)),
        arrival(9, 5, triage="Red"),
    )
    play(application, people, doctors=1)
    found = all_of(application, "SELECT token_class FROM token ORDER BY called_at")
    assert [token_class for (token_class,) in found].index("emergency") == 1


def test_one_doctor_is_enough_in_the_end(application: Application) -> None:
    tally = play(application, first(40), doctors=1).tally
    assert tally.completed == 40
    assert max(tally.waits) > 60


def test_those_who_miss_their_call_rejoin_or_stay_away(application: Application) -> None:
    tally = play(application, first(150), no_show_rate=0.4).tally
    assert tally.no_show > 0
    assert tally.completed + tally.no_show == tally.issued == tally.called == 150
    again = all_of(application, "SELECT count(*) FROM token WHERE call_count = 2")
    assert again != [(0,)]
    application.db.read_now(prove)


def test_the_same_seed_makes_the_same_days(tmp_path: Path) -> None:
    seen = []
    for name in ("one", "other"):
        with scratch_hospital(f"sqlite+aiosqlite:///{tmp_path / name / 'hms.db'}") as application:
            play(application, first(25), no_show_rate=0.2)
            seen.append(all_of(application, "SELECT code, status, room, called_at FROM token"))
    assert seen[0] == seen[1]
