"""``hms check`` says which hospital of a chain works here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hms.cli.check_hospital import hospital as look
from hms.cli.checks import Grade
from hms.features.staff import service as staff
from hms.infra.settings import Hospital as HospitalSettings
from tests.support import Hospital, hospital_at


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Hospital]:
    with hospital_at(tmp_path / "data" / "hms.db") as made:
        yield made


def test_one_hospital_is_named_and_of_several_the_own_one(hospital: Hospital) -> None:
    def found(code: str) -> tuple[Grade, str]:
        named = HospitalSettings(name="St. Test", code=code)
        finding = look(replace(hospital.settings, hospital=named))
        return finding.grade, finding.found

    assert found("") == (Grade.OK, "St. Test")
    assert found("south") == (Grade.PROBLEM, "there is no hospital south")
    hospital.do("ada", staff.add_hospital, staff.AddHospital("north", "North"))
    assert found("north") == (Grade.OK, "north, one of 2")
    assert found("main") == (Grade.OK, "main, one of 2")
    assert found("") == (Grade.NOTE, "main, one of 2")
