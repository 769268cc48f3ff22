"""What may happen to a token, and what its state forbids."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hms.features.tokens import service as tokens
from hms.features.tokens.errors import RoomBusy, WrongState
from hms.features.tokens.rules import LEGAL, Move, Status
from hms.kernel.errors import InvalidInput
from tests.support import Hospital

VERBS: dict[Move, Callable[..., Any]] = {
    Move.CALL: tokens.call,
    Move.RECALL: tokens.recall,
    Move.START: tokens.start,
    Move.COMPLETE: tokens.complete,
    Move.HOLD: tokens.hold,
    Move.RESUME: tokens.resume,
    Move.PUT_BACK: tokens.put_back,
    Move.NO_SHOW: tokens.no_show,
    Move.REJOIN: tokens.rejoin,
    Move.CANCEL: tokens.cancel,
    Move.LEAVE: tokens.leave,
    Move.TRANSFER: tokens.transfer,
}
WAY_TO: dict[Status, tuple[Callable[..., Any], ...]] = {
    Status.WAITING: (),
    Status.CALLED: (tokens.call,),
    Status.IN_PROGRESS: (tokens.call, tokens.start),
    Status.ON_HOLD: (tokens.call, tokens.start, tokens.hold),
    Status.COMPLETED: (tokens.call, tokens.complete),
    Status.NO_SHOW: (tokens.call, tokens.no_show),
    Status.LEFT: (tokens.leave,),
    Status.CANCELLED: (tokens.cancel,),
    Status.ENTERED_IN_ERROR: (tokens.undo,),
    Status.TRANSFERRED: (lambda work, actor, ref: tokens.transfer(work, actor, ref, "LAB"),),
    Status.EXPIRED: (lambda work, actor, ref: tokens.close_day(work, actor),),
}


def token_in(hospital: Hospital, status: Status) -> int:
    """Return a token that came to ``status`` as tokens do."""
    token = hospital.issue()
    for step in WAY_TO[status]:
        hospital.do("tests", step, token.id)
    assert hospital.token(token.id).status == status
    return token.id


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("move", VERBS)
def test_every_verb_in_every_state(hospital: Hospital, move: Move, status: Status) -> None:
    token = token_in(hospital, status)
    before = hospital.rows("SELECT * FROM token ORDER BY id")
    events = hospital.one("SELECT count(*) FROM outbox")
    more = ("ENT",) if move is Move.TRANSFER else ()
    sources, target = LEGAL[move]
    if status in sources:
        hospital.do("tests", VERBS[move], token, *more)
        assert hospital.token(token).status == target
        return
    with pytest.raises(WrongState) as refused:
        hospital.do("tests", VERBS[move], token, *more)
    assert refused.value.code == "tokens.wrong_state"
    assert status.value.replace("_", " ") in refused.value.message
    assert hospital.rows("SELECT * FROM token ORDER BY id") == before
    assert hospital.one("SELECT count(*) FROM outbox") == events


class TestTimes:
    def test_of_a_visit(self, hospital: Hospital) -> None:
        issued = hospital.issue()
        times = [issued.issued_at]
        for verb in (tokens.call, tokens.start, tokens.complete):
            times.append(hospital.clock.forward(minutes=7))
            hospital.do("nils", verb, issued.id)
        done = hospital.token(issued.id)
        assert [done.issued_at, done.called_at, done.started_at, done.ended_at] == times

    def test_a_resumed_service_began_when_it_first_began(self, hospital: Hospital) -> None:
        hospital.issue()
        token = hospital.called().id
        began = hospital.do("nils", tokens.start, token).started_at
        hospital.do("nils", tokens.hold, token, "fetch papers")
        hospital.clock.forward(minutes=20)
        assert hospital.do("nils", tokens.resume, token).started_at == began

    def test_of_who_was_held_before_coming_in(self, hospital: Hospital) -> None:
        hospital.issue()
        token = hospital.called().id
        hospital.do("nils", tokens.hold, token)
        hospital.clock.forward(minutes=5)
        assert hospital.do("nils", tokens.resume, token).started_at == hospital.clock.at


class TestHold:
    def test_frees_the_room_and_resume_needs_it_free(self, hospital: Hospital) -> None:
        hospital.issue(), hospital.issue()
        held = hospital.called().id
        hospital.do("nils", tokens.hold, held)
        hospital.called()
        with pytest.raises(RoomBusy, match="Room 1 has another token"):
            hospital.do("nils", tokens.resume, held)
        hospital.do("nils", tokens.complete, "GM-002")
        assert hospital.do("nils", tokens.resume, held).room == "Room 1"

    def test_keeps_its_reason_for_the_staff(self, hospital: Hospital) -> None:
        hospital.issue()
        held = hospital.do("nils", tokens.hold, hospital.called().id, "fetch papers")
        assert held.reason == "fetch papers"


class TestPutBack:
    def test_waits_again_in_the_old_place_without_a_room(self, hospital: Hospital) -> None:
        hospital.issue(), hospital.issue()
        token = hospital.do("nils", tokens.put_back, hospital.called().id)
        assert (token.status, token.room) == (Status.WAITING, None)
        assert hospital.called().id == token.id

    def test_forgets_why_it_was_called(self, hospital: Hospital) -> None:
        hospital.issue()
        hospital.do("nils", tokens.call, "GM-001", reason="in pain")
        hospital.do("nils", tokens.put_back, "GM-001")
        sentence = hospital.ask("nils", tokens.why, "GM-001").sentence
        assert sentence == "due 09:00: in order of arrival"

    def test_of_another_day_is_refused(self, hospital: Hospital) -> None:
        hospital.issue()
        token = hospital.called().id
        hospital.clock.forward(days=1)
        with pytest.raises(WrongState, match="2031-03-04"):
            hospital.do("nils", tokens.put_back, token)


class TestRejoin:
    def missed(self, hospital: Hospital) -> int:
        hospital.issue(token_class="elderly")
        hospital.issue()
        token = hospital.called().id
        hospital.do("nils", tokens.no_show, token)
        hospital.clock.forward(minutes=30)
        return token

    def test_keeps_the_old_place(self, hospital: Hospital) -> None:
        token = hospital.do("nils", tokens.rejoin, self.missed(hospital))
        assert (token.ended_at, token.room) == (None, None)
        assert hospital.called().id == token.id

    def test_or_takes_the_end_where_the_queue_says_so(self, hospital: Hospital) -> None:
        hospital.do("mara", tokens.edit_queue, "GM", tokens.EditQueue(rejoin="end"))
        token = self.missed(hospital)
        hospital.do("nils", tokens.rejoin, token)
        assert hospital.queue().next == ("GM-002", "GM-001")
        said = hospital.ask("nils", tokens.why, token).sentence
        assert said == "due 09:30: came back then after a missed call; arrived 09:00"

    def test_of_another_day_is_refused(self, hospital: Hospital) -> None:
        token = self.missed(hospital)
        hospital.clock.forward(days=1)
        with pytest.raises(WrongState, match="2031-03-04"):
            hospital.do("nils", tokens.rejoin, token)
        assert hospital.queue().waiting == 1

    def test_is_refused_to_who_took_another_token(self, hospital: Hospital) -> None:
        who = hospital.patient().mrn
        hospital.issue(patient=who)
        missed = hospital.called().id
        hospital.do("nils", tokens.no_show, missed)
        hospital.issue(patient=who)
        with pytest.raises(tokens_error("AlreadyQueued")):
            hospital.do("nils", tokens.rejoin, missed)


def tokens_error(name: str) -> type[Exception]:
    from hms.features.tokens import errors

    kind: type[Exception] = getattr(errors, name)
    return kind


@pytest.mark.parametrize("verb", [tokens.cancel, tokens.hold])
def test_a_missing_reason_is_recorded_as_none_given(
    hospital: Hospital, verb: Callable[..., Any]
) -> None:
    hospital.issue()
    assert hospital.do("tests", verb, hospital.called().id).reason == "none given"


@pytest.mark.parametrize("hostile", ["\x1b[2J", "\u202e", "y" * 201, "\udcff", "\x9b"])
@pytest.mark.parametrize("verb", [tokens.cancel, tokens.hold, tokens.transfer])
def test_a_hostile_reason_changes_nothing(
    hospital: Hospital, verb: Callable[..., Any], hostile: str
) -> None:
    hospital.issue()
    token = hospital.called().id
    to = ("LAB",) if verb is tokens.transfer else ()
    with pytest.raises(InvalidInput) as refused:
        hospital.do("tests", verb, token, *to, hostile)
    assert refused.value.field == "reason"
    assert hospital.token(token).status == Status.CALLED


def test_no_verb_was_forgotten() -> None:
    assert set(VERBS) == set(Move) - {Move.EXPIRE}
