"""The life in the demo's halls: people come as in the arrivals file, robots call and serve.

The same events play first in the past, on a replaced clock and as fast as they
can (the morning already under way), then live.  Robots look at what is in their
room before each step, so whoever sits at the console may do anything: take a
token away, pause a queue, call in a robot's room.
"""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count, pairwise
from math import log
from random import Random
from typing import Any, TypeVar

from hms.bootstrap import Application
from hms.features.tokens import service as tokens
from hms.features.tokens.queries import TokenView
from hms.features.tokens.rules import Status
from hms.infra.sessions import SignedIn
from hms.kernel import clock
from hms.kernel.errors import HmsError
from hms.simulation.arrivals import Arrival
from hms.simulation.demo.hospital import QUEUES, DemoQueue
from hms.simulation.engine import admit
from hms.simulation.people import make_person
from hms.simulation.plan import class_of

T = TypeVar("T")

ARRIVAL_SECONDS = 15.0  # between arrivals on average, at speed 1
SERVICE_SECONDS = 62.0
WALK_SECONDS = (9.0, 20.0)
PAUSE_SECONDS = (2.0, 7.0)  # between two patients
IDLE_SECONDS = 8.0
LOOK_SECONDS = 4.0
HOUSEKEEPING_SECONDS = 60.0
HANDOVER_MINUTES = 6.0  # before the demo opens: somebody shall wait for whoever signs in
MOST_WAITING = {True: 12, False: 7}  # by whether robots serve: nobody need drown in the demo
NO_SHOW, RECALL, KNOWN, NAMELESS = 0.05, 0.08, 0.2, 0.06
_ELSEWHERE = (("GM", 40), ("FM", 15), ("EY", 13), ("SU", 9), ("LAB", 15), ("PH", 8))
_BY_SPECIALTY = {"surgical": "SU", "medical": "GM"}


@dataclass(slots=True)
class Robot:
    """Who serves one room of one queue."""

    queue: str
    room: str
    token_id: int | None = None
    stand_in: bool = False  # for a person, until the demo opens


class Life:
    """Arrivals and robots of the demo hospital."""

    def __init__(
        self,
        application: Application,
        who: SignedIn,
        arrivals: Sequence[Arrival],
        known: Sequence[str],
        *,
        seed: int = 1,
        speed: float = 1.0,
    ) -> None:
        """Take people from ``arrivals`` over and over, now and then one of the MRNs ``known``."""
        self._application = application
        self._who = who
        self._chance = Random(seed)
        self._live_speed = speed
        self._speed = 1.0
        self._known = list(known)
        self._queues = {queue.code: queue for queue in QUEUES}
        self._waiting = dict.fromkeys(self._queues, 0)
        self._robots = [
            Robot(queue.code, room, stand_in=not queue.robots)
            for queue in QUEUES
            for room in queue.rooms
        ]
        self._order = count()
        self._agenda: list[tuple[datetime, int, Callable[..., None], tuple[Any, ...]]] = []
        self._people = _over_and_over(arrivals)
        self._now = self._handover = clock.now()

    def play_past(self, minutes: float) -> None:
        """Play the last ``minutes``, as fast as it can; then hand the people's rooms to them."""
        end = clock.now()
        self._now = end - timedelta(minutes=minutes)
        self._handover = end - timedelta(minutes=HANDOVER_MINUTES)
        self._in(0, self._arrive)
        for robot in self._robots:
            self._in(self._chance.uniform(20, 90), self._next, robot)
        with clock.replaced(lambda: self._now):
            while self._agenda[0][0] < end:
                self._now, _, happen, given = heapq.heappop(self._agenda)
                happen(*given)
            self._now = end
            for robot in self._robots:
                if robot.stand_in and robot.token_id is not None:
                    self._try(tokens.complete, robot.token_id)
        self._agenda = [event for event in self._agenda if not _is_stand_in(event[3])]
        heapq.heapify(self._agenda)

    def play(self, stop: threading.Event) -> None:
        """Go on live until ``stop`` is set."""
        self._now = clock.now()
        self._speed = self._live_speed
        self._in(0, self._keep_house)
        self._in(0, self._look)
        while not stop.is_set():
            when, _, happen, given = heapq.heappop(self._agenda)
            if stop.wait(max((when - clock.now()).total_seconds(), 0.0)):
                return
            self._now = clock.now()
            happen(*given)

    # --- what happens ---

    def _arrive(self) -> None:
        gap, arrival = next(self._people)
        self._in(gap * ARRIVAL_SECONDS, self._arrive)
        queue = self._queues[self._queue_of(arrival)]
        if self._waiting[queue.code] >= MOST_WAITING[queue.robots]:
            return
        if self._issue(queue, arrival) is not None:
            self._waiting[queue.code] += 1

    def _issue(self, queue: DemoQueue, arrival: Arrival) -> TokenView | None:
        token_class = class_of(arrival)
        if self._chance.random() < NAMELESS:
            nameless = tokens.IssueToken(queue.code, None, token_class.value)
            return self._try(tokens.issue, nameless)
        if self._known and self._chance.random() < KNOWN:
            known = tokens.IssueToken(queue.code, self._chance.choice(self._known))
            return self._try(tokens.issue, known)
        said = make_person(self._chance, today=self._now.date(), sex=arrival.sex, ages=arrival.ages)
        return self._try(admit, said, queue.code, token_class)

    def _next(self, robot: Robot) -> None:
        """Call the next one, or come back a little later."""
        robot.token_id = None
        if robot.stand_in and self._now >= self._handover:
            return
        waits = self._waiting[robot.queue] > 0
        token = self._try(tokens.call_next, robot.queue, room=robot.room) if waits else None
        if token is None:
            self._in(IDLE_SECONDS, self._next, robot)
            return
        robot.token_id = token.id
        self._waiting[robot.queue] = max(self._waiting[robot.queue] - 1, 0)
        after = self._chance.uniform(*WALK_SECONDS)
        chance = self._chance.random()
        if chance < NO_SHOW:
            self._in(3 * after, self._step, robot, Status.CALLED, tokens.no_show, self._next)
        elif chance < NO_SHOW + RECALL:
            self._in(2 * after, self._step, robot, Status.CALLED, tokens.recall, self._come_in)
        else:
            self._in(after, self._come_in, robot)

    def _come_in(self, robot: Robot) -> None:
        self._step(robot, Status.CALLED, tokens.start, self._serve)

    def _serve(self, robot: Robot) -> None:
        crowd = max(0.5, min(1.8, 7 / (self._waiting[robot.queue] + 2)))
        seconds = self._chance.lognormvariate(log(SERVICE_SECONDS * crowd), 0.35)
        self._in(seconds, self._step, robot, Status.IN_PROGRESS, tokens.complete, self._next)

    def _step(
        self,
        robot: Robot,
        expected: Status,
        use_case: Callable[..., TokenView],
        then: Callable[[Robot], None],
    ) -> None:
        """Do ``use_case`` on the robot's token if it is still ``expected``, then go on."""
        token = self._ask(tokens.show_token, robot.token_id)
        if token is None or token.status != expected or token.room != robot.room:
            then = self._next  # somebody at the console took it over
        else:
            self._try(use_case, token.id)
        wait = self._chance.uniform(*PAUSE_SECONDS) if then == self._next else 0.0
        if then == self._come_in:
            wait = self._chance.uniform(*WALK_SECONDS)
        self._in(wait, then, robot)

    def _keep_house(self) -> None:
        """Close days that are over."""
        self._try(tokens.close_past_days)
        self._in(HOUSEKEEPING_SECONDS * self._speed, self._keep_house)

    def _look(self) -> None:
        """Count who waits: people at the console give tokens and call too."""
        for view in self._ask(tokens.list_queues) or []:
            self._waiting[view.row.code] = view.waiting
        self._in(LOOK_SECONDS * self._speed, self._look)

    # --- helpers ---

    def _queue_of(self, arrival: Arrival) -> str:
        if arrival.triage in ("Red", "Orange"):
            return "EM"
        if arrival.ages is not None and arrival.ages[1] <= 17:
            return "CH"
        by_specialty = _BY_SPECIALTY.get(arrival.specialty)
        if by_specialty is not None:
            return by_specialty
        codes, weights = zip(*_ELSEWHERE, strict=True)
        return str(self._chance.choices(codes, weights)[0])

    def _in(self, seconds: float, happen: Callable[..., None], *given: Any) -> None:
        when = self._now + timedelta(seconds=seconds / self._speed)
        heapq.heappush(self._agenda, (when, next(self._order), happen, given))

    def _try(self, use_case: Callable[..., T], *args: Any, **named: Any) -> T | None:
        """Run a use case; None when a rule, a person or a busy database says no."""
        try:
            return self._application.do_now(self._who, use_case, *args, **named)
        except HmsError:
            return None

    def _ask(self, use_case: Callable[..., T], *args: Any) -> T | None:
        try:
            return self._application.ask_now(self._who, use_case, *args)
        except HmsError:
            return None


def _is_stand_in(given: tuple[Any, ...]) -> bool:
    return bool(given) and isinstance(given[0], Robot) and given[0].stand_in


def _over_and_over(arrivals: Sequence[Arrival]) -> Iterator[tuple[float, Arrival]]:
    """Yield each daytime arrival with the gap before the next, 1 on average, for ever."""
    day = [arrival for arrival in arrivals if 8 <= arrival.at.hour < 20]
    gaps = [min((after.at - before.at).total_seconds(), 3600.0) for before, after in pairwise(day)]
    mean = sum(gaps) / len(gaps)
    while True:
        for gap, arrival in zip(gaps, day, strict=False):
            yield gap / mean, arrival
