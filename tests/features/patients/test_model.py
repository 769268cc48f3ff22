"""The patient tables keep their promises even when the use cases are passed by."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError

from hms.features.patients.model import (
    Patient,
    create_search,
    drop_search,
    forget_patient,
    index_patients,
)
from hms.infra.db import Database
from hms.infra.tables import table_of
from hms.infra.uow import Work
from tests.features.patients.conftest import Register


def row(work: Work, **given: Any) -> dict[str, Any]:
    made = {"hospital_id": 1, "mrn": "M00000013", "name": "Ann", "search_text": "ann"}
    made |= {"sex": "female", "created_at": work.now, "updated_at": work.now}
    return made | given


@pytest.mark.parametrize(
    "given",
    [{"mrn": "M00000013"}, {"mrn": "x", "sex": "X"}, {"mrn": "x", "blood_group": "C+"},
     {"mrn": "x", "hospital_id": 99}],
)  # fmt: skip
def test_the_database_refuses_what_a_rule_would(
    database: Database, add: Register, given: dict[str, Any]
) -> None:
    add("Ann")
    with pytest.raises(IntegrityError):
        database.write_now(
            lambda work: work.db.execute(insert(table_of(Patient)), row(work, **given)).rowcount
        )


def matches(work: Work, words: str) -> list[int]:
    found = work.db.execute(
        text("SELECT rowid FROM patient_search WHERE patient_search MATCH :m"), {"m": words}
    )
    return [number for (number,) in found]


@pytest.mark.sqlite
def test_the_search_forgets_exactly_what_it_was_told(database: Database) -> None:
    def use(work: Work) -> tuple[list[int], list[int]]:
        rows: list[dict[str, object]] = [
            {"id": 1, "search_text": "ann lee 1987"},
            {"id": 2, "search_text": "ann fox 1987"},
        ]
        index_patients(work.db, rows)
        before = matches(work, '"ann"')
        forget_patient(work.db, 1, "ann lee 1987")
        return before, matches(work, '"ann"')

    assert database.write_now(use) == ([1, 2], [2])


@pytest.mark.sqlite
def test_the_search_can_be_made_again(database: Database, add: Register) -> None:
    add("Ann")

    def use(work: Work) -> list[int]:
        drop_search(work.db)
        create_search(work.db)
        create_search(work.db)
        return matches(work, '"ann"')

    assert database.write_now(use) == []
