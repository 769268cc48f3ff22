"""Taking batches of imported rows: once, all or nothing, the good ones kept."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from hms.features.patients.model import Patient, PatientIdentifier
from hms.features.patients.service import (
    ImportRow,
    RegisterPatient,
    RowOutcome,
    Taken,
    check_rows,
    import_rows,
    search,
)
from hms.infra.db import Database
from hms.infra.tables import Audit, table_of
from hms.kernel.actor import Role
from hms.kernel.errors import NotPermitted
from tests.features.patients.conftest import actor

MANAGER = actor(Role.MANAGER)


def row(line: int, name: str, number: str = "", **said: str) -> ImportRow:
    return ImportRow(line, RegisterPatient(name=name, **said), "csv", number)  # type: ignore[arg-type]


def take(database: Database, rows: list[ImportRow]) -> list[Taken]:
    outcomes = database.write_now(lambda work: import_rows(work, MANAGER, rows))
    return [outcome.result for outcome in outcomes]


def counted(database: Database, model: type) -> int:
    statement = select(func.count()).select_from(table_of(model))
    return database.read_now(lambda work: work.db.execute(statement).scalar_one())


def test_imported_patients_are_numbered_in_the_order_of_the_file(database: Database) -> None:
    assert take(database, [row(2, "Ann", "a"), row(3, "Bo", "b")]) == [Taken.TAKEN, Taken.TAKEN]
    found = database.read_now(lambda work: search(work, MANAGER, "bo"))
    assert [(p.name, p.mrn) for p in found] == [("Bo", "M00000021")]


def test_a_bad_row_is_told_and_the_good_ones_are_kept(database: Database) -> None:
    rows = [row(2, "Ann", "a"), row(3, "Bo", "b", birth="2021-02-31"), row(4, "Cy", "c")]
    outcomes = database.write_now(lambda work: import_rows(work, MANAGER, rows))
    assert outcomes[1] == RowOutcome(3, Taken.REFUSED, "there is no 31 Feb 2021")
    assert counted(database, Patient) == 2


def test_a_second_run_takes_nobody_twice(database: Database) -> None:
    rows = [row(2, "Ann", "a"), row(3, "Bo")]
    take(database, rows)
    assert take(database, rows) == [Taken.ALREADY, Taken.ALREADY]
    assert counted(database, Patient) == counted(database, PatientIdentifier) == 2


def test_a_number_that_comes_twice_in_one_batch_is_taken_once(database: Database) -> None:
    assert take(database, [row(2, "Ann", "a"), row(9, "Ann", "a")]) == [
        Taken.TAKEN,
        Taken.ALREADY,
    ]


def test_the_same_number_of_another_system_is_another_person(database: Database) -> None:
    take(database, [row(2, "Ann", "1")])
    other = ImportRow(2, RegisterPatient(name="Bo"), "synthea", "1")
    assert take(database, [other]) == [Taken.TAKEN]


def test_without_a_number_a_row_is_known_by_what_it_says(database: Database) -> None:
    take(database, [row(2, "Ann Lee", birth="1987")])
    assert take(database, [row(2, "ann  LEE", birth="1987")]) == [Taken.ALREADY]
    assert take(database, [row(2, "Ann Lee", birth="1988")]) == [Taken.TAKEN]


def test_a_dry_run_says_the_same_and_writes_nothing(database: Database) -> None:
    rows = [row(2, "Ann", "a"), row(3, ""), row(4, "Ann", "a")]
    said = database.read_now(lambda work: check_rows(work, MANAGER, rows))
    assert counted(database, Patient) == 0
    assert database.write_now(lambda work: import_rows(work, MANAGER, rows)) == said


def test_each_patient_taken_is_audited(database: Database) -> None:
    take(database, [row(2, "Ann", "a"), row(3, ""), row(4, "Bo", "b")])
    audit = table_of(Audit)
    rows = database.read_now(
        lambda work: work.db.execute(select(audit.c.action, audit.c.after)).all()
    )
    assert [after["line"] for action, after in rows if action == "patients.import"] == [2, 4]


def test_who_may_not_import_takes_nothing(database: Database) -> None:
    for use_case in (import_rows, check_rows):
        with pytest.raises(NotPermitted):
            database.write_now(lambda work, use_case=use_case: use_case(work, actor(), []))  # type: ignore[misc]


def test_an_empty_batch_is_no_trouble(database: Database) -> None:
    assert take(database, []) == []
    assert take(database, [row(2, "")]) == [Taken.REFUSED]
