"""Queues as the desks see them."""

from __future__ import annotations

from hms.features.tokens import queries
from hms.features.tokens.queries.queues import is_own
from tests.support import Hospital


def test_come_in_the_order_they_were_made(hospital: Hospital) -> None:
    found = hospital.db.read_now(lambda work: queries.queue_rows(work.db, 1))
    assert [row.code for row in found] == ["GM", "ENT", "LAB"]


def test_are_a_doctors_own_by_name_or_because_they_are_everybodys(hospital: Hospital) -> None:
    dora = hospital.actor("dora").user_id
    assert dora is not None
    own = hospital.db.read_now(lambda work: queries.own_queue_ids(work.db, 1, dora))
    single = hospital.db.read_now(
        lambda work: {key for key in (1, 2, 3) if is_own(work.db, key, dora)}
    )
    assert own == single == {1, 3}


def test_are_json_with_the_keys_the_wall_uses(hospital: Hospital) -> None:
    said = hospital.queue("LAB").as_json()
    wall = [
        "code",
        "name",
        "room",
        "paused",
        "waiting",
        "next",
        "serving",
        "wait_low_minutes",
        "wait_high_minutes",
    ]
    assert set(wall) <= set(said)
    assert (said["room"], said["rooms"]) == ("Lab 1", ["Lab 1", "Lab 2"])


def test_one_is_found_by_its_code_or_its_id(hospital: Hospital) -> None:
    row = hospital.db.read_now(lambda work: queries.queue_by_code(work.db, 1, "ENT"))
    assert row is not None
    assert hospital.db.read_now(lambda work: queries.queue_by_id(work.db, row.id)) == row
    assert hospital.db.read_now(lambda work: queries.queue_by_id(work.db, 99)) is None
