"""What must never happen is refused by the database, even when every service is bypassed."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from hms.features.tokens import rules
from hms.features.tokens.rules import Status
from tests.support import Hospital

COLUMNS = (
    "hospital_id, queue_id, series_queue_id, series, service_day, number, code, leg, status, "
    "token_class, head_start_minutes, rank, arrived_at, issued_at, call_count, patient_id, "
    "counter, started_at, ended_at"
)
AT = "2031-03-04 09:00:00.000000"


def insert(hospital: Hospital, **other: object) -> None:
    row = {
        "queue": 1, "number": 1, "leg": 1, "status": "waiting", "calls": 0, "patient": None,
        "counter": None, "started": None, "ended": None, "day": "2031-03-04", **other,
    }  # fmt: skip
    hospital.force(
        f"INSERT INTO token ({COLUMNS}) VALUES (1, :queue, :queue, 'GM', :day, :number, "
        f"'GM-1', :leg, :status, 'normal', 0, 0, '{AT}', '{AT}', :calls, :patient, :counter, "
        ":started, :ended)",
        **row,
    )


@pytest.mark.sqlite
def test_the_row_that_the_others_vary_is_accepted(hospital: Hospital) -> None:
    insert(hospital)
    assert hospital.one("SELECT count(*) FROM token") == 1


@pytest.mark.sqlite
def test_a_number_is_given_once_in_queue_day_and_series(hospital: Hospital) -> None:
    insert(hospital, status="cancelled")
    with pytest.raises(IntegrityError):
        insert(hospital)
    insert(hospital, leg=2)
    insert(hospital, day="2031-03-05")


@pytest.mark.sqlite
def test_a_room_serves_one_token_at_a_time(hospital: Hospital) -> None:
    insert(hospital, status="called", calls=1, counter="room 1")
    with pytest.raises(IntegrityError):
        insert(
            hospital, queue=2, number=2, status="in_progress", calls=1, counter="room 1", started=AT
        )
    insert(hospital, number=3, status="called", calls=1, counter="room 2")
    insert(hospital, number=4, status="on_hold", calls=1, counter="room 1")


@pytest.mark.sqlite
def test_a_patient_has_one_active_token_in_a_queue(hospital: Hospital) -> None:
    who = hospital.patient().id
    insert(hospital, patient=who)
    with pytest.raises(IntegrityError):
        insert(hospital, number=2, status="on_hold", calls=1, patient=who)
    insert(hospital, number=3, status="no_show", calls=1, patient=who)
    insert(hospital, queue=2, number=4, patient=who)


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "sleeping"},
        {"status": "called", "calls": 1},
        {"status": "called", "counter": "room 1"},
        {"status": "in_progress", "calls": 1, "counter": "room 1"},
        {"ended": AT},
        {"number": 0},
        {"leg": 0},
        {"queue": 99},
        {"patient": 99},
    ],
    ids=str,
)
def test_a_row_that_contradicts_itself_is_refused(
    hospital: Hospital, wrong: dict[str, object]
) -> None:
    with pytest.raises(IntegrityError):
        insert(hospital, **wrong)


@pytest.mark.sqlite
@pytest.mark.parametrize("old", Status)
def test_a_status_moves_only_as_the_rules_allow(hospital: Hospital, old: Status) -> None:
    allowed = rules.allowed_pairs()[old]
    for number, new in enumerate(Status, 1):
        insert(hospital, number=number, status=old, calls=1, counter=f"room {number}", started=AT)
        move = "UPDATE token SET status = :new, ended_at = NULL WHERE number = :number"
        if new in allowed or new is old:
            hospital.force(move, new=new, number=number)
        else:
            with pytest.raises(IntegrityError, match="cannot move so"):
                hospital.force(move, new=new, number=number)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("kind", "cafe"),
        ("policy", "random"),
        ("rejoin", "never"),
        ("start_number", 0),
        ("daily_limit", 0),
        ("code", "ENT"),
        ("prefix", "ENT"),
        ("hospital_id", 2),
    ],
)
def test_a_queue_that_cannot_be_is_refused(hospital: Hospital, column: str, value: object) -> None:
    with pytest.raises(IntegrityError):
        hospital.force(f"UPDATE queue SET {column} = :value WHERE code = 'GM'", value=value)


@pytest.mark.parametrize("table", ["queue", "patient", "user_account"])
def test_what_tokens_refer_to_cannot_be_deleted(hospital: Hospital, table: str) -> None:
    hospital.issue(patient=hospital.patient().mrn)
    with pytest.raises(IntegrityError):
        hospital.force(f"DELETE FROM {table}")
