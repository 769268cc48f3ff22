"""A whole simulation: hospital made, arrivals played, log proved, summary drawn up."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from hms.features.tokens.model import Token
from hms.features.tokens.rules import Status
from hms.infra.tables import table_of
from hms.infra.uow import Work
from hms.simulation.arrivals import Arrivals, RefusedRow
from hms.simulation.engine import Simulation
from hms.simulation.ledger import Agreement, prove
from hms.simulation.plan import LINES, doctors_for, seats
from hms.simulation.scratch import furnish, scratch_hospital

_token = table_of(Token)
_WAITING = select(func.count()).where(_token.c.status == Status.WAITING.value)


@dataclass(frozen=True, slots=True)
class Plan:
    """How to simulate: ``speed`` in simulated seconds a second, 0 for as fast as it can.

    ``doctors`` None takes as many as the busy hours of the file need.
    """

    speed: float = 0.0
    doctors: int | None = None
    seed: int = 1
    no_show_rate: float = 0.0


@dataclass(frozen=True, slots=True)
class Summary:
    """What came of it; waits in minutes from arrival to the first call, None without a call."""

    arrivals: int
    issued: int
    called: int
    completed: int
    no_show: int
    refused: tuple[RefusedRow, ...]
    waiting: int
    wait_p50_minutes: float | None
    wait_p90_minutes: float | None
    doctors: int
    seconds: float
    log: Agreement

    def as_json(self) -> dict[str, Any]:
        """Return the summary with the contract's keys."""
        return {
            "arrivals": self.arrivals,
            "issued": self.issued,
            "called": self.called,
            "completed": self.completed,
            "no_show": self.no_show,
            "refused": len(self.refused),
            "waiting": self.waiting,
            "wait_p50_minutes": self.wait_p50_minutes,
            "wait_p90_minutes": self.wait_p90_minutes,
            "seconds": self.seconds,
            "doctors": self.doctors,
            "events": self.log.events,
        }


def simulate_month(
    arrivals: Arrivals,
    plan: Plan,
    *,
    url: str | None = None,
    step: Callable[[int], None] = lambda _arrivals: None,
) -> Summary:
    """Play ``arrivals`` on a hospital of their own and prove its log.

    Args:
        arrivals: the good and the refused rows of a file.
        plan: speed, doctors, chance.
        url: an empty database to use and keep instead of a temporary one.
        step: told of each arrival as it happens.

    Raises:
        HospitalInUse: the database at ``url`` is some hospital's.
        Unavailable: it cannot be used.
        LogDisagrees: the events do not add up to the tables.
    """
    began = time.monotonic()
    doctors = plan.doctors or doctors_for(arrivals.good)
    places = seats(doctors, arrivals.good)
    with scratch_hospital(url) as application:
        who = application.as_service("simulate")
        furnish(application, who, LINES, places)
        simulation = Simulation(
            application,
            who,
            arrivals.good,
            places,
            seed=plan.seed,
            no_show_rate=plan.no_show_rate,
        )
        simulation.run(pace=_pace(plan.speed), step=step)
        log, waiting = application.db.read_now(lambda work: (prove(work), _waiting(work)))
    tally = simulation.tally
    return Summary(
        arrivals=len(arrivals.good) + len(arrivals.refused),
        issued=tally.issued,
        called=tally.called,
        completed=tally.completed,
        no_show=tally.no_show,
        refused=(*arrivals.refused, *tally.refused),
        waiting=waiting,
        wait_p50_minutes=quantile(tally.waits, 0.5),
        wait_p90_minutes=quantile(tally.waits, 0.9),
        doctors=doctors,
        seconds=round(time.monotonic() - began, 3),
        log=log,
    )


def quantile(values: Sequence[float], part: float) -> float | None:
    """Return the value below which ``part`` of ``values`` lie (nearest rank), None of none."""
    if not values:
        return None
    ordered = sorted(values)
    return round(ordered[min(int(part * len(ordered)), len(ordered) - 1)], 1)


def _waiting(work: Work) -> int:
    return int(work.db.execute(_WAITING).scalar_one())


def _pace(speed: float) -> Callable[[datetime], None]:
    """Return what sleeps until an event is due, ``speed`` simulated seconds a second."""
    if not speed:
        return lambda _at: None
    began: list[tuple[float, datetime]] = []

    def wait(at: datetime) -> None:
        if not began:
            began.append((time.monotonic(), at))
        start, first = began[0]
        due = start + (at - first).total_seconds() / speed
        time.sleep(max(due - time.monotonic(), 0.0))

    return wait
