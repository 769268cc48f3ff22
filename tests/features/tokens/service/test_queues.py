"""Queues are made, changed, paused, opened and taken out of use."""

from __future__ import annotations

from typing import Any

import pytest

from hms.features.tokens import service as tokens
from hms.features.tokens.errors import QueueClosed, QueueExists, QueueNotFound
from hms.features.tokens.service.queues import DoctorNotFound, QueueStillUsed
from hms.kernel.errors import InvalidInput, NotPermitted
from tests.support import Hospital


def add(hospital: Hospital, code: str = "XR", name: str = "X-ray", **more: Any) -> Any:
    return hospital.do("mara", tokens.add_queue, tokens.AddQueue(code, name, **more))


class TestAdd:
    def test_a_service_with_its_rooms_in_order(self, hospital: Hospital) -> None:
        made = add(hospital, " xr ", rooms=("X 2", "X 1", "X 2"))
        assert (made.row.code, made.row.prefix, made.row.kind) == ("XR", "XR", "service")
        assert made.rooms == ("X 2", "X 1")
        assert hospital.one("SELECT count(*) FROM room WHERE name LIKE 'X %'") == 2

    def test_a_doctors_own(self, hospital: Hospital) -> None:
        made = add(hospital, doctors=("DORA", "deng"))
        assert made.row.kind == "doctor"
        assert len(made.doctors) == 2

    @pytest.mark.parametrize(
        ("code", "more"),
        [("GM", {}), ("gm", {}), ("XR", {"prefix": "ENT"}), ("XR", {"prefix": "gm"})],
    )
    def test_code_and_prefix_are_each_used_once(
        self, hospital: Hospital, code: str, more: dict[str, str]
    ) -> None:
        with pytest.raises(QueueExists):
            add(hospital, code, **more)

    @pytest.mark.parametrize(
        ("field", "wrong"),
        [
            ("queue", {"code": "X-RAY"}),
            ("queue", {"code": ""}),
            ("queue", {"prefix": "1"}),
            ("name", {"name": "  "}),
            ("name", {"name": "x" * 81}),
            ("name", {"name": "\x1b[1m"}),
            ("room", {"rooms": ("\u202e",)}),
            ("start", {"start_number": 0}),
            ("start", {"start_number": 10**9}),
            ("limit", {"daily_limit": 0}),
            ("limit", {"daily_limit": -1}),
            ("policy", {"policy": "random"}),
            ("rejoin", {"rejoin": "never"}),
            ("kind", {"kind": "cafe"}),
        ],
        ids=str,
    )
    def test_what_cannot_be_is_refused_by_name_and_leaves_nothing(
        self, hospital: Hospital, field: str, wrong: dict[str, Any]
    ) -> None:
        with pytest.raises(InvalidInput) as refused:
            add(hospital, **wrong)
        assert refused.value.field == field
        assert hospital.one("SELECT count(*) FROM queue") == 3

    def test_an_unknown_doctor_is_refused(self, hospital: Hospital) -> None:
        with pytest.raises(DoctorNotFound, match="nils"):
            add(hospital, doctors=("nils",))

    @pytest.mark.parametrize("who", ["rosa", "nils", "dora", "bela", "dirk"])
    def test_is_for_managers_and_administrators(self, hospital: Hospital, who: str) -> None:
        with pytest.raises(NotPermitted):
            hospital.do(who, tokens.add_queue, tokens.AddQueue("XR", "X-ray"))


class TestEdit:
    def test_changes_what_is_given_and_nothing_else(self, hospital: Hospital) -> None:
        before = hospital.queue()
        after = hospital.do("ada", tokens.edit_queue, "GM", tokens.EditQueue(name="Medicine"))
        assert after.row.name == "Medicine"
        assert (after.rooms, after.doctors, after.row.policy) == (
            before.rooms, before.doctors, before.row.policy,
        )  # fmt: skip

    def test_a_limit_can_be_lifted(self, hospital: Hospital) -> None:
        hospital.do("mara", tokens.edit_queue, "GM", tokens.EditQueue(daily_limit=5))
        after = hospital.do("mara", tokens.edit_queue, "GM", tokens.EditQueue(no_limit=True))
        assert after.row.daily_limit is None

    def test_rooms_and_doctors_are_replaced(self, hospital: Hospital) -> None:
        command = tokens.EditQueue(rooms=("Room 7",), doctors=("deng",))
        after = hospital.do("mara", tokens.edit_queue, "GM", command)
        assert after.rooms == ("Room 7",)
        assert after.doctors == (hospital.actor("deng").user_id,)

    def test_an_unknown_queue_is_refused(self, hospital: Hospital) -> None:
        with pytest.raises(QueueNotFound):
            hospital.do("mara", tokens.edit_queue, "XX", tokens.EditQueue())

    def test_desk_calls_lets_the_front_desk_call(self, hospital: Hospital) -> None:
        hospital.issue()
        with pytest.raises(NotPermitted):
            hospital.called("GM", "rosa")
        hospital.do("mara", tokens.edit_queue, "GM", tokens.EditQueue(desk_calls=True))
        assert hospital.called("GM", "rosa").code == "GM-001"


class TestPause:
    def test_tells_the_staff_why_and_the_wall_only_that(self, hospital: Hospital) -> None:
        paused = hospital.do("dora", tokens.pause_queue, "GM", "emergency upstairs")
        assert paused.paused
        assert paused.row.paused_reason == "emergency upstairs"
        told = hospital.rows("SELECT payload FROM outbox WHERE kind = 'QueuePaused'")
        assert told == [('{"code": "GM"}',)]

    def test_again_gives_another_reason_and_keeps_since_when(self, hospital: Hospital) -> None:
        since = hospital.do("mara", tokens.pause_queue, "GM", "lunch").row.paused_at
        hospital.clock.forward(minutes=5)
        again = hospital.do("mara", tokens.pause_queue, "GM", "")
        assert (again.row.paused_at, again.row.paused_reason) == (since, "none given")

    def test_opening_an_open_queue_changes_nothing(self, hospital: Hospital) -> None:
        before = hospital.one("SELECT count(*) FROM outbox")
        assert not hospital.do("mara", tokens.open_queue, "GM").paused
        assert hospital.one("SELECT count(*) FROM outbox") == before

    @pytest.mark.parametrize(("who", "queue"), [("dora", "ENT"), ("rosa", "GM"), ("nils", "GM")])
    def test_is_for_the_doctor_of_the_queue_and_the_managers(
        self, hospital: Hospital, who: str, queue: str
    ) -> None:
        with pytest.raises(NotPermitted):
            hospital.do(who, tokens.pause_queue, queue)


class TestClose:
    def test_takes_the_queue_off_every_desk_and_keeps_its_history(self, hospital: Hospital) -> None:
        hospital.serve(5)
        assert not hospital.do("mara", tokens.close_queue, "GM").row.active
        assert {q.row.code for q in hospital.ask("rosa", tokens.list_queues)} == {"ENT", "LAB"}
        assert hospital.token("GM-001").status == "completed"

    @pytest.mark.parametrize("state", ["waiting", "called", "on hold"])
    def test_is_refused_while_somebody_is_in_it(self, hospital: Hospital, state: str) -> None:
        hospital.issue()
        if state != "waiting":
            called = hospital.called().id
            if state == "on hold":
                hospital.do("nils", tokens.hold, called)
        with pytest.raises(QueueStillUsed, match="1 patients are in GM"):
            hospital.do("mara", tokens.close_queue, "GM")

    def test_nothing_can_be_done_with_it_afterwards(self, hospital: Hospital) -> None:
        hospital.do("mara", tokens.close_queue, "GM")
        for use in (tokens.pause_queue, tokens.open_queue, tokens.close_queue):
            with pytest.raises(QueueClosed):
                hospital.do("mara", use, "GM")
        with pytest.raises(QueueClosed):
            hospital.do("mara", tokens.edit_queue, "GM", tokens.EditQueue(name="x"))
        with pytest.raises(QueueClosed):
            hospital.ask("nils", tokens.queue_desk, "GM")


@pytest.mark.parametrize("who", ["mara", "ada"])
def test_confirming_the_clock_is_audited(hospital: Hospital, who: str) -> None:
    hospital.do(who, tokens.confirm_clock)
    last = hospital.rows("SELECT actor, action FROM audit ORDER BY id DESC LIMIT 1")
    assert last == [(who, "queues.confirm_clock")]
