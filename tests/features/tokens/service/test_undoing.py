"""Undo brings back exactly what was, for half a minute."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hms.features.tokens import service as tokens
from hms.features.tokens.errors import AlreadyQueued, RoomBusy, UndoClosed
from hms.features.tokens.rules import Status
from hms.kernel.errors import NotPermitted
from tests.support import Hospital

ROW = (
    "SELECT id, queue_id, series, service_day, number, code, leg, status, token_class, rank, "
    "patient_id, counter, room, arrived_at, issued_at, called_at, last_called_at, started_at, "
    "ended_at, call_count, recalls, called_because, reason FROM token ORDER BY id"
)

Step = Callable[[Hospital, int], Any]


def verb(use_case: Callable[..., Any], *more: str) -> Step:
    return lambda hospital, token: hospital.do("tests", use_case, token, *more)


CALL_NEXT: Step = lambda hospital, token: hospital.called()  # noqa: E731
CALL, RECALL = verb(tokens.call), verb(tokens.recall)
START, COMPLETE, NO_SHOW = verb(tokens.start), verb(tokens.complete), verb(tokens.no_show)
HOLD, RESUME, PUT_BACK = verb(tokens.hold), verb(tokens.resume), verb(tokens.put_back)
REJOIN, CANCEL, LEAVE = verb(tokens.rejoin), verb(tokens.cancel), verb(tokens.leave)
TRANSFER = verb(tokens.transfer, "LAB", "blood test")

WAYS: list[tuple[str, list[Step]]] = [
    ("call next", [CALL_NEXT]),
    ("call next after a recall and a put back", [CALL_NEXT, RECALL, PUT_BACK, CALL_NEXT]),
    ("call next after a missed call", [CALL_NEXT, NO_SHOW, REJOIN, CALL_NEXT]),
    ("call", [CALL]),
    ("call after a put back", [CALL_NEXT, PUT_BACK, CALL]),
    ("recall", [CALL_NEXT, RECALL]),
    ("second recall", [CALL_NEXT, RECALL, RECALL]),
    ("start", [CALL_NEXT, START]),
    ("complete", [CALL_NEXT, START, COMPLETE]),
    ("complete without a start", [CALL, COMPLETE]),
    ("hold", [CALL_NEXT, START, HOLD]),
    ("hold of a called one", [CALL_NEXT, HOLD]),
    ("resume", [CALL_NEXT, HOLD, RESUME]),
    ("put back", [CALL, PUT_BACK]),
    ("put back from hold", [CALL_NEXT, START, HOLD, PUT_BACK]),
    ("no-show", [CALL_NEXT, NO_SHOW]),
    ("rejoin", [CALL_NEXT, NO_SHOW, REJOIN]),
    ("cancel", [CANCEL]),
    ("cancel of a called one", [CALL_NEXT, CANCEL]),
    ("cancel of a missed one", [CALL_NEXT, NO_SHOW, CANCEL]),
    ("leave", [LEAVE]),
    ("leave from hold", [CALL_NEXT, HOLD, LEAVE]),
]


@pytest.mark.parametrize("rejoin", ["keep", "end"])
@pytest.mark.parametrize("steps", [way for _, way in WAYS], ids=[name for name, _ in WAYS])
def test_restores_the_row_exactly(hospital: Hospital, steps: list[Step], rejoin: str) -> None:
    hospital.do("mara", tokens.edit_queue, "GM", tokens.EditQueue(rejoin=rejoin))
    token = hospital.issue(patient=hospital.patient().mrn, token_class="elderly").id
    before = hospital.rows(ROW)
    for step in steps:
        before = hospital.rows(ROW)
        hospital.clock.forward(seconds=70, microseconds=123456)
        step(hospital, token)
    assert hospital.rows(ROW) != before
    hospital.clock.forward(seconds=29)
    hospital.do("tests", tokens.undo, token)
    assert hospital.rows(ROW) == before


@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize("from_leg", [1, 2])
def test_a_transfer_is_taken_back_from_either_leg(
    hospital: Hospital, from_leg: int, inside: bool
) -> None:
    first = hospital.issue(patient=hospital.patient().mrn).id
    if inside:
        CALL_NEXT(hospital, first), START(hospital, first)
    before = hospital.rows(ROW)
    leg = TRANSFER(hospital, first).id
    hospital.do("tests", tokens.undo, first if from_leg == 1 else leg)
    [back, closed] = hospital.rows(ROW)
    assert [back] == before
    assert closed[7] == Status.ENTERED_IN_ERROR
    assert hospital.token("GM-001").id == first


def test_a_transfer_is_not_taken_back_once_the_new_queue_has_called(hospital: Hospital) -> None:
    first = hospital.issue().id
    TRANSFER(hospital, first)
    hospital.called("LAB")
    with pytest.raises(UndoClosed, match="called in its new queue"):
        hospital.do("tests", tokens.undo, first)


def test_the_second_of_two_transfers_is_taken_back_first(hospital: Hospital) -> None:
    first = hospital.issue()
    TRANSFER(hospital, first.id)
    hospital.do("tests", tokens.transfer, first.code, "ENT")
    assert hospital.do("tests", tokens.undo, first.code).queue == "LAB"
    with pytest.raises(UndoClosed):
        hospital.do("tests", tokens.undo, first.code)


def test_an_issue_becomes_entered_in_error(hospital: Hospital) -> None:
    token = hospital.do("rosa", tokens.undo, hospital.issue().id)
    assert token.status == Status.ENTERED_IN_ERROR
    assert token.ended_at == hospital.clock.at


def test_after_its_seconds_it_is_closed_and_says_so(hospital: Hospital) -> None:
    token = hospital.issue().id
    hospital.clock.forward(seconds=31)
    with pytest.raises(UndoClosed, match="over 30 seconds ago"):
        hospital.do("rosa", tokens.undo, token)


def test_twice_is_refused(hospital: Hospital) -> None:
    token = hospital.issue().id
    CALL(hospital, token)
    hospital.do("tests", tokens.undo, token)
    with pytest.raises(UndoClosed, match="nothing to undo"):
        hospital.do("tests", tokens.undo, token)


@pytest.mark.parametrize("ended", [COMPLETE, NO_SHOW, HOLD, CANCEL])
def test_into_a_room_that_was_taken_meanwhile_is_refused(hospital: Hospital, ended: Step) -> None:
    first = hospital.issue().id
    hospital.issue()
    CALL(hospital, first), ended(hospital, first)
    hospital.called()
    before = hospital.rows(ROW)
    with pytest.raises(RoomBusy):
        hospital.do("tests", tokens.undo, first)
    assert hospital.rows(ROW) == before


def test_a_call_that_finished_another_is_taken_back_in_two_steps(hospital: Hospital) -> None:
    first, second = hospital.issue().id, hospital.issue().id
    CALL(hospital, first), START(hospital, first)
    before = hospital.rows(ROW)
    hospital.called(finish=True)
    with pytest.raises(RoomBusy):
        hospital.do("tests", tokens.undo, first)
    hospital.do("tests", tokens.undo, second)
    hospital.do("tests", tokens.undo, first)
    assert hospital.rows(ROW) == before


@pytest.mark.parametrize("ended", [CANCEL, LEAVE])
def test_for_a_patient_who_took_another_token_is_refused(hospital: Hospital, ended: Step) -> None:
    who = hospital.patient().mrn
    first = hospital.issue(patient=who).id
    ended(hospital, first)
    hospital.issue(patient=who)
    with pytest.raises(AlreadyQueued):
        hospital.do("tests", tokens.undo, first)


def test_a_closed_day_stays_closed(hospital: Hospital) -> None:
    token = hospital.issue().id
    hospital.do("mara", tokens.close_day)
    with pytest.raises(UndoClosed):
        hospital.do("tests", tokens.undo, token)


@pytest.mark.parametrize(
    ("who", "step", "allowed"),
    [
        ("rosa", None, True),
        ("dora", None, False),
        ("dora", CALL_NEXT, True),
        ("deng", CALL_NEXT, False),
        ("rosa", CALL_NEXT, False),
        ("nils", CALL_NEXT, True),
        ("rosa", CANCEL, True),
        ("dora", CANCEL, False),
        ("ada", None, False),
        ("bela", CANCEL, False),
    ],
)
def test_belongs_to_who_may_do_the_deed_itself(
    hospital: Hospital, who: str, step: Step | None, allowed: bool
) -> None:
    token = hospital.issue().id
    if step is not None:
        step(hospital, token)
    if allowed:
        hospital.do(who, tokens.undo, token)
        return
    with pytest.raises(NotPermitted):
        hospital.do(who, tokens.undo, token)


def test_the_wall_corrects_itself(hospital: Hospital) -> None:
    hospital.issue()
    hospital.do("nils", tokens.undo, hospital.called().id)
    [(kind, frames, payload)] = hospital.rows(
        "SELECT kind, frames, payload FROM outbox ORDER BY id DESC LIMIT 1"
    )
    assert (kind, frames) == ("TokenUndone", 2)
    assert '"status": "waiting"' in payload
