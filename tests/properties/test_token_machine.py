"""Whatever the desks do in whatever order, the real queues equal those kept on paper."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from hms.features.tokens import service as tokens
from hms.kernel.errors import HmsError
from tests.properties.token_model import HEAD_START, Paper, Slip
from tests.support import AuditWatch, Hospital, hospital_at, quick_folder

QUEUES = st.sampled_from(["GM", "ENT", "LAB"])
VERBS: dict[str, Callable[..., Any]] = {
    "call": tokens.call,
    "recall": tokens.recall,
    "start": tokens.start,
    "complete": tokens.complete,
    "hold": tokens.hold,
    "resume": tokens.resume,
    "put_back": tokens.put_back,
    "no_show": tokens.no_show,
    "rejoin": tokens.rejoin,
    "cancel": tokens.cancel,
    "leave": tokens.leave,
    "undo": tokens.undo,
}
FITTING = {
    "waiting": ["call", "call", "call", "cancel", "leave", "undo"],
    "called": ["start", "start", "recall", "recall", "no_show", "hold", "put_back", "complete"],
    "in_progress": ["complete", "hold", "undo"],
    "on_hold": ["resume", "resume", "put_back", "cancel", "undo", "no_show"],
    "no_show": ["rejoin", "rejoin", "cancel", "undo"],
}


class Desks(RuleBasedStateMachine):
    """Several desks at work; every deed is done on paper and in the hospital."""

    def __init__(self) -> None:
        super().__init__()
        self.open = ExitStack()
        folder = self.open.enter_context(quick_folder(Path(os.environ.get("TMPDIR", "/tmp"))))
        self.hospital: Hospital = self.open.enter_context(hospital_at(folder / "hms.db"))
        self.watch = AuditWatch()
        self.compared = 0
        self.paper = Paper(self.hospital.clock.at)

    @initialize(kinds=st.lists(st.sampled_from(sorted(HEAD_START)), min_size=4, max_size=4))
    def open_the_hospital(self, kinds: list[str]) -> None:
        self.furnish(kinds)

    def furnish(self, kinds: list[str]) -> None:
        for queue, policy in (("ENT", "arrival"), ("LAB", "strict")):
            command = tokens.EditQueue(policy=policy)
            self.hospital.do("mara", tokens.edit_queue, queue, command)
        self.patients = [self.hospital.patient().id for _ in range(3)]
        self.watch.start()
        self.open.callback(self.watch.stop)
        for number, kind in enumerate(kinds):
            self.issue("GM" if number < 3 else "LAB", kind, number % 3)

    def teardown(self) -> None:
        try:
            if self.compared:
                self.compare()
        finally:
            self.open.close()

    def both(self, expected: type[HmsError] | None, use: Callable[..., Any], *args: Any) -> None:
        """Do in the hospital what was done on paper; the same must come of it."""
        if expected is None:
            self.hospital.do("tests", use, *args)
            return
        with pytest.raises(expected):
            self.hospital.do("tests", use, *args)

    def some_slip(self, data: st.DataObject) -> Slip:
        keys = sorted(self.paper.slips)
        return self.paper.slips[data.draw(st.sampled_from(keys[-8:]), label="token")]

    @rule(
        queue=QUEUES,
        kind=st.sampled_from(sorted(HEAD_START)),
        patient=st.none() | st.integers(0, 2),
    )
    def somebody_comes(self, queue: str, kind: str, patient: int | None) -> None:
        self.issue(queue, kind, patient)

    def issue(self, queue: str, kind: str, patient: int | None) -> None:
        who = None if patient is None else self.patients[patient]
        expected = self.paper.issue(queue, kind, who)
        self.both(expected, tokens.issue, tokens.IssueToken(queue, who, kind))

    @rule(queue=QUEUES, finish=st.booleans())
    def the_next_is_called(self, queue: str, finish: bool) -> None:
        self.call_next(queue, finish)

    def call_next(self, queue: str, finish: bool) -> None:
        expected = self.paper.call_next(queue, finish)

        def use(work: Any, actor: Any) -> Any:
            return tokens.call_next(work, actor, queue, finish=finish)

        self.both(expected, use)

    @precondition(lambda self: self.paper.slips)
    @rule(verb=st.sampled_from(sorted(VERBS)), data=st.data())
    def do_anything(self, verb: str, data: st.DataObject) -> None:
        self.do(verb, self.some_slip(data))

    @precondition(lambda self: self.open_slips())
    @rule(chance=st.randoms(use_true_random=False), deeds=st.integers(1, 4))
    def a_patients_way(self, chance: Random, deeds: int) -> None:
        self.go_on(chance, deeds)

    def go_on(self, chance: Random, deeds: int) -> None:
        """Take one token some steps further, as desks do."""
        key = chance.choice(self.open_slips()).id
        for _ in range(deeds):
            slip = self.paper.slips[key]
            if slip.status not in FITTING:
                return
            self.do(chance.choice(FITTING[slip.status]), slip)
            self.move_clock(chance.choice((0, 1, 15)))

    @precondition(lambda self: self.paper.before)
    @rule()
    def the_last_is_undone(self) -> None:
        self.undo_last()

    def undo_last(self) -> None:
        latest = max(self.paper.before, key=lambda key: (self.paper.before[key].at, key))
        self.do("undo", self.paper.slips[latest])

    def do(self, verb: str, slip: Slip) -> None:
        self.both(getattr(self.paper, verb)(slip), VERBS[verb], slip.id)

    def open_slips(self) -> list[Slip]:
        return [slip for slip in self.paper.slips.values() if slip.status in FITTING]

    @precondition(lambda self: self.paper.slips)
    @rule(data=st.data(), to=QUEUES)
    def somebody_is_sent_on(self, data: st.DataObject, to: str) -> None:
        self.transfer(self.some_slip(data), to)

    def transfer(self, slip: Slip, to: str) -> None:
        self.both(self.paper.transfer(slip, to), tokens.transfer, slip.id, to)

    @rule(seconds=st.sampled_from([1, 10, 30, 31, 600, 3600]))
    def time_passes(self, seconds: int) -> None:
        self.move_clock(seconds)

    @rule(
        what=st.sampled_from(["pause", "pause", "next day", "close day", "restart"]), queue=QUEUES
    )
    def something_rare(self, what: str, queue: str) -> None:
        self.rare(what, queue)

    def rare(self, what: str, queue: str) -> None:
        if what == "next day":
            self.move_clock(24 * 3600)
        elif what == "close day":
            self.paper.close_day()
            self.both(None, tokens.close_day)
        elif what == "restart":
            self.hospital.application.close_now()
        elif queue in self.paper.paused:
            self.paper.paused.discard(queue)
            self.both(None, tokens.open_queue, queue)
        else:
            self.paper.paused.add(queue)
            self.both(None, tokens.pause_queue, queue)

    def move_clock(self, seconds: int) -> None:
        self.paper.now += timedelta(seconds=seconds)
        self.hospital.clock.at = self.paper.now

    @invariant()
    def all_is_as_on_paper(self) -> None:
        self.compared += 1
        if self.compared % 3 == 0:  # it takes longer than the deeds themselves
            self.compare()

    def the_rows_are_the_slips(self) -> None:
        rows = self.hospital.rows(
            "SELECT t.id, q.code, t.number, t.status, t.room, t.call_count, t.recalls, t.leg, "
            "t.came_from_id, t.patient_id FROM token t JOIN queue q ON q.id = t.queue_id "
            "ORDER BY t.id"
        )
        slips = [
            (s.id, s.queue, s.number, s.status, s.room, s.calls, s.recalls, s.leg, s.came_from,
             s.patient)
            for s in self.paper.slips.values()
        ]  # fmt: skip
        assert rows == slips

    def the_line_is_the_papers(self) -> None:
        for view in self.hospital.ask("tests", tokens.list_queues):
            codes = [self.code(slip) for slip in self.paper.line(view.row.code)]
            assert (list(view.next), view.waiting) == (codes[:20], len(codes))

    def nobody_changed_anything_unseen(self) -> None:
        assert self.watch.missed == []

    def every_call_rang_once(self) -> None:
        rung = self.hospital.one(
            "SELECT count(*) FROM outbox WHERE kind IN ('TokenCalled', 'TokenRecalled')"
        )
        assert rung == self.paper.calls_told

    def numbers_have_no_gap(self) -> None:
        rows = self.hospital.rows(
            "SELECT count(*), count(DISTINCT number), max(number), min(number) FROM token "
            "WHERE leg = 1 GROUP BY series_queue_id, service_day, series"
        )
        assert all(count == different == most and least == 1
                   for count, different, most, least in rows)  # fmt: skip

    def the_events_sum_to_the_tables(self) -> None:
        last = self.hospital.rows(
            "SELECT subject_id, payload ->> 'status' FROM outbox WHERE id IN (SELECT "
            "max(id) FROM outbox WHERE kind LIKE 'Token%' GROUP BY subject_id) ORDER BY subject_id"
        )
        assert last == self.hospital.rows("SELECT id, status FROM token ORDER BY id")

    def compare(self) -> None:
        """Check all of the above."""
        self.the_rows_are_the_slips()
        self.the_line_is_the_papers()
        self.nobody_changed_anything_unseen()
        self.every_call_rang_once()
        self.numbers_have_no_gap()
        self.the_events_sum_to_the_tables()

    def code(self, slip: Slip) -> str:
        first = slip
        while first.came_from is not None:
            first = self.paper.slips[first.came_from]
        return f"{first.queue}-{slip.number:03d}"


def _run(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        Desks,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_queues_equal_those_kept_on_paper() -> None:
    _run(50, 30)


@pytest.mark.long
def test_the_queues_equal_those_kept_on_paper_all_night() -> None:
    _run(500, 100)


def _step(desks: Desks, chance: Random) -> None:
    """Do one thing, as likely as in a hospital."""
    queue = chance.choice(["GM", "GM", "LAB", "ENT"])
    slip = chance.choice(list(desks.paper.slips.values())[-8:])
    what = chance.random()
    if what < 0.45 and desks.open_slips():
        desks.go_on(chance, chance.randint(1, 4))
    elif what < 0.62:
        desks.call_next(queue, chance.random() < 0.5)
    elif what < 0.76:
        desks.issue(queue, chance.choice(sorted(HEAD_START)), chance.choice((None, 0, 1, 2)))
    elif what < 0.84:
        desks.transfer(slip, queue)
    elif what < 0.91 and desks.paper.before:
        desks.undo_last()
    elif what < 0.97:
        desks.do(chance.choice(sorted(VERBS)), slip)
    else:
        desks.rare(chance.choice(["pause", "pause", "next day", "close day", "restart"]), queue)
    if chance.random() < 0.2:
        desks.move_clock(chance.choice((1, 10, 30, 31, 600)))


@pytest.mark.parametrize("seed", range(12))
def test_a_busy_day_equals_the_one_on_paper(seed: int) -> None:
    """The machine above finds the shortest fault; this walks further than it likes to."""
    _a_busy_day(seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(12, 200))
def test_many_busy_days_equal_those_on_paper(seed: int) -> None:
    _a_busy_day(seed)


def _a_busy_day(seed: int) -> None:
    chance = Random(seed)
    desks = Desks()
    try:
        desks.furnish([chance.choice(sorted(HEAD_START)) for _ in range(4)])
        for step in range(100):
            _step(desks, chance)
            if step % 5 == 0:
                desks.compare()
        desks.compare()
    finally:
        desks.teardown()
