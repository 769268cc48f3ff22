"""A room that gets another name has it in the queues, too, and on the walls."""

from __future__ import annotations

import pytest

from hms.features.staff import service as staff
from hms.features.tokens import service as tokens
from hms.kernel import clock
from hms.kernel.errors import HmsError
from kiosk_display.feed import Opening, look
from tests.support import Hospital


def test_a_rooms_new_name_reaches_queues_and_walls_in_one_transaction(hospital: Hospital) -> None:
    added = tokens.AddQueue("XR", "X-ray", rooms=("Cellar 1", "cellar 2"))
    queue = hospital.do("mara", tokens.add_queue, added).row.id
    last = hospital.one("SELECT max(id) FROM outbox")
    hospital.do("mara", staff.rename_room, "CELLAR 2", "Attic")
    assert hospital.queue("XR").rooms == ("Cellar 1", "Attic")
    said = hospital.rows("SELECT kind, topic FROM outbox WHERE id > :last ORDER BY id", last=last)
    assert ("QueueChanged", queue) in said
    hospital.issue("XR")
    assert hospital.called("XR", room="attic").room == "Attic"
    wall = hospital.db.read_now(lambda work: look(work, None, 0))
    assert isinstance(wall, Opening)
    assert '"Attic"' in wall.streams[None].snapshot(clock.now())


def test_other_queues_and_a_change_of_letters_only(hospital: Hospital) -> None:
    before = hospital.rows("SELECT queue_id, room FROM queue_room ORDER BY 1, 2")
    hospital.do("mara", staff.add_room, "Store")
    hospital.do("mara", staff.rename_room, "Store", "Archive")
    assert hospital.rows("SELECT queue_id, room FROM queue_room ORDER BY 1, 2") == before
    hospital.do("mara", staff.rename_room, "Lab 1", "LAB 1")
    assert hospital.queue("LAB").rooms[0] == "LAB 1"


def test_a_refused_rename_changes_nothing(hospital: Hospital) -> None:
    before = hospital.rows("SELECT queue_id, room FROM queue_room ORDER BY 1, 2")
    events = hospital.one("SELECT count(*) FROM outbox")
    for new in ("lab 2", ""):
        with pytest.raises(HmsError):
            hospital.do("mara", staff.rename_room, "Lab 1", new)
    assert hospital.rows("SELECT queue_id, room FROM queue_room ORDER BY 1, 2") == before
    assert hospital.one("SELECT count(*) FROM outbox") == events
