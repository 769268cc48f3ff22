"""A hospital's queues as one would keep them on paper: what the real ones must equal."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from hms.features.tokens import errors
from hms.kernel.errors import HmsError

ROOM = {"GM": "Room 1", "ENT": "Room 2", "LAB": "Lab 1"}
POLICY = {"GM": "due", "ENT": "arrival", "LAB": "strict"}
HEAD_START = {"elderly": 15, "child": 10, "normal": 0, "emergency": 0}
ACTIVE = ("waiting", "called", "in_progress", "on_hold")
SERVING = ("called", "in_progress")
MAX_RECALLS = 3
UNDO_SECONDS = 30


@dataclass(frozen=True)
class Slip:
    """One leg of a token."""

    id: int
    queue: str
    number: int
    kind: str
    patient: int | None
    day: date
    arrived: datetime
    status: str = "waiting"
    room: str | None = None
    calls: int = 0
    recalls: int = 0
    leg: int = 1
    came_from: int | None = None

    @property
    def place(self) -> tuple[int, datetime, int]:
        """Return what sorts the line: urgency, due time, order of issue."""
        if self.kind == "emergency":
            return 0, self.arrived, self.id
        policy = POLICY[self.queue]
        if policy == "strict":
            return (2 if self.kind == "normal" else 1), self.arrived, self.id
        head_start = HEAD_START[self.kind] if policy == "due" else 0
        return 2, self.arrived - timedelta(minutes=head_start), self.id


@dataclass
class Before:
    """What the last change of a slip replaced."""

    verb: str
    at: datetime
    slip: Slip


@dataclass
class Paper:
    """All slips, and what may be done with them; a refusal changes nothing."""

    now: datetime
    slips: dict[int, Slip] = field(default_factory=dict)
    before: dict[int, Before] = field(default_factory=dict)
    last: dict[tuple[str, date], int] = field(default_factory=dict)
    paused: set[str] = field(default_factory=set)
    calls_told: int = 0

    @property
    def today(self) -> date:
        return (self.now - timedelta(hours=3)).date()

    def line(self, queue: str) -> list[Slip]:
        """Return who waits, of any day, in call order."""
        waiting = [s for s in self.slips.values() if s.queue == queue and s.status == "waiting"]
        return sorted(waiting, key=lambda slip: slip.place)

    def at(self, room: str) -> Slip | None:
        """Return who is called to the room or in it."""
        here = [s for s in self.slips.values() if s.room == room and s.status in SERVING]
        assert len(here) <= 1
        return here[0] if here else None

    def queued(self, patient: int | None, queue: str) -> bool:
        """Return whether the patient has an active slip in the queue."""
        return patient is not None and any(
            s.patient == patient and s.queue == queue and s.status in ACTIVE
            for s in self.slips.values()
        )

    # Each deed returns the refusal that it must meet, None when it was done.

    def issue(self, queue: str, kind: str, patient: int | None) -> type[HmsError] | None:
        if self.queued(patient, queue):
            return errors.AlreadyQueued
        number = self.last[queue, self.today] = self.last.get((queue, self.today), 0) + 1
        slip = Slip(len(self.slips) + 1, queue, number, kind, patient, self.today, self.now)
        self.slips[slip.id] = slip
        self.before[slip.id] = Before("issue", self.now, slip)
        return None

    def call_next(self, queue: str, finish: bool) -> type[HmsError] | None:
        if queue in self.paused:
            return errors.QueueIsPaused
        inside = self.at(ROOM[queue])
        if inside and not finish:
            return errors.RoomBusy
        line = [slip for slip in self.line(queue) if slip.day == self.today]
        if not line:
            return errors.NothingWaiting
        if inside:
            self._change(inside, "complete", status="completed")
        self._called(line[0])
        return None

    def call(self, slip: Slip) -> type[HmsError] | None:
        if slip.queue in self.paused:
            return errors.QueueIsPaused
        if slip.status != "waiting" or slip.day < self.today:
            return errors.WrongState
        if self.at(ROOM[slip.queue]):
            return errors.RoomBusy
        self._called(slip)
        return None

    def recall(self, slip: Slip) -> type[HmsError] | None:
        if slip.status != "called":
            return errors.WrongState
        if slip.recalls >= MAX_RECALLS:
            return errors.RecallsUsed
        self._change(slip, "recall", calls=slip.calls + 1, recalls=slip.recalls + 1)
        self.calls_told += 1
        return None

    def start(self, slip: Slip) -> type[HmsError] | None:
        return self._move(slip, "start", ("called",), status="in_progress")

    def complete(self, slip: Slip) -> type[HmsError] | None:
        return self._move(slip, "complete", SERVING, status="completed")

    def hold(self, slip: Slip) -> type[HmsError] | None:
        return self._move(slip, "hold", SERVING, status="on_hold")

    def resume(self, slip: Slip) -> type[HmsError] | None:
        if slip.status == "on_hold" and slip.room and self.at(slip.room):
            return errors.RoomBusy
        return self._move(slip, "resume", ("on_hold",), status="in_progress")

    def put_back(self, slip: Slip) -> type[HmsError] | None:
        if slip.day < self.today:
            return errors.WrongState
        return self._move(slip, "put_back", ("called", "on_hold"), status="waiting", room=None)

    def no_show(self, slip: Slip) -> type[HmsError] | None:
        return self._move(slip, "no_show", ("called",), status="no_show")

    def rejoin(self, slip: Slip) -> type[HmsError] | None:
        if slip.status != "no_show" or slip.day < self.today:
            return errors.WrongState
        if self.queued(slip.patient, slip.queue):
            return errors.AlreadyQueued
        return self._move(slip, "rejoin", ("no_show",), status="waiting", room=None)

    def cancel(self, slip: Slip) -> type[HmsError] | None:
        sources = ("waiting", "called", "on_hold", "no_show")
        return self._move(slip, "cancel", sources, status="cancelled")

    def leave(self, slip: Slip) -> type[HmsError] | None:
        sources = ("waiting", "called", "on_hold", "no_show")
        return self._move(slip, "leave", sources, status="left")

    def transfer(self, slip: Slip, to: str) -> type[HmsError] | None:
        if to == slip.queue:
            return errors.WrongState
        if self.queued(slip.patient, to):
            return errors.AlreadyQueued
        refused = self._move(slip, "transfer", ACTIVE, status="transferred")
        if refused:
            return refused
        leg = Slip(
            len(self.slips) + 1, to, slip.number, slip.kind, slip.patient, self.today,
            slip.arrived, leg=slip.leg + 1, came_from=slip.id,
        )  # fmt: skip
        self.slips[leg.id] = leg
        self.before[leg.id] = Before("issue", self.now, leg)
        return None

    def undo(self, slip: Slip) -> type[HmsError] | None:
        back = self.before.get(slip.id)
        if back and slip.leg > 1 and back.verb == "issue":
            assert slip.came_from is not None
            slip = self.slips[slip.came_from]
            back = self.before.get(slip.id) if slip.status == "transferred" else None
        if back is None or self.now - back.at > timedelta(seconds=UNDO_SECONDS):
            return errors.UndoClosed
        if back.verb == "issue":
            self._restore(replace(slip, status="entered_in_error"))
            return None
        new_leg = self._new_leg(slip) if back.verb == "transfer" else None
        if back.verb == "transfer" and (new_leg is None or new_leg.status != "waiting"):
            return errors.UndoClosed
        refused = self._in_the_way(slip, back.slip)
        if refused:
            return refused
        if new_leg is not None:
            self._restore(replace(new_leg, status="entered_in_error"))
        self._restore(back.slip)
        return None

    def close_day(self) -> None:
        for slip in list(self.slips.values()):
            if slip.status in ("waiting", "called", "on_hold"):
                self._change(slip, "expire", status="expired")
                del self.before[slip.id]

    def _in_the_way(self, slip: Slip, was: Slip) -> type[HmsError] | None:
        if was.status in SERVING:
            assert was.room is not None
            here = self.at(was.room)
            if here and here.id != slip.id:
                return errors.RoomBusy
        comes_back = was.status in ACTIVE and slip.status not in ACTIVE
        return (
            errors.AlreadyQueued if comes_back and self.queued(slip.patient, slip.queue) else None
        )

    def _new_leg(self, slip: Slip) -> Slip | None:
        legs = [s for s in self.slips.values() if s.came_from == slip.id]
        return max(legs, key=lambda leg: leg.id, default=None)

    def _called(self, slip: Slip) -> None:
        room = ROOM[slip.queue]
        self._change(slip, "call", status="called", room=room, calls=slip.calls + 1, recalls=0)
        self.calls_told += 1

    def _move(
        self, slip: Slip, verb: str, sources: tuple[str, ...], **new: str | None
    ) -> type[HmsError] | None:
        if slip.status not in sources:
            return errors.WrongState
        self._change(slip, verb, **new)
        return None

    def _change(self, slip: Slip, verb: str, **new: object) -> None:
        self.before[slip.id] = Before(verb, self.now, slip)
        self.slips[slip.id] = replace(slip, **new)  # type: ignore[arg-type]

    def _restore(self, slip: Slip) -> None:
        self.slips[slip.id] = slip
        self.before.pop(slip.id, None)
