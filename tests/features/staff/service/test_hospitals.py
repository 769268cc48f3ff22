"""Hospitals of a chain: added, named, listed; who acts in which."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hms.features.staff import service as staff
from hms.features.staff.queries import whereabouts
from hms.infra.settings import Hospital as HospitalSettings
from hms.infra.settings import Settings
from hms.infra.uow import Work
from hms.kernel.actor import Role
from hms.kernel.errors import InvalidInput, NotPermitted
from tests.support import Hospital, hospital_at


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Hospital]:
    with hospital_at(tmp_path / "data" / "hms.db") as made:
        yield made


NORTH = staff.AddHospital("North", "North Hospital")


def of(hospital: Hospital, code: str) -> Settings:
    named = HospitalSettings(name=code, code=code)
    return replace(hospital.settings, hospital=named)


def test_an_administrator_adds_a_hospital_and_sees_all(hospital: Hospital) -> None:
    made = hospital.do("ada", staff.add_hospital, NORTH)
    assert (made.id, made.code, made.name, made.people) == (2, "north", "North Hospital", 0)
    seen = hospital.ask("ada", staff.list_hospitals)
    assert [(one.code, one.here) for one in seen] == [("main", True), ("north", False)]
    assert hospital.do("ada", staff.add_hospital, staff.AddHospital("s", "South")).id == 3


def test_a_manager_sees_the_own_one_and_adds_none(hospital: Hospital) -> None:
    hospital.do("ada", staff.add_hospital, NORTH)
    assert [one.code for one in hospital.ask("mara", staff.list_hospitals)] == ["main"]
    with pytest.raises(NotPermitted):
        hospital.do("mara", staff.add_hospital, NORTH)


@pytest.mark.parametrize("code", ["", "1st", "a b", "x" * 21, "näh"])
def test_a_code_that_cannot_be_is_refused(hospital: Hospital, code: str) -> None:
    with pytest.raises(InvalidInput):
        hospital.do("ada", staff.add_hospital, staff.AddHospital(code, "North"))


@pytest.mark.parametrize("code", ["north", "NORTH", "main"])
def test_a_code_is_one_hospitals_alone(hospital: Hospital, code: str) -> None:
    hospital.do("ada", staff.add_hospital, NORTH)
    with pytest.raises(staff.HospitalTaken):
        hospital.do("ada", staff.add_hospital, staff.AddHospital(code, "Another"))


def test_the_hospital_of_the_desk_gets_another_name(hospital: Hospital) -> None:
    hospital.do("ada", staff.add_hospital, NORTH)
    assert hospital.do("ada", staff.rename_hospital, "Old Town").name == "Old Town"
    assert hospital.do("ada", staff.rename_hospital, "New Town").code == "main"
    seen = hospital.ask("ada", staff.list_hospitals)
    assert [one.name for one in seen] == ["New Town", "North Hospital"]


def test_the_settings_say_which_hospital_works_here(hospital: Hospital) -> None:
    hospital.do("ada", staff.add_hospital, NORTH)
    codes = ("", "main", "north", " NORTH ", "south")

    def look(work: Work) -> list[int | None]:
        return [whereabouts.hospital_of(work.db, of(hospital, code)) for code in codes]

    assert hospital.db.read_now(look) == [1, 1, 2, 2, None]


def test_administrators_act_everywhere_others_at_home(hospital: Hospital) -> None:
    from hms.features.staff.service.identity import hospital_for

    hospital.do("ada", staff.add_hospital, NORTH)

    def at(code: str, role: Role) -> int:
        there = of(hospital, code)
        return hospital.db.read_now(lambda work: hospital_for(work.db, there, role, 1))

    assert at("north", Role.ADMIN) == 2
    assert at("main", Role.NURSE) == at("", Role.NURSE) == 1
    with pytest.raises(staff.OtherHospital):
        at("north", Role.MANAGER)
    with pytest.raises(staff.HospitalUnknown):
        at("south", Role.ADMIN)
