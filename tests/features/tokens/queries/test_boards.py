"""What a wall gets of the queues."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest

from hms.features.tokens import service as tokens
from hms.features.tokens.queries.boards import queue_boards, zone_queues
from tests.support import Hospital

pytestmark = pytest.mark.both_databases


def boards(hospital: Hospital) -> dict[str, dict[str, object]]:
    found = hospital.db.read_now(lambda work: queue_boards(work.db))
    return {board.code: asdict(board) for board in found.values()}


def test_an_empty_queue(hospital: Hospital) -> None:
    assert boards(hospital)["GM"] == {
        "code": "GM", "name": "General medicine", "room": "Room 1", "paused": False,
        "waiting": 0, "next": (), "serving": (), "wait_low_minutes": None,
        "wait_high_minutes": None,
    }  # fmt: skip


def test_who_waits_and_who_is_served(hospital: Hospital) -> None:
    for _ in range(3):
        hospital.issue("LAB")
    hospital.called("LAB", room="Lab 1")
    hospital.clock.forward(minutes=1)
    hospital.do("nils", tokens.start, hospital.called("LAB", room="Lab 2").id)
    board = boards(hospital)["LAB"]
    assert (board["waiting"], board["next"]) == (1, ("LAB-003",))
    assert board["serving"] == (
        {"token": "LAB-002", "room": "Lab 2", "status": "in_progress", "call_no": 1,
         "called_at": "2031-03-04T09:01:00.000Z"},
        {"token": "LAB-001", "room": "Lab 1", "status": "called", "call_no": 1,
         "called_at": "2031-03-04T09:00:00.000Z"},
    )  # fmt: skip


def test_at_most_twenty_are_named_and_all_are_counted(hospital: Hospital) -> None:
    for _ in range(23):
        hospital.issue()
    board = boards(hospital)["GM"]
    assert (board["waiting"], len(board["next"])) == (23, 20)  # type: ignore[arg-type]


def test_a_paused_queue_is_paused_without_the_reason(hospital: Hospital) -> None:
    hospital.do("mara", tokens.pause_queue, "GM", "doctor is ill")
    board = boards(hospital)["GM"]
    assert board["paused"] is True
    assert "ill" not in str(board)


def test_no_person_is_in_it(hospital: Hospital) -> None:
    who = hospital.patient("Zsófia Canary")
    hospital.issue(patient=who.mrn)
    hospital.called()
    assert "Canary" not in str(boards(hospital))
    assert who.mrn not in str(boards(hospital))


@pytest.mark.parametrize(
    ("zone", "codes"),
    [(None, ["GM", "ENT", "LAB"]), ("hall", ["LAB", "GM"]), ("empty", []), ("nowhere", None)],
)
def test_a_zone_is_a_set_of_queues_in_its_own_order(
    hospital: Hospital, zone: str | None, codes: list[str] | None
) -> None:
    zones = {"hall": ("lab", "GM", "gone"), "empty": ()}
    settings = replace(hospital.settings, zones=zones)
    ids = hospital.db.read_now(lambda work: zone_queues(work.db, settings, zone))
    known = {board.code: key for key, board in hospital.db.read_now(
        lambda work: queue_boards(work.db)).items()}  # fmt: skip
    assert ids == (None if codes is None else [known[code] for code in codes])


def test_only_the_queues_that_were_asked_for(hospital: Hospital) -> None:
    found = hospital.db.read_now(lambda work: queue_boards(work.db, [2]))
    assert [board.code for board in found.values()] == ["ENT"]
