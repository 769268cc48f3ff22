"""When the backup of the night is due."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time
from pathlib import Path

import pytest

from hms.bootstrap import invariants
from hms.infra.backup.folder import folder_of, last_good
from hms.infra.backup.make import make_backup
from hms.infra.backup.nightly import is_due, last_time
from hms.infra.settings import BackupSettings, Settings
from hms.infra.settings import Hospital as HospitalSettings
from tests.support import MORNING, Hospital


def settings(zone: str, at: time) -> Settings:
    """Return settings of a hospital in ``zone`` that backs up at ``at``."""
    return Settings(hospital=HospitalSettings(timezone=zone), backup=BackupSettings(at=at))


@pytest.mark.parametrize(
    ("zone", "at", "now", "expected"),
    [
        ("UTC", time(2), "2031-03-04T09:00", "2031-03-04T02:00"),
        ("UTC", time(2), "2031-03-04T01:59", "2031-03-03T02:00"),
        ("UTC", time(2), "2031-03-04T02:00", "2031-03-04T02:00"),
        ("Asia/Kolkata", time(2), "2031-03-03T20:31", "2031-03-03T20:30"),
        ("Asia/Kolkata", time(2), "2031-03-03T20:29", "2031-03-02T20:30"),
        # 02:30 is skipped in spring and comes twice in autumn: one backup each
        ("Europe/Berlin", time(2, 30), "2031-03-30T03:00", "2031-03-30T01:30"),
        ("Europe/Berlin", time(2, 30), "2031-10-26T03:00", "2031-10-26T00:30"),
    ],
)
def test_the_time_is_the_hospitals(zone: str, at: time, now: str, expected: str) -> None:
    moment = datetime.fromisoformat(f"{now}Z")
    assert last_time(settings(zone, at), moment) == datetime.fromisoformat(f"{expected}Z")


def due(hospital: Hospital) -> bool:
    """Return whether a backup is due now."""
    return hospital.db.read_now(is_due)


def test_a_new_hospital_waits_for_its_first_night(hospital: Hospital) -> None:
    assert not due(hospital)
    hospital.clock.forward(hours=18)  # 03:00 of the next day
    assert due(hospital)


def test_one_a_night_is_enough_and_a_missed_one_is_made_up_for(hospital: Hospital) -> None:
    make_backup(hospital.settings, invariants())
    assert not due(hospital)
    hospital.clock.forward(days=3)
    assert due(hospital)
    make_backup(hospital.settings, invariants())
    assert not due(hospital)


def test_a_backup_that_cannot_be_read_is_none(hospital: Hospital) -> None:
    made = make_backup(hospital.settings, invariants())
    newest = last_good(hospital.settings)
    assert newest is not None
    assert (newest.path, newest.made_at, newest.bytes) == (made.file, MORNING, made.bytes)
    made.file.write_bytes(b"rubbish")
    assert last_good(hospital.settings) is None
    hospital.clock.forward(days=1)
    assert due(hospital)


def test_the_folder_is_below_the_data_or_anywhere(tmp_path: Path) -> None:
    there = replace(settings("UTC", time(2)), backup=BackupSettings(to=str(tmp_path)))
    assert folder_of(there) == tmp_path
    assert folder_of(settings("UTC", time(2))).name == "backups"
