"""What the outbox alone tells: numbers, the last frames, the recent calls of each zone."""

from __future__ import annotations

from typing import Any

import pytest

from hms.features.tokens.queries.boards import queue_boards
from hms.infra import outbox
from hms.infra.uow import Work
from hms.kernel.events import HOSPITAL_TOPIC, Recorded
from kiosk_display import past
from kiosk_display.state import HISTORY, Hall, Past, Stream, Zone, recent_calls
from tests.support import Hospital

QUEUES = {1: "GM", 2: "ENT", 3: "LAB"}


def write_log(hospital: Hospital, rows: list[tuple[str, int | None, int, dict[str, Any]]]) -> None:
    """Write outbox rows past every service: (kind, topic, frames, payload)."""
    from sqlalchemy import insert

    from hms.infra.tables import Outbox, table_of

    def write(work: Work) -> None:
        values = [
            {
                "at": work.now, "hospital_id": 1, "kind": kind, "topic": topic, "subject_id": 1,
                "frames": frames, "payload": payload,
            }
            for kind, topic, frames, payload in rows
        ]  # fmt: skip
        work.db.execute(insert(table_of(Outbox)), values)

    hospital.db.write_now(write)


def said(token: str, status: str) -> dict[str, Any]:
    return {"token": token, "status": status, "room": "Room 1", "call_no": 1}


def read(hospital: Hospital, *zones: Zone) -> dict[str | None, Past]:
    return hospital.db.read_now(lambda work: past.pasts(work.db, zones, QUEUES))


def log_of(hospital: Hospital) -> list[Recorded]:
    return hospital.db.read_now(lambda work: outbox.read_after(work.db, 0, 10**6))


def test_a_number_is_the_sum_of_frames_of_the_zone_and_the_hospital(hospital: Hospital) -> None:
    hospital.issue("GM")
    hospital.issue("LAB")
    hospital.called("GM")
    found = read(hospital, Zone(None, (1, 2, 3), "e"), Zone("ent", (2,), "f"))
    log = log_of(hospital)
    assert found[None].seq == sum(event.frames for event in log)
    assert found["ent"].seq == sum(e.frames for e in log if e.topic in (HOSPITAL_TOPIC, 2))


def test_events_of_no_wall_have_no_number(hospital: Hospital) -> None:
    before = read(hospital, Zone(None, (1, 2, 3), "e"))[None].seq
    write_log(hospital, [("PatientAttached", None, 0, {"token": "GM-001"})])
    assert read(hospital, Zone(None, (1, 2, 3), "e"))[None].seq == before


def test_the_last_frames_of_a_quiet_zone_are_found_under_a_busy_hospital(
    hospital: Hospital,
) -> None:
    hospital.issue("ENT")
    write_log(hospital, [("TokenIssued", 1, 2, said(f"GM-{n}", "waiting")) for n in range(3000)])
    found = read(hospital, Zone("ent", (2,), "e"))["ent"]
    assert [event.kind for event in found.events if event.topic == 2] == [
        "QueueAdded",
        "TokenIssued",
    ]


def test_no_more_than_the_promised_frames_are_read_again(hospital: Hospital) -> None:
    write_log(hospital, [("TokenIssued", 1, 2, said(f"GM-{n}", "waiting")) for n in range(3000)])
    found = read(hospital, Zone(None, (1, 2, 3), "e"))[None]
    assert 1000 <= sum(event.frames for event in found.events) <= HISTORY
    assert found.events[-1].id == log_of(hospital)[-1].id


@pytest.mark.parametrize("quiet_rows", [10, 3000])
def test_recent_calls_are_found_however_long_ago_they_were(
    hospital: Hospital, quiet_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past, "FIRST_LOOK", 4)
    rows: list[tuple[str, int | None, int, dict[str, Any]]] = []
    for number in range(30):
        token = f"GM-{number:03}"
        queue = 1 + number % 3
        rows.append(("TokenCalled", queue, 3, said(token, "called")))
        if number % 4 == 0:
            rows.append(("TokenPutBack", queue, 2, said(token, "waiting")))
        else:
            rows.append(("TokenStarted", queue, 2, said(token, "in_progress")))
    rows += [("TokenIssued", 1, 2, said(f"X-{n}", "waiting")) for n in range(quiet_rows)]
    write_log(hospital, rows)
    for zone in (Zone(None, (1, 2, 3), "e"), Zone("ent", (2,), "f")):
        found = read(hospital, zone)[zone.name]
        codes = {key: QUEUES[key] for key in zone.queue_ids}
        truth, _ = recent_calls(log_of(hospital), codes)
        boards = hospital.db.read_now(lambda work: queue_boards(work.db))
        stream = Stream(zone, Hall("St. Test", "UTC"), found, boards, ())
        assert stream.view.recent_calls == truth


def test_a_hospital_without_events_has_an_empty_past(hospital: Hospital) -> None:
    assert read(hospital, Zone("none", (), "e"))["none"] == Past(0, [], ())
