"""The wait is learnt from what the queue did, and unknown before."""

from __future__ import annotations

from hms.features.tokens import queries
from hms.features.tokens import service as tokens
from tests.support import Hospital


def wait(hospital: Hospital, ahead: int = 1) -> tuple[int, int] | None:
    queue = hospital.queue().row.id
    return hospital.db.read_now(lambda work: queries.queue_wait(work.db, queue, ahead))


def test_is_unknown_until_five_were_served(hospital: Hospital) -> None:
    for _ in range(4):
        hospital.serve(10)
    assert wait(hospital) is None
    hospital.serve(10)
    assert wait(hospital) == (10, 20)


def test_follows_what_the_queue_did_lately(hospital: Hospital) -> None:
    for _ in range(20):
        hospital.serve(30)
    for _ in range(20):
        hospital.serve(6)
    assert wait(hospital) == (6, 12)


def test_those_who_never_came_do_not_count(hospital: Hospital) -> None:
    for _ in range(5):
        hospital.serve(10)
    for _ in range(10):
        hospital.issue()
        hospital.do("nils", tokens.no_show, hospital.called().id)
    assert wait(hospital) == (10, 20)


def test_two_rooms_halve_it(hospital: Hospital) -> None:
    for number in range(6):
        hospital.issue()
        called = hospital.called(room=f"Room {1 + number % 2}").id
        hospital.clock.forward(minutes=10)
        hospital.do("nils", tokens.complete, called)
    assert wait(hospital, ahead=2) == (10, 15)


def test_is_the_queues_own(hospital: Hospital) -> None:
    for _ in range(5):
        hospital.serve(10, "ENT")
    assert wait(hospital) is None


def test_does_not_move_with_the_clock(hospital: Hospital) -> None:
    for _ in range(5):
        hospital.serve(10)
    before = wait(hospital)
    hospital.clock.forward(hours=3)
    assert wait(hospital) == before


def test_a_service_undone_is_not_learnt_from(hospital: Hospital) -> None:
    served = [hospital.serve(10) for _ in range(5)]
    hospital.do("nils", tokens.undo, served[-1].id)
    assert wait(hospital) is None
