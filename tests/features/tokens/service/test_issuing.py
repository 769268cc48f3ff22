"""The front desk gives out tokens, sends them on, and says whose they are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from hms.features.tokens import service as tokens
from hms.features.tokens.errors import (
    AlreadyAttached,
    AlreadyQueued,
    ClockBack,
    DailyLimit,
    QueueClosed,
    QueueNotFound,
    WrongState,
)
from hms.features.tokens.rules import Status
from hms.features.tokens.service.issuing import PatientNotFound
from hms.infra import settings as conf
from hms.kernel.errors import InvalidInput
from tests.support import Hospital, hospital_at


class TestNumbers:
    def test_count_up_from_one_without_a_gap(self, hospital: Hospital) -> None:
        assert [hospital.issue().code for _ in range(3)] == ["GM-001", "GM-002", "GM-003"]

    def test_each_queue_counts_its_own(self, hospital: Hospital) -> None:
        hospital.issue()
        assert hospital.issue("ENT").code == "ENT-001"

    def test_a_cancelled_number_is_not_given_again(self, hospital: Hospital) -> None:
        hospital.do("rosa", tokens.cancel, hospital.issue().id)
        assert hospital.issue().number == 2

    def test_an_issue_taken_back_leaves_its_number_used(self, hospital: Hospital) -> None:
        hospital.do("rosa", tokens.undo, hospital.issue().id)
        assert hospital.issue().number == 2

    def test_a_refused_issue_uses_no_number(self, hospital: Hospital) -> None:
        who = hospital.patient().mrn
        hospital.issue(patient=who)
        with pytest.raises(AlreadyQueued):
            hospital.issue(patient=who)
        assert hospital.issue().number == 2

    def test_begin_again_on_the_next_service_day(self, hospital: Hospital) -> None:
        hospital.issue()
        hospital.clock.forward(days=1)
        token = hospital.issue()
        assert (token.number, token.service_day) == (1, date(2031, 3, 5))

    def test_begin_where_the_queue_says(self, hospital: Hospital) -> None:
        command = tokens.AddQueue("XR", "X-ray", prefix="R", start_number=500)
        hospital.do("mara", tokens.add_queue, command)
        assert [hospital.issue("XR").code for _ in range(2)] == ["R-500", "R-501"]

    def test_end_at_the_daily_limit_and_go_on_the_day_after(self, hospital: Hospital) -> None:
        hospital.do("mara", tokens.edit_queue, "GM", tokens.EditQueue(daily_limit=2))
        first, _ = hospital.issue(), hospital.issue()
        hospital.do("rosa", tokens.cancel, first.id)
        with pytest.raises(DailyLimit, match="2 numbers"):
            hospital.issue()
        hospital.clock.forward(days=1)
        assert hospital.issue().number == 1


class TestServiceDay:
    @pytest.fixture
    def in_berlin(self, tmp_path: Path) -> Iterator[Hospital]:
        settings = conf.Hospital(name="B", timezone="Europe/Berlin", day_starts_at=time(3, 0))
        with hospital_at(tmp_path / "berlin.db", hospital=settings) as made:
            yield made

    @pytest.mark.parametrize(
        ("at", "day"),
        [
            ("2031-03-04T01:59:59", "2031-03-03"),  # 02:59:59 in Berlin
            ("2031-03-04T02:00:00", "2031-03-04"),
            ("2031-03-30T00:59:59", "2031-03-29"),  # 01:59:59, then the clock shows 03:00
            ("2031-03-30T01:00:00", "2031-03-30"),
            ("2031-10-26T00:30:00", "2031-10-25"),  # 02:30 the first time
            ("2031-10-26T01:30:00", "2031-10-25"),  # 02:30 the second time
            ("2031-10-26T02:00:00", "2031-10-26"),
            ("2031-12-31T23:30:00", "2031-12-31"),  # 00:30 of the new year
        ],
    )
    def test_is_the_hospitals_own_with_its_cut_off(
        self, in_berlin: Hospital, at: str, day: str
    ) -> None:
        in_berlin.clock.at = datetime.fromisoformat(at).replace(tzinfo=UTC)
        assert in_berlin.issue().service_day.isoformat() == day

    def test_the_hour_that_comes_twice_gives_no_number_twice(self, in_berlin: Hospital) -> None:
        in_berlin.clock.at = datetime(2031, 10, 25, 22, 0, tzinfo=UTC)
        numbers = []
        for _ in range(12):
            numbers.append(in_berlin.issue().number)
            in_berlin.clock.forward(minutes=20)
        assert numbers == list(range(1, 13))
        assert in_berlin.one("SELECT count(DISTINCT service_day) FROM token") == 1

    def test_what_was_stored_is_not_worked_out_again(self, in_berlin: Hospital) -> None:
        token = in_berlin.issue()
        in_berlin.clock.forward(hours=40)
        assert in_berlin.token(token.id).service_day == token.service_day


class TestClock:
    def test_a_few_minutes_back_are_two_machines(self, hospital: Hospital) -> None:
        hospital.issue()
        hospital.clock.forward(minutes=-5)
        assert hospital.issue().number == 2

    @pytest.mark.parametrize(("seconds", "first"), [(0.02, 1), (2, 1), (3, 2)])
    def test_numbers_of_the_same_moment_are_called_in_their_order(
        self, hospital: Hospital, seconds: float, first: int
    ) -> None:
        """The desk that got the second number began before the one that got the first."""
        hospital.issue()
        hospital.clock.forward(seconds=-seconds)
        hospital.issue()
        hospital.clock.forward(seconds=60)
        assert hospital.called().number == first

    def test_priority_goes_before_numbers_of_the_same_moment(self, hospital: Hospital) -> None:
        hospital.issue()
        hospital.clock.forward(seconds=-1)
        hospital.issue(token_class="elderly")
        assert hospital.called().number == 2

    def test_set_back_further_nothing_is_given_out(self, hospital: Hospital) -> None:
        hospital.issue()
        hospital.clock.forward(minutes=-6)
        with pytest.raises(ClockBack):
            hospital.issue()
        assert hospital.one("SELECT count(*) FROM token") == 1

    def test_set_back_over_the_cut_off_is_found_too(self, hospital: Hospital) -> None:
        hospital.issue()
        hospital.clock.forward(days=-1)
        with pytest.raises(ClockBack):
            hospital.issue()

    def test_other_queues_of_the_same_machine_go_on_at_their_own(self, hospital: Hospital) -> None:
        hospital.issue("GM")
        hospital.clock.forward(hours=-1)
        assert hospital.issue("ENT").number == 1

    def test_whoever_defines_queues_may_say_that_the_clock_is_right(
        self, hospital: Hospital
    ) -> None:
        hospital.clock.forward(days=365)  # a wrong clock gave one out
        hospital.issue()
        hospital.clock.forward(days=-365)
        with pytest.raises(ClockBack) as refused:
            hospital.issue()
        assert "hms queue confirm-clock" in refused.value.hint
        assert hospital.do("ada", tokens.confirm_clock).series == 1
        assert hospital.issue().number == 1


class TestPatients:
    def test_a_token_may_be_given_to_nobody_yet(self, hospital: Hospital) -> None:
        assert hospital.token(hospital.issue().id).mrn is None

    def test_is_named_by_its_mrn_or_its_id(self, hospital: Hospital) -> None:
        ann, bob = hospital.patient("Ann"), hospital.patient("Bob")
        assert hospital.token(hospital.issue(patient=ann.mrn).id).patient_name == "Ann"
        assert hospital.token(hospital.issue(patient=bob.id).id).mrn == bob.mrn

    @pytest.mark.parametrize("mrn", ["M00000059", "", "nobody", 4711])
    def test_an_unknown_one_gets_none(self, hospital: Hospital, mrn: str | int) -> None:
        with pytest.raises(PatientNotFound) as refused:
            hospital.issue(patient=mrn)
        assert refused.value.field == "patient"

    def test_a_mistyped_mrn_is_said_to_be_one(self, hospital: Hospital) -> None:
        with pytest.raises(InvalidInput, match="check digit"):
            hospital.issue(patient="M00000054")

    def test_has_one_active_token_in_a_queue_and_is_told_which(self, hospital: Hospital) -> None:
        who = hospital.patient().mrn
        hospital.issue(patient=who)
        with pytest.raises(AlreadyQueued, match="GM-001 in GM"):
            hospital.issue(patient=who)
        assert hospital.issue("ENT", who).code == "ENT-001"

    @pytest.mark.parametrize("end", [tokens.cancel, tokens.leave])
    def test_may_come_again_when_the_token_is_over(self, hospital: Hospital, end: object) -> None:
        who = hospital.patient().mrn
        hospital.do("rosa", end, hospital.issue(patient=who).id)  # type: ignore[arg-type]
        assert hospital.issue(patient=who).number == 2

    def test_a_token_on_hold_still_counts(self, hospital: Hospital) -> None:
        who = hospital.patient().mrn
        hospital.issue(patient=who)
        hospital.do("nils", tokens.hold, hospital.called().id)
        with pytest.raises(AlreadyQueued):
            hospital.issue(patient=who)


class TestAttach:
    def test_says_later_whose_token_it_is(self, hospital: Hospital) -> None:
        token, who = hospital.issue(), hospital.patient("Ann")
        hospital.do("rosa", tokens.attach_patient, token.code, who.mrn)
        assert hospital.token(token.id).patient_name == "Ann"

    def test_a_token_has_one_patient(self, hospital: Hospital) -> None:
        token = hospital.issue(patient=hospital.patient().mrn)
        with pytest.raises(AlreadyAttached):
            hospital.do("rosa", tokens.attach_patient, token.id, hospital.patient().mrn)

    def test_a_patient_with_a_token_here_gets_no_second(self, hospital: Hospital) -> None:
        who = hospital.patient().mrn
        hospital.issue(patient=who)
        with pytest.raises(AlreadyQueued):
            hospital.do("rosa", tokens.attach_patient, hospital.issue().id, who)

    def test_holds_for_every_leg(self, hospital: Hospital) -> None:
        first = hospital.issue()
        hospital.do("rosa", tokens.transfer, first.id, "LAB")
        hospital.do("rosa", tokens.attach_patient, first.code, hospital.patient("Ann").mrn)
        hospital.do("rosa", tokens.undo, first.code)
        assert hospital.token(first.id).status == Status.WAITING
        assert hospital.token(first.id).patient_name == "Ann"

    def test_is_told_to_no_wall(self, hospital: Hospital) -> None:
        hospital.do("rosa", tokens.attach_patient, hospital.issue().id, hospital.patient().mrn)
        [(topic, frames, payload)] = hospital.rows(
            "SELECT topic, frames, payload FROM outbox WHERE kind = 'PatientAttached'"
        )
        assert (topic, frames, payload) == (None, 0, '{"token": "GM-001"}')


class TestTransfer:
    def test_keeps_code_number_and_arrival(self, hospital: Hospital) -> None:
        first = hospital.issue(patient=hospital.patient("Ann").mrn, token_class="elderly")
        hospital.clock.forward(minutes=40)
        leg = hospital.do("rosa", tokens.transfer, first.id, "LAB", "blood test")
        assert (leg.code, leg.number, leg.arrived_at) == (first.code, 1, first.arrived_at)
        assert (leg.queue, leg.leg, leg.came_from_id) == ("LAB", 2, first.id)
        assert (leg.status, leg.token_class) == (Status.WAITING, "elderly")
        assert hospital.token(leg.id).patient_name == "Ann"
        assert hospital.token(first.id).status == Status.TRANSFERRED

    def test_who_came_earlier_is_served_earlier_in_the_new_queue_too(
        self, hospital: Hospital
    ) -> None:
        early = hospital.issue("GM")
        hospital.clock.forward(minutes=5)
        hospital.issue("LAB")
        hospital.do("rosa", tokens.transfer, early.id, "LAB")
        assert hospital.called("LAB").code == early.code

    def test_takes_no_number_there(self, hospital: Hospital) -> None:
        hospital.do("rosa", tokens.transfer, hospital.issue().id, "LAB")
        assert hospital.issue("LAB").code == "LAB-001"

    def test_frees_the_room(self, hospital: Hospital) -> None:
        hospital.issue()
        inside = hospital.called()
        hospital.do("nils", tokens.start, inside.id)
        hospital.do("nils", tokens.transfer, inside.id, "LAB")
        hospital.issue()
        assert hospital.called().code == "GM-002"

    def test_the_code_means_the_open_leg(self, hospital: Hospital) -> None:
        first = hospital.issue()
        leg = hospital.do("rosa", tokens.transfer, first.code, "LAB")
        assert hospital.token(first.code).id == leg.id

    def test_may_go_on_and_come_back(self, hospital: Hospital) -> None:
        first = hospital.issue()
        hospital.do("rosa", tokens.transfer, first.code, "LAB")
        back = hospital.do("rosa", tokens.transfer, first.code, "GM")
        assert (back.queue, back.leg) == ("GM", 3)

    def test_by_a_doctor_goes_on_to_a_colleague_and_stays_in_sight(
        self, hospital: Hospital
    ) -> None:
        hospital.issue("GM")
        mine = hospital.called("GM", "dora")
        leg = hospital.do("dora", tokens.transfer, mine.id, "ENT")
        assert hospital.ask("dora", tokens.show_token, leg.id).queue == "ENT"

    def test_to_its_own_queue_is_refused(self, hospital: Hospital) -> None:
        with pytest.raises(WrongState, match="GM-001 is in GM already"):
            hospital.do("rosa", tokens.transfer, hospital.issue().id, "GM")

    def test_where_the_patient_waits_already_is_refused_and_changes_nothing(
        self, hospital: Hospital
    ) -> None:
        who = hospital.patient().mrn
        first = hospital.issue(patient=who)
        hospital.issue("LAB", who)
        with pytest.raises(AlreadyQueued):
            hospital.do("rosa", tokens.transfer, first.id, "LAB")
        assert hospital.token(first.id).status == Status.WAITING

    @pytest.mark.parametrize("to", ["XX", "", "LAB;--", "\x1b[31m"])
    def test_to_no_queue_is_refused(self, hospital: Hospital, to: str) -> None:
        with pytest.raises((QueueNotFound, InvalidInput)):
            hospital.do("rosa", tokens.transfer, hospital.issue().id, to)

    def test_over_the_cut_off_can_still_be_called(self, hospital: Hospital) -> None:
        hospital.clock.at = datetime(2031, 3, 5, 2, 50, tzinfo=UTC)
        hospital.issue()
        inside = hospital.called()
        hospital.do("nils", tokens.start, inside.id)
        hospital.clock.forward(minutes=20)
        hospital.do("nils", tokens.transfer, inside.id, "LAB")
        assert hospital.called("LAB").code == "GM-001"


class TestQueue:
    def test_is_named_in_any_case_or_by_its_id(self, hospital: Hospital) -> None:
        assert hospital.issue(" gm ").code == "GM-001"
        row = hospital.queue("ENT").row
        assert hospital.do("rosa", tokens.issue, tokens.IssueToken(row.id)).code == "ENT-001"

    def test_that_is_unknown_is_refused(self, hospital: Hospital) -> None:
        with pytest.raises(QueueNotFound) as refused:
            hospital.issue("XX")
        assert refused.value.field == "queue"

    def test_that_is_paused_still_gives_out_tokens(self, hospital: Hospital) -> None:
        hospital.do("mara", tokens.pause_queue, "GM", "fire drill")
        assert hospital.issue().number == 1

    def test_that_is_out_of_use_does_not(self, hospital: Hospital) -> None:
        hospital.do("mara", tokens.close_queue, "GM")
        with pytest.raises(QueueClosed):
            hospital.issue()
        with pytest.raises(QueueClosed):
            hospital.do("rosa", tokens.transfer, hospital.issue("ENT").id, "GM")

    def test_a_class_nobody_knows_is_refused(self, hospital: Hospital) -> None:
        with pytest.raises(InvalidInput) as refused:
            hospital.issue(token_class="vip")
        assert refused.value.field == "class"
