"""The demo hospital: complete, signed in by the front door, gone at the end."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, time
from pathlib import Path

import pytest

from hms.bootstrap import Application
from hms.features.patients import service as patients
from hms.features.staff import service as staff
from hms.features.tokens import service as tokens
from hms.kernel.actor import STAFF_ROLES
from hms.simulation.demo.accounts import ACCOUNTS
from hms.simulation.demo.hospital import DATA, ZONES, _day_start, demo_hospital


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    before, tempfile.tempdir = tempfile.tempdir, str(tmp_path_factory.mktemp("temp"))
    try:
        with demo_hospital("Europe/London") as application:
            yield application
        assert not any(Path(str(tempfile.tempdir)).iterdir())
    finally:
        tempfile.tempdir = before


def test_there_is_an_account_for_each_role_and_its_password_opens(demo: Application) -> None:
    assert {account.role for account in ACCOUNTS} == set(STAFF_ROLES)
    for account in ACCOUNTS:
        who = staff.sign_in_now(demo.db, account.login, account.password, "test")
        assert who.role is account.role


def test_nobody_signs_in_as_a_doctor_without_an_account(demo: Application) -> None:
    with pytest.raises((staff.WrongPassword, staff.NewPasswordDue)):
        staff.sign_in_now(demo.db, "osei", ACCOUNTS[0].password, "test")


def test_there_are_doctors_with_rooms_queues_zones_and_patients(demo: Application) -> None:
    who = demo.as_service("test")
    doctors = demo.ask_now(who, staff.list_doctors)
    assert 6 <= len(doctors) <= 8
    assert all(doctor.room and doctor.licence and doctor.status == "online" for doctor in doctors)
    queues = {view.row.code: view for view in demo.ask_now(who, tokens.list_queues)}
    assert 6 <= len(queues) <= 8
    assert {code for zone in ZONES.values() for code in zone} == set(queues)
    found = demo.ask_now(who, patients.search, "Mosciski")
    assert [patient.name for patient in found] == ["Maynard Mosciski"]


def test_the_data_carries_its_licences() -> None:
    for name in ("patients", "arrivals"):
        assert (DATA / f"{name}.csv").is_file()
        assert "icense" in (DATA / f"LICENSE-{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("hour", range(24))
def test_the_service_day_does_not_turn_in_the_morning_before_the_demo(hour: int) -> None:
    start = _day_start("UTC", datetime(2031, 3, 3, hour, 10, tzinfo=UTC))
    assert start in (time(0), time(3))
    assert (hour - start.hour) % 24 >= 1
