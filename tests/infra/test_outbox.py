"""The outbox is read in order, and its frames are counted from the rows alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hms.features.tokens import service as tokens
from hms.infra import outbox
from tests.support import Hospital, hospital_at, quick_folder


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Hospital]:
    with quick_folder(tmp_path) as folder, hospital_at(folder / "hms.db") as made:
        yield made


def test_events_come_after_the_cursor_in_order_and_in_portions(hospital: Hospital) -> None:
    start = hospital.db.read_now(lambda work: outbox.last_id(work.db))
    for _ in range(5):
        hospital.issue()
    first = hospital.db.read_now(lambda work: outbox.read_after(work.db, start, 3))
    rest = hospital.db.read_now(lambda work: outbox.read_after(work.db, first[-1].id))
    ids = [event.id for event in (*first, *rest)]
    assert ids == list(range(start + 1, start + 6))
    assert first[0].kind == "TokenIssued"
    assert first[0].at == "2031-03-04T09:00:00.000Z"
    assert first[0].payload == {
        "token": "GM-001", "status": "waiting", "room": None, "call_no": 0,
    }  # fmt: skip
    assert hospital.db.read_now(lambda work: outbox.read_after(work.db, ids[-1])) == []


def test_frames_are_those_of_the_zones_queues(hospital: Hospital) -> None:
    def frames(topics: list[int] | None) -> int:
        return hospital.db.read_now(lambda work: outbox.frames_until(work.db, topics, 10**9))

    before = [frames(None), frames([1]), frames([2])]
    hospital.issue("GM")  # 2 frames
    hospital.called("GM")  # 3
    hospital.issue("ENT")  # 2
    hospital.do("mara", tokens.pause_queue, "GM")  # 1
    hospital.do("rosa", tokens.attach_patient, "ENT-001", hospital.patient().mrn)  # none
    after = [frames(None), frames([1]), frames([2])]
    assert [b - a for a, b in zip(before, after, strict=True)] == [8, 6, 2]


def test_the_epoch_stays_with_the_database(hospital: Hospital) -> None:
    first = hospital.db.read_now(lambda work: outbox.epoch(work.db))
    hospital.issue()
    assert hospital.db.read_now(lambda work: outbox.epoch(work.db)) == first


def test_an_empty_outbox_has_no_last_event(hospital: Hospital) -> None:
    hospital.force("DELETE FROM outbox")
    assert hospital.db.read_now(lambda work: outbox.last_id(work.db)) == 0
    assert hospital.db.read_now(lambda work: outbox.frames_until(work.db, None, 10**9)) == 0
