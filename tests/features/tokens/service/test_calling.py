"""Calling: the right one, to one room, once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from hms.features.patients import service as patients
from hms.features.patients.errors import ReasonNeeded
from hms.features.staff import service as staff
from hms.features.tokens import service as tokens
from hms.features.tokens.errors import (
    NothingWaiting,
    QueueIsPaused,
    RecallsUsed,
    RoomBusy,
    WrongState,
)
from hms.features.tokens.queries import TokenView
from hms.features.tokens.rules import Status
from hms.kernel.errors import InvalidInput, NotPermitted
from tests.support import Hospital


def order(hospital: Hospital, queue: str = "GM") -> list[str]:
    """Call everybody who waits, in turn."""
    called = []
    while hospital.queue(queue).waiting:
        hospital.clock.forward(seconds=1)
        called.append(hospital.called(queue, finish=True).code)
    return called


class TestNext:
    def test_is_who_came_first(self, hospital: Hospital) -> None:
        first, _ = hospital.issue(), hospital.issue()
        hospital.clock.forward(minutes=3)
        called = hospital.called()
        assert (called.id, called.status, called.call_count) == (first.id, Status.CALLED, 1)
        assert called.called_at == called.last_called_at == hospital.clock.at

    def test_nobody_waiting_is_said(self, hospital: Hospital) -> None:
        with pytest.raises(NothingWaiting) as refused:
            hospital.called()
        assert refused.value.code == "tokens.nothing_waiting"

    def test_a_held_and_a_missed_one_are_never_picked(self, hospital: Hospital) -> None:
        hospital.issue(), hospital.issue()
        hospital.do("nils", tokens.hold, hospital.called().id)
        hospital.do("nils", tokens.no_show, hospital.called().id)
        with pytest.raises(NothingWaiting):
            hospital.called()

    def test_one_of_yesterday_is_not_called(self, hospital: Hospital) -> None:
        hospital.issue()
        hospital.clock.forward(days=1)
        with pytest.raises(NothingWaiting):
            hospital.called()

    def test_one_of_yesterday_is_called_in_a_queue_of_24_hours(self, hospital: Hospital) -> None:
        hospital.do("mara", tokens.edit_queue, "GM", tokens.EditQueue(is_24h=True))
        hospital.issue()
        hospital.clock.forward(days=1)
        assert hospital.called().code == "GM-001"

    def test_a_paused_queue_calls_nobody(self, hospital: Hospital) -> None:
        token = hospital.issue()
        hospital.do("mara", tokens.pause_queue, "GM", "lunch")
        with pytest.raises(QueueIsPaused):
            hospital.called()
        with pytest.raises(QueueIsPaused):
            hospital.do("nils", tokens.call, token.id)
        hospital.do("mara", tokens.open_queue, "GM")
        assert hospital.called().id == token.id

    def test_says_what_happened_to_the_wall_and_the_audit(self, hospital: Hospital) -> None:
        hospital.issue(patient=hospital.patient("Ann").mrn)
        hospital.called()
        [(frames, payload)] = hospital.rows(
            "SELECT frames, payload FROM outbox WHERE kind = 'TokenCalled'"
        )
        assert frames == 3
        assert payload == (
            '{"token": "GM-001", "status": "called", "room": "Room 1", "call_no": 1}'
        )
        [(actor, role, kind)] = hospital.rows(
            "SELECT actor, role, kind FROM audit WHERE action = 'tokens.call'"
        )
        assert (actor, role, kind) == ("nils", "nurse", "token")


class TestPolicies:
    def arrive(self, hospital: Hospital, policy: str, *classes: str) -> None:
        hospital.do("mara", tokens.edit_queue, "GM", tokens.EditQueue(policy=policy))
        for token_class in classes:
            hospital.issue(token_class=token_class)
            hospital.clock.forward(minutes=1)

    @pytest.mark.parametrize(
        ("policy", "expected"),
        [
            ("arrival", [6, 1, 2, 3, 4, 5]),
            ("strict", [6, 2, 3, 1, 4, 5]),
            ("due", [6, 2, 3, 1, 4, 5]),
            ("alternate", [6, 1, 2, 4, 3, 5]),
        ],
    )
    def test_each_has_its_order_and_an_emergency_is_first(
        self, hospital: Hospital, policy: str, expected: list[int]
    ) -> None:
        classes = ("normal", "elderly", "pregnant", "normal", "normal", "emergency")
        self.arrive(hospital, policy, *classes)
        assert order(hospital) == [f"GM-{n:03d}" for n in expected]

    def test_due_and_strict_differ_for_who_came_long_before(self, hospital: Hospital) -> None:
        hospital.issue()
        hospital.clock.forward(minutes=20)
        hospital.issue(token_class="elderly")
        assert hospital.queue().next == ("GM-001", "GM-002")
        hospital.do("mara", tokens.edit_queue, "GM", tokens.EditQueue(policy="strict"))
        assert hospital.queue().next == ("GM-002", "GM-001")

    def test_a_changed_policy_holds_for_who_waits_already(self, hospital: Hospital) -> None:
        self.arrive(hospital, "strict", "normal", "elderly")
        hospital.do("mara", tokens.edit_queue, "GM", tokens.EditQueue(policy="arrival"))
        assert order(hospital) == ["GM-001", "GM-002"]

    @pytest.mark.parametrize("policy", ["due", "strict", "arrival", "alternate"])
    def test_the_wall_and_the_desk_show_the_order_that_comes(
        self, hospital: Hospital, policy: str
    ) -> None:
        classes = ("normal", "child", "normal", "elderly", "staff", "normal", "emergency", "child")
        self.arrive(hospital, policy, *classes)
        hospital.called()  # in the middle of the turns
        shown = hospital.queue().next
        desk = hospital.ask("nils", tokens.queue_desk, "GM")
        places = {code: hospital.token(code).ahead for code in shown}
        hospital.do("nils", tokens.complete, hospital.token("GM-007").id)
        assert tuple(order(hospital)) == shown == tuple(t.code for t in desk.waiting)
        assert [places[code] for code in shown] == list(range(len(shown)))

    def test_alternate_starves_nobody(self, hospital: Hospital) -> None:
        self.arrive(hospital, "alternate", "normal", "normal", *["elderly"] * 6)
        called = order(hospital)
        assert [called.index(code) for code in ("GM-001", "GM-002")] == [1, 3]


class TestRoom:
    def test_is_the_queues_usual_one(self, hospital: Hospital) -> None:
        hospital.issue("LAB")
        assert hospital.called("LAB").room == "Lab 1"

    def test_is_the_doctors_own_before_the_queues(self, hospital: Hospital) -> None:
        hospital.issue("LAB")
        assert hospital.called("LAB", "deng").room == "Room 2"

    def test_is_the_one_that_is_given_before_all(self, hospital: Hospital) -> None:
        hospital.issue("LAB")
        assert hospital.called("LAB", "deng", room=" lab  2 ").room == "Lab 2"

    def test_that_nobody_defined_is_taken_as_it_is_typed(self, hospital: Hospital) -> None:
        hospital.issue()
        assert hospital.called(room="Corridor").room == "Corridor"

    def test_with_a_token_calls_no_other_and_names_it(self, hospital: Hospital) -> None:
        hospital.issue(), hospital.issue()
        hospital.called()
        with pytest.raises(RoomBusy, match="GM-001 is still called in Room 1") as refused:
            hospital.called()
        assert refused.value.code == "tokens.room_busy"
        assert hospital.queue().waiting == 1

    @pytest.mark.parametrize("same", ["Room 1", "room 1", "ROOM  1"])
    def test_is_busy_for_every_queue_and_in_every_spelling(
        self, hospital: Hospital, same: str
    ) -> None:
        hospital.issue("GM"), hospital.issue("ENT")
        hospital.called("GM")
        with pytest.raises(RoomBusy):
            hospital.called("ENT", room=same)

    def test_several_rooms_serve_one_queue_at_once(self, hospital: Hospital) -> None:
        hospital.issue("LAB"), hospital.issue("LAB")
        rooms = [hospital.called("LAB", room=room).room for room in ("Lab 1", "Lab 2")]
        assert rooms == ["Lab 1", "Lab 2"]
        assert {s.room for s in hospital.queue("LAB").serving} == {"Lab 1", "Lab 2"}

    def test_a_queue_without_a_room_serves_one_at_a_time(self, hospital: Hospital) -> None:
        hospital.do("mara", tokens.add_queue, tokens.AddQueue("PH", "Pharmacy"))
        hospital.issue("PH"), hospital.issue("PH")
        assert hospital.called("PH").room is None
        with pytest.raises(RoomBusy, match="PH-001 is still called in Pharmacy"):
            hospital.called("PH")

    def test_finish_completes_who_is_inside(self, hospital: Hospital) -> None:
        hospital.issue(), hospital.issue()
        inside = hospital.called()
        hospital.do("nils", tokens.start, inside.id)
        assert hospital.called(finish=True).code == "GM-002"
        assert hospital.token(inside.id).status == Status.COMPLETED

    def test_no_show_marks_who_did_not_come(self, hospital: Hospital) -> None:
        hospital.issue(), hospital.issue()
        missed = hospital.called()
        hospital.called(no_show=True)
        assert hospital.token(missed.id).status == Status.NO_SHOW

    def test_who_is_inside_cannot_be_a_no_show(self, hospital: Hospital) -> None:
        hospital.issue(), hospital.issue()
        hospital.do("nils", tokens.start, hospital.called().id)
        with pytest.raises(WrongState):
            hospital.called(no_show=True)

    def test_nobody_waiting_leaves_who_is_inside(self, hospital: Hospital) -> None:
        hospital.issue()
        inside = hospital.called()
        with pytest.raises(NothingWaiting):
            hospital.called(finish=True)
        assert hospital.token(inside.id).status == Status.CALLED

    def test_a_doctor_does_not_finish_a_colleagues_patient(self, hospital: Hospital) -> None:
        hospital.issue("GM"), hospital.issue("ENT")
        hospital.called("GM", "dora")
        with pytest.raises(NotPermitted):
            hospital.called("ENT", "deng", room="Room 1", finish=True)


class TestChosen:
    def test_is_called_out_of_order_with_the_reason(self, hospital: Hospital) -> None:
        hospital.issue(), hospital.issue()
        called = hospital.do("nils", tokens.call, "GM-002", reason="in pain")
        assert (called.status, called.room) == (Status.CALLED, "Room 1")
        why = hospital.ask("nils", tokens.why, "GM-002")
        assert why.sentence == "called out of order, chosen: in pain"

    def test_a_missing_reason_is_recorded_as_none_given(self, hospital: Hospital) -> None:
        hospital.issue()
        called = hospital.do("nils", tokens.call, "GM-001", reason="  ")
        assert called.reason == "none given"

    def test_only_a_waiting_one_can_be(self, hospital: Hospital) -> None:
        token = hospital.issue()
        hospital.do("rosa", tokens.cancel, token.id)
        with pytest.raises(WrongState, match="GM-001 is cancelled"):
            hospital.do("nils", tokens.call, token.id)

    def test_not_one_of_another_day(self, hospital: Hospital) -> None:
        token = hospital.issue()
        hospital.clock.forward(days=1)
        with pytest.raises(WrongState, match="2031-03-04"):
            hospital.do("nils", tokens.call, token.id)

    def test_not_to_a_room_that_is_busy(self, hospital: Hospital) -> None:
        hospital.issue(), hospital.issue()
        hospital.called()
        with pytest.raises(RoomBusy):
            hospital.do("nils", tokens.call, "GM-002")


class TestRecall:
    def test_calls_once_more_and_counts(self, hospital: Hospital) -> None:
        hospital.issue()
        called = hospital.called()
        hospital.clock.forward(minutes=2)
        again = hospital.do("rosa", tokens.recall, called.id)
        assert (again.call_count, again.status) == (2, Status.CALLED)
        assert again.called_at == called.called_at
        assert again.last_called_at == hospital.clock.at

    def test_ends_at_the_hospitals_limit(self, hospital: Hospital) -> None:
        hospital.issue()
        called = hospital.called()
        for _ in range(3):
            hospital.do("nils", tokens.recall, called.id)
        with pytest.raises(RecallsUsed):
            hospital.do("nils", tokens.recall, called.id)

    def test_begins_anew_with_a_new_call(self, hospital: Hospital) -> None:
        hospital.issue()
        called = hospital.called()
        for _ in range(3):
            hospital.do("nils", tokens.recall, called.id)
        hospital.do("nils", tokens.put_back, called.id)
        hospital.called()
        assert hospital.do("nils", tokens.recall, called.id).call_count == 6

    def test_needs_a_called_token(self, hospital: Hospital) -> None:
        with pytest.raises(WrongState, match="GM-001 is waiting"):
            hospital.do("nils", tokens.recall, hospital.issue().id)

    def test_rings_on_the_wall_each_time(self, hospital: Hospital) -> None:
        hospital.issue()
        hospital.do("nils", tokens.recall, hospital.called().id)
        kinds = hospital.rows("SELECT kind, frames FROM outbox WHERE frames = 3 ORDER BY id")
        assert kinds == [("TokenCalled", 3), ("TokenRecalled", 3)]


@pytest.mark.parametrize("hostile", ["\x1b]52;c;x\x07", "a\u202eb", "x" * 10_000, "\ud800", "\x00"])
@pytest.mark.parametrize(
    "use",
    [
        lambda h, text: h.called(room=text),
        lambda h, text: h.do("nils", tokens.call, "GM-001", room=text),
        lambda h, text: h.do("nils", tokens.call, "GM-001", reason=text),
        lambda h, text: h.do("nils", tokens.call, text),
        lambda h, text: h.called(text),
    ],
    ids=["next room", "call room", "call reason", "token", "queue"],
)
def test_hostile_text_changes_nothing(
    hospital: Hospital, use: Callable[[Hospital, str], TokenView], hostile: str
) -> None:
    hospital.issue()
    with pytest.raises(InvalidInput) as refused:
        use(hospital, hostile)
    assert refused.value.field in ("room", "reason", "token", "queue")
    assert refused.value.message.isprintable()
    assert hospital.queue().waiting == 1


@pytest.mark.parametrize("harmless", ["[/bold]", "<script>", "' OR 1=1 --", "Σοφία 🏥", "=1+1"])
def test_text_that_only_looks_dangerous_is_kept_as_it_is(hospital: Hospital, harmless: str) -> None:
    hospital.issue()
    called = hospital.do("nils", tokens.call, "GM-001", room=harmless, reason=harmless)
    assert (called.room, called.reason) == (harmless, harmless)


def test_a_doctors_new_room_holds_at_the_next_call(hospital: Hospital) -> None:
    hospital.issue()
    hospital.do("mara", staff.set_doctor, staff.SetDoctor("dora", room="Room 9"))
    assert hospital.called("GM", "dora").room == "Room 9"


def test_the_first_call_decides_the_waiting_time(hospital: Hospital) -> None:
    hospital.clock.at = datetime(2031, 3, 4, 10, 0, tzinfo=UTC)
    hospital.issue()
    first = hospital.called()
    hospital.do("nils", tokens.put_back, first.id)
    hospital.clock.forward(minutes=9)
    again: Any = hospital.called()
    assert again.called_at == first.called_at
    assert again.last_called_at == hospital.clock.at


class TestTheDoctorWhoServes:
    def test_may_see_the_patient_from_the_call_on(self, hospital: Hospital) -> None:
        ann, bo = hospital.patient("Ann Lee"), hospital.patient("Bo Lee")
        hospital.issue("GM", ann.mrn)
        assert hospital.ask("dora", patients.search, "lee") == []
        hospital.called("GM", "dora")
        assert [p.name for p in hospital.ask("dora", patients.search, "lee")] == ["Ann Lee"]
        assert hospital.do("dora", patients.show, ann.mrn).name == "Ann Lee"
        with pytest.raises(ReasonNeeded):
            hospital.do("dora", patients.show, bo.mrn)
        with pytest.raises(ReasonNeeded):
            hospital.do("deng", patients.show, ann.mrn)

    def test_may_call_the_same_patient_again(self, hospital: Hospital) -> None:
        ann = hospital.patient("Ann Lee")
        for _ in range(2):
            hospital.issue("GM", ann.mrn)
            hospital.do("dora", tokens.start, hospital.called("GM", "dora", finish=True).id)
            hospital.clock.forward(minutes=1)
            done = hospital.rows("SELECT id FROM token WHERE status = 'in_progress'")
            hospital.do("dora", tokens.complete, done[0][0])
        assert hospital.one("SELECT count(*) FROM patient_care") == 1
