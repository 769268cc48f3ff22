"""A hospital made of boards and events alone, for tests of the wall without a database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from hms.kernel import clock
from hms.kernel.board import NEXT_SHOWN, Call, Notice, QueueBoard, Serving
from hms.kernel.clock import iso
from hms.kernel.events import HOSPITAL_TOPIC, Recorded
from kiosk_display.state import Hall, Past, Stream, Zone, epoch_of, recent_calls

FRAMES = {"TokenIssued": 2, "TokenCalled": 3, "TokenRecalled": 3, "NoticesChanged": 1}
START = datetime(2031, 3, 3, 9, 0, tzinfo=UTC)


@dataclass
class Patient:
    """One token of the staged hospital: waiting, called or in progress."""

    code: str
    status: str = "waiting"
    room: str | None = None
    calls: int = 0
    called_at: str = ""


@dataclass
class Staged:
    """A hospital as the wall sees it: queues by id, and the log of what happened.

    ``live`` takes the present instant for each event instead of a clock of its own.
    """

    queues: dict[int, QueueBoard]
    live: bool = False
    name: str = "St. Brigid’s Hospital"
    timezone: str = "UTC"
    database: str = "timeline"
    at: datetime = START
    log: list[Recorded] = field(default_factory=list)
    notices: tuple[Notice, ...] = ()
    tokens: dict[int, list[Patient]] = field(default_factory=dict)
    issued: dict[int, int] = field(default_factory=dict)

    def boards(self) -> dict[int, QueueBoard]:
        """Return every queue as it is now."""
        return {key: self._board(key) for key in self.queues}

    def issue(self, queue: int, times: int = 1) -> None:
        """Give out tokens."""
        for _ in range(times):
            number = self.issued[queue] = self.issued.get(queue, 0) + 1
            patient = Patient(f"{self.queues[queue].code}-{number:03}")
            self.tokens.setdefault(queue, []).append(patient)
            self._happen("TokenIssued", queue, patient)

    def call(self, queue: int, room: str | None) -> str:
        """Call the next waiting token; return its code."""
        patient = next(p for p in self.tokens.get(queue, []) if p.status == "waiting")
        patient.status, patient.room, patient.calls = "called", room, patient.calls + 1
        patient.called_at = self._instant()
        self._happen("TokenCalled", queue, patient)
        return patient.code

    def recall(self, queue: int, code: str) -> None:
        """Call a called token once more."""
        patient = self._find(queue, code)
        patient.calls += 1
        self._happen("TokenRecalled", queue, patient)

    def move(self, queue: int, code: str, kind: str, status: str) -> None:
        """Bring a token into another state; a final one takes it off the boards."""
        patient = self._find(queue, code)
        patient.status = status
        if status not in ("waiting", "called", "in_progress"):
            self.tokens[queue].remove(patient)
        self._happen(kind, queue, patient)

    def pause(self, queue: int, paused: bool = True) -> None:
        """Pause a queue, or open it again."""
        self.queues[queue] = replace(self.queues[queue], paused=paused)
        self._record("QueuePaused" if paused else "QueueOpened", queue, 1, {})

    def say(self, *notices: Notice) -> None:
        """Put these notices on the wall instead of those before."""
        self.notices = notices
        self._record("NoticesChanged", HOSPITAL_TOPIC, 1, {})

    def zone(self, name: str | None, ids: Sequence[int] | None = None) -> Zone:
        """Return a zone of these queues, or of all."""
        chosen = tuple(ids if ids is not None else self.queues)
        return Zone(name, chosen, epoch_of(self.database, chosen))

    def stream(self, zone: Zone, kept: int | None = None) -> Stream:
        """Open ``zone`` as a server does that starts now, with the last ``kept`` events."""
        topics = {HOSPITAL_TOPIC, *zone.queue_ids}
        events = [event for event in self.log if event.topic in topics]
        tail = events[len(events) - kept :] if kept is not None and kept < len(events) else events
        codes = {key: self.queues[key].code for key in zone.queue_ids}
        before: tuple[Call, ...] = ()
        if tail is not events:
            before, _ = recent_calls(events[: len(events) - len(tail)], codes)
        past = Past(sum(event.frames for event in events), tail, before)
        hall = Hall(self.name, self.timezone)
        return Stream(zone, hall, past, self.boards(), self.notices)

    def streams(self, zones: Iterable[Zone]) -> dict[str | None, Stream]:
        """Open several zones."""
        return {zone.name: self.stream(zone) for zone in zones}

    @contextmanager
    def news(self) -> Iterator[list[Recorded]]:
        """Give a list that holds, after the block, what happened in it."""
        before, found = len(self.log), list[Recorded]()
        yield found
        found.extend(self.log[before:])

    def _find(self, queue: int, code: str) -> Patient:
        return next(p for p in self.tokens[queue] if p.code == code)

    def _board(self, queue: int) -> QueueBoard:
        tokens = self.tokens.get(queue, [])
        waiting = [p.code for p in tokens if p.status == "waiting"]
        serving = [
            Serving(p.code, p.room, p.status, p.calls, p.called_at)
            for p in tokens
            if p.status in ("called", "in_progress")
        ]
        serving.sort(key=lambda one: one.called_at, reverse=True)
        return replace(
            self.queues[queue],
            waiting=len(waiting),
            next=tuple(waiting[:NEXT_SHOWN]),
            serving=tuple(serving),
        )

    def _happen(self, kind: str, queue: int, patient: Patient) -> None:
        payload: dict[str, object] = {
            "token": patient.code,
            "status": patient.status,
            "room": patient.room,
            "call_no": patient.calls,
        }
        self._record(kind, queue, FRAMES.get(kind, 2), payload)

    def _record(self, kind: str, topic: int, frames: int, payload: dict[str, object]) -> None:
        event_id = len(self.log) + 1
        instant = self._instant()
        self.log.append(Recorded(event_id, instant, kind, topic, event_id, frames, payload))
        self.at += timedelta(seconds=1)

    def _instant(self) -> str:
        return iso(clock.now() if self.live else self.at) or ""


def queue(
    code: str, name: str, room: str | None = None, low: int | None = None, high: int | None = None
) -> QueueBoard:
    """Return an empty queue."""
    return QueueBoard(
        code, name, room, paused=False, waiting=0, wait_low_minutes=low, wait_high_minutes=high
    )


def small_hospital(*, live: bool = False) -> Staged:
    """Return a hospital with three queues."""
    queues = {
        1: queue("GM", "General medicine", "Room 1"),
        2: queue("ENT", "Ear, nose and throat", "Room 7"),
        3: queue("LAB", "Laboratory", "Counter 2"),
    }
    return Staged(queues, live=live)
