"""Numbers on paper: never given by a desk, never given twice, entered in their fair place."""

from __future__ import annotations

import pytest

from hms.features.tokens import service as tokens
from hms.features.tokens.errors import AlreadyQueued, PaperEntered, PaperUnknown, SeriesTaken
from hms.features.tokens.queries.invariants import INVARIANTS
from hms.kernel.errors import InvalidInput, NotPermitted
from tests.support import Hospital


def reserve(hospital: Hospital, queue: str = "GM", count: int = 5, **more: str) -> list[str]:
    return hospital.do(
        "rosa", tokens.reserve_paper, tokens.ReservePaper(queue, count, **more)
    ).codes


def enter(hospital: Hospital, code: str, arrived: str = "08:40", **more: str) -> str:
    said = tokens.EnterPaper(code, arrived, **more)
    return hospital.do("rosa", tokens.enter_paper, said).code


def broken(hospital: Hospital) -> list[str]:
    return [one.name for one in INVARIANTS if hospital.rows(one.query)]


def test_blocks_follow_each_other_and_leave_the_desks_numbers_alone(hospital: Hospital) -> None:
    hospital.issue()
    assert reserve(hospital) == [f"GMP-00{n}" for n in range(1, 6)]
    assert reserve(hospital, count=2) == ["GMP-006", "GMP-007"]
    assert reserve(hospital, "ENT", 1) == ["ENTP-001"]
    assert hospital.issue().code == "GM-002"
    assert broken(hospital) == []


def test_each_day_begins_anew(hospital: Hospital) -> None:
    reserve(hospital)
    assert reserve(hospital, count=1, day="2031-03-05") == ["GMP-001"]


def test_an_entered_number_waits_where_it_arrived(hospital: Hospital) -> None:
    reserve(hospital)
    first = hospital.issue()
    assert enter(hospital, "gmp3", "08:40") == "GMP-003"
    assert hospital.queue().next == ("GMP-003", first.code)
    assert hospital.token("GMP-003").arrived_at.hour == 8
    assert broken(hospital) == []


def test_a_number_is_entered_once(hospital: Hospital) -> None:
    reserve(hospital)
    enter(hospital, "GMP-003")
    with pytest.raises(PaperEntered, match="GMP-003"):
        enter(hospital, "GMP-003")
    hospital.do("rosa", tokens.cancel, "GMP-003")
    with pytest.raises(PaperEntered):
        enter(hospital, "GMP-003")


@pytest.mark.parametrize("code", ["GMP-006", "GM-001", "XYZ-001"])
def test_a_number_that_is_on_no_paper_is_refused(hospital: Hospital, code: str) -> None:
    reserve(hospital)
    with pytest.raises(PaperUnknown):
        enter(hospital, code)


def test_yesterdays_paper_is_refused(hospital: Hospital) -> None:
    reserve(hospital)
    hospital.clock.forward(days=1)
    with pytest.raises(PaperUnknown):
        enter(hospital, "GMP-001")


@pytest.mark.parametrize("arrived", ["09:01", "25:00", "late", "", "02:59"])
def test_a_time_that_nobody_can_have_come_at_is_refused(hospital: Hospital, arrived: str) -> None:
    reserve(hospital)
    with pytest.raises(InvalidInput):
        enter(hospital, "GMP-001", arrived)
    assert hospital.one("SELECT count(*) FROM token") == 0


def test_a_patient_is_not_put_in_a_queue_twice(hospital: Hospital) -> None:
    reserve(hospital)
    who = hospital.patient().mrn
    hospital.issue(patient=who)
    with pytest.raises(AlreadyQueued):
        enter(hospital, "GMP-001", patient=who)


def test_a_queue_cannot_take_a_prefix_that_is_on_paper(hospital: Hospital) -> None:
    reserve(hospital)
    with pytest.raises(SeriesTaken):
        hospital.do("mara", tokens.add_queue, tokens.AddQueue("GMP", "Other"))


def test_paper_takes_another_letter_where_a_queue_has_the_first(hospital: Hospital) -> None:
    hospital.do("mara", tokens.add_queue, tokens.AddQueue("GMP", "Other"))
    assert reserve(hospital, count=1) == ["GMQ-001"]
    assert broken(hospital) == []


@pytest.mark.parametrize(
    "how", [{"count": 0}, {"count": 201}, {"day": "2031-03-03"}, {"day": "soon"}]
)
def test_a_block_that_makes_no_sense_is_refused(hospital: Hospital, how: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        reserve(hospital, **how)  # type: ignore[arg-type]


def test_a_doctor_reserves_none(hospital: Hospital) -> None:
    with pytest.raises(NotPermitted):
        hospital.do("dora", tokens.reserve_paper, tokens.ReservePaper("GM"))
