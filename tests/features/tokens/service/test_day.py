"""Closing the service day."""

from __future__ import annotations

import pytest

from hms.features.tokens import service as tokens
from hms.features.tokens.rules import Status
from hms.kernel.errors import NotPermitted
from tests.support import Hospital

pytestmark = pytest.mark.both_databases


def states(hospital: Hospital) -> list[str]:
    return [row[0] for row in hospital.rows("SELECT status FROM token ORDER BY id")]


def morning(hospital: Hospital) -> None:
    """Leave one token in each open state: inside, called, on hold, missed, waiting."""
    for room, verb in ((1, tokens.start), (2, None), (3, tokens.hold), (4, tokens.no_show)):
        hospital.issue()
        token = hospital.called(room=f"R{room}").id
        if verb is not None:
            hospital.do("nils", verb, token)
    hospital.issue()


def test_expires_what_waits_is_called_or_on_hold(hospital: Hospital) -> None:
    morning(hospital)
    done = hospital.do("mara", tokens.close_day)
    assert (done.expired, done.kept, done.in_progress) == (3, 0, 1)
    assert states(hospital) == ["in_progress", "expired", "expired", "no_show", "expired"]


def test_leaves_a_queue_that_runs_24_hours(hospital: Hospital) -> None:
    hospital.do("mara", tokens.edit_queue, "GM", tokens.EditQueue(is_24h=True))
    morning(hospital)
    hospital.issue("ENT")
    done = hospital.do("mara", tokens.close_day)
    assert (done.expired, done.kept) == (1, 3)
    assert states(hospital).count(Status.EXPIRED) == 1


def test_frees_the_rooms(hospital: Hospital) -> None:
    hospital.issue()
    hospital.called()
    hospital.do("mara", tokens.close_day)
    hospital.clock.forward(days=1)
    hospital.issue()
    assert hospital.called().room == "Room 1"


def test_who_is_with_the_doctor_over_the_cut_off_is_completed_by_the_code(
    hospital: Hospital,
) -> None:
    hospital.issue()
    hospital.do("nils", tokens.start, hospital.called().id)
    hospital.clock.forward(days=1)
    hospital.do("tests", tokens.close_past_days)
    assert hospital.do("nils", tokens.complete, "GM-001").status == Status.COMPLETED


def test_past_days_are_caught_up_and_today_is_left(hospital: Hospital) -> None:
    hospital.issue()
    hospital.clock.forward(days=3)
    hospital.issue()
    assert hospital.do("tests", tokens.close_past_days).expired == 1
    assert states(hospital) == ["expired", "waiting"]


def test_again_changes_nothing_and_writes_nothing(hospital: Hospital) -> None:
    hospital.issue()
    hospital.clock.forward(days=1)
    hospital.do("tests", tokens.close_past_days)
    before = hospital.rows("SELECT (SELECT max(id) FROM audit), (SELECT max(id) FROM outbox)")
    assert hospital.do("tests", tokens.close_past_days).expired == 0
    after = hospital.rows("SELECT (SELECT max(id) FROM audit), (SELECT max(id) FROM outbox)")
    assert after == before


def test_tells_the_wall_of_each(hospital: Hospital) -> None:
    hospital.issue(), hospital.issue()
    hospital.do("mara", tokens.close_day)
    assert hospital.one("SELECT count(*) FROM outbox WHERE kind = 'TokenExpired'") == 2
    assert hospital.queue().waiting == 0


@pytest.mark.parametrize("who", ["rosa", "nils", "dora", "bela", "dirk"])
def test_is_for_those_who_define_queues(hospital: Hospital, who: str) -> None:
    with pytest.raises(NotPermitted):
        hospital.do(who, tokens.close_day)
