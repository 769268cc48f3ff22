"""Patients as other features see them."""

from __future__ import annotations

from datetime import date

import pytest

from hms.features.patients import queries
from hms.features.patients.rules import WrongCheckDigit
from hms.infra.db import Database
from tests.features.patients.conftest import Register


def test_a_patient_is_read_by_id_and_by_number(database: Database, add: Register) -> None:
    view = add("Ann", age=40)
    assert database.read_now(lambda work: queries.by_id(work.db, view.id)) == view
    assert database.read_now(lambda work: queries.by_mrn(work.db, 1, view.mrn)) == view


def test_nobody_is_found_in_another_hospital(database: Database, add: Register) -> None:
    view = add("Ann")
    assert database.read_now(lambda work: queries.by_mrn(work.db, 2, view.mrn)) is None
    assert database.read_now(lambda work: queries.id_of_mrn(work.db, 2, view.mrn)) is None
    assert database.read_now(lambda work: queries.by_id(work.db, 99)) is None


def test_a_list_gets_the_little_it_shows(database: Database, add: Register) -> None:
    ann, bo = add("Ann"), add("Bo", private=True)
    found = database.read_now(lambda work: queries.briefs(work.db, [ann.id, bo.id, bo.id, 99]))
    assert {number: brief.name for number, brief in found.items()} == {ann.id: "Ann", bo.id: "Bo"}
    assert found[bo.id].private


def test_a_scanned_number_is_read_before_it_is_looked_up(database: Database, add: Register) -> None:
    view = add("Ann")
    assert database.read_now(lambda work: queries.id_of_mrn(work.db, 1, "m 0000 0013")) == view.id
    assert database.read_now(lambda work: queries.id_of_mrn(work.db, 1, "GM-042")) is None
    with pytest.raises(WrongCheckDigit):
        database.read_now(lambda work: queries.id_of_mrn(work.db, 1, "M00000031"))


def test_the_age_of_the_dead_stands_still(add: Register) -> None:
    view = add("Ann", birth="1973-10-28", deceased_on="1976-07-25")
    assert view.age(date(2026, 11, 20)) == 2
