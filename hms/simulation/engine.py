"""Discrete events: people arrive, doctors call, serve and complete, each by its real use case.

Time is the simulation's own and jumps from event to event; every use case sees
it through the kernel's clock.  The same seed makes the same days.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from hms.bootstrap import Application
from hms.features.patients import service as patients
from hms.features.tokens import service as tokens
from hms.features.tokens.queries import TokenView
from hms.features.tokens.rules import TokenClass
from hms.infra.sessions import SignedIn
from hms.infra.uow import Work
from hms.kernel import clock
from hms.kernel.actor import Actor
from hms.kernel.errors import Refused
from hms.simulation.arrivals import Arrival, RefusedRow
from hms.simulation.people import make_person
from hms.simulation.plan import WALK_MINUTES, Seat, class_of, line_of, service_minutes

PATIENCE_MINUTES = 3.0  # how long a doctor waits for somebody who does not come
LATE_MINUTES = (5.0, 40.0)  # when such a one turns up after all
REJOINING = 0.5  # share of those who missed their call


@dataclass(slots=True)
class Doctor:
    """Who serves; ``token_id`` is the token in the room, None while the doctor is free."""

    seat: Seat
    token_id: int | None = None


@dataclass(slots=True)
class Tally:
    """What happened; waits are minutes from arrival to the first call."""

    issued: int = 0
    completed: int = 0
    no_show: int = 0
    refused: list[RefusedRow] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    @property
    def called(self) -> int:
        """Return how many tokens were called at least once."""
        return len(self.waits)


@dataclass(slots=True)
class _Guest:
    """What the simulation knows of a token beside the database."""

    arrival: Arrival
    missed: int = 0


def admit(
    work: Work, actor: Actor, said: patients.RegisterPatient, queue: str, token_class: TokenClass
) -> TokenView:
    """Register a newcomer and give a token: both or neither, as the desk does in one flow."""
    patient = patients.register(work, actor, said, allow_duplicate=True)
    return tokens.issue(work, actor, tokens.IssueToken(queue, patient.id, token_class.value))


class Simulation:
    """One run over ``arrivals``, in order of time, with one doctor on each seat."""

    def __init__(
        self,
        application: Application,
        who: SignedIn,
        arrivals: Sequence[Arrival],
        seats: Sequence[Seat],
        *,
        seed: int = 1,
        no_show_rate: float = 0.0,
    ) -> None:
        self._application = application
        self._who = who
        self._chance = Random(seed)
        self._no_show_rate = no_show_rate
        self._doctors = [Doctor(seat) for seat in seats]
        self._waiting: Counter[str] = Counter()
        self._guests: dict[int, _Guest] = {}
        self._order = count()
        self._agenda: list[tuple[datetime, int, Callable[..., None], tuple[Any, ...]]] = []
        self._now = arrivals[0].at if arrivals else clock.now()
        self.tally = Tally()
        for arrival in arrivals:
            self._at(arrival.at, self._arrive, arrival)

    def run(
        self,
        *,
        pace: Callable[[datetime], None] = lambda _at: None,
        until: datetime | None = None,
        step: Callable[[int], None] = lambda _arrivals: None,
    ) -> None:
        """Play every event, or those before ``until``.

        Args:
            pace: told each event's instant, returns when it is time for it.
            until: where to stop; what is under way stays so.
            step: told of each arrival.
        """
        with clock.replaced(lambda: self._now):
            while self._agenda and (until is None or self._agenda[0][0] < until):
                self._now, _, happen, given = heapq.heappop(self._agenda)
                pace(self._now)
                happen(*given)
                if happen == self._arrive:
                    step(1)

    def _at(self, when: datetime, happen: Callable[..., None], *given: Any) -> None:
        heapq.heappush(self._agenda, (when, next(self._order), happen, given))

    def _in(self, minutes: float, happen: Callable[..., None], *given: Any) -> None:
        self._at(self._now + timedelta(minutes=minutes), happen, *given)

    def _do(self, use_case: Callable[..., TokenView], *args: Any, **named: Any) -> TokenView:
        return self._application.do_now(self._who, use_case, *args, **named)

    # --- what happens ---

    def _arrive(self, arrival: Arrival) -> None:
        said = make_person(self._chance, today=self._now.date(), sex=arrival.sex, ages=arrival.ages)
        code = line_of(arrival)
        try:
            token = self._do(admit, said, code, class_of(arrival))
        except Refused as refusal:
            self.tally.refused.append(RefusedRow(arrival.line, refusal.message))
            return
        self.tally.issued += 1
        self._guests[token.id] = _Guest(arrival)
        self._join(code)

    def _join(self, code: str) -> None:
        self._waiting[code] += 1
        free = [doctor for doctor in self._doctors if doctor.token_id is None]
        if free:
            self._call(min(free, key=lambda doctor: doctor.seat.home != code))

    def _call(self, doctor: Doctor, *, finish: bool = False) -> None:
        code = self._choice(doctor)
        room = doctor.seat.room
        token = self._do(tokens.call_next, code, room=room, finish=finish)
        self._waiting[code] -= 1
        doctor.token_id = token.id
        guest = self._guests[token.id]
        if token.call_count == 1:
            waited = token.called_at or self._now
            self.tally.waits.append((waited - token.arrived_at).total_seconds() / 60)
        if not guest.missed and self._chance.random() < self._no_show_rate:
            self._in(PATIENCE_MINUTES, self._miss, doctor)
        else:
            self._in(self._chance.uniform(*WALK_MINUTES), self._start, doctor)

    def _choice(self, doctor: Doctor) -> str:
        """Return the queue this doctor calls from: the own one, else the longest."""
        home = doctor.seat.home
        return home if self._waiting[home] else self._waiting.most_common(1)[0][0]

    def _start(self, doctor: Doctor) -> None:
        assert doctor.token_id is not None
        self._do(tokens.start, doctor.token_id)
        triage = self._guests[doctor.token_id].arrival.triage
        self._in(service_minutes(triage, self._chance), self._finish, doctor)

    def _finish(self, doctor: Doctor) -> None:
        assert doctor.token_id is not None
        self.tally.completed += 1
        del self._guests[doctor.token_id]
        if self._waiting.total():
            self._call(doctor, finish=True)
        else:
            self._do(tokens.complete, doctor.token_id)
            doctor.token_id = None

    def _miss(self, doctor: Doctor) -> None:
        assert doctor.token_id is not None
        token = self._do(tokens.no_show, doctor.token_id)
        doctor.token_id = None
        self._guests[token.id].missed += 1
        self.tally.no_show += 1
        if self._chance.random() < REJOINING:
            self._in(self._chance.uniform(*LATE_MINUTES), self._rejoin, token.id)
        if self._waiting.total():
            self._call(doctor)

    def _rejoin(self, token_id: int) -> None:
        token = self._do(tokens.rejoin, token_id)
        self.tally.no_show -= 1
        self._join(token.queue)
