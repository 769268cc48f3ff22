"""The simulated hospital: its queues, who goes where, and how long a service takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, log
from random import Random

from hms.features.tokens.rules import TokenClass
from hms.simulation.arrivals import Arrival


@dataclass(frozen=True, slots=True)
class Line:
    """A queue of the plan and the department it belongs to."""

    code: str
    name: str
    department: str


@dataclass(frozen=True, slots=True)
class Seat:
    """A doctor's place: the room, and the queue served before all others."""

    login: str
    room: str
    home: str


LINES = (
    Line("EM", "Emergency", "Emergency"),
    Line("UC", "Urgent care", "Emergency"),
    Line("GM", "General medicine", "Emergency"),
    Line("CH", "Children", "Paediatrics"),
    Line("ME", "Internal medicine", "Medicine"),
    Line("ON", "Blood and cancer", "Medicine"),
    Line("SU", "Surgery", "Surgery"),
)
_BY_SPECIALTY = {"medical": "ME", "haem/onc": "ON", "surgical": "SU", "paediatric": "CH"}
_BY_TRIAGE = {"Red": "EM", "Orange": "EM", "Yellow": "UC"}

# Typical minutes with the doctor by colour, and the spread of the log-normal around them.
SERVICE_MINUTES = {"Red": 30.0, "Orange": 20.0, "Yellow": 14.0, "Green": 9.0, "Blue": 7.0, "": 9.0}
SPREAD = 0.45
WALK_MINUTES = (0.5, 2.0)  # from the call to the chair
_BUSY_HOUR = 0.75  # doctors are enough for this share of all hours; the others make a queue


def line_of(arrival: Arrival) -> str:
    """Return the code of the queue that an arrival is sent to."""
    if arrival.triage == "Red":
        return "EM"
    if arrival.ages is not None and arrival.ages[1] <= 17:
        return "CH"
    by_specialty = _BY_SPECIALTY.get(arrival.specialty)
    return by_specialty or _BY_TRIAGE.get(arrival.triage, "GM")


def class_of(arrival: Arrival) -> TokenClass:
    """Return the class that an arrival's token gets."""
    if arrival.triage == "Red":
        return TokenClass.EMERGENCY
    if arrival.ages is not None and arrival.ages[0] >= 75:
        return TokenClass.ELDERLY
    if arrival.ages is not None and arrival.ages[1] <= 17:
        return TokenClass.CHILD
    return TokenClass.NORMAL


def service_minutes(triage: str, chance: Random) -> float:
    """Return how long the doctor needs for one patient, in minutes."""
    return chance.lognormvariate(log(SERVICE_MINUTES[triage]), SPREAD)


def doctors_for(arrivals: Sequence[Arrival]) -> int:
    """Return how many doctors the busy hours of ``arrivals`` need."""
    hours = Counter(arrival.at.replace(minute=0, second=0, microsecond=0) for arrival in arrivals)
    if not hours:
        return 1
    counts = sorted(hours.values())
    busy = counts[min(int(len(counts) * _BUSY_HOUR), len(counts) - 1)]
    minutes = sum(SERVICE_MINUTES[arrival.triage] for arrival in arrivals) / len(arrivals)
    walk = sum(WALK_MINUTES) / 2
    return max(2, ceil(busy * (minutes * 1.1 + walk) / 60))


def seats(doctors: int, arrivals: Iterable[Arrival]) -> tuple[Seat, ...]:
    """Return a seat for each of ``doctors``; the heavier a queue's work, the more it is home to."""
    work: Mapping[str, float] = _work(arrivals)
    given: Counter[str] = Counter()
    made: list[Seat] = []
    for number in range(1, doctors + 1):
        home = max(work, key=lambda code: (work[code] / (given[code] + 1), -len(made)))
        given[home] += 1
        made.append(Seat(f"doctor{number}", f"Room {number}", home))
    return tuple(made)


def _work(arrivals: Iterable[Arrival]) -> dict[str, float]:
    work = {line.code: 0.0 for line in LINES}
    for arrival in arrivals:
        work[line_of(arrival)] += SERVICE_MINUTES[arrival.triage]
    return work
