"""The statements that find patients: bounded, in one order, and by index."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from hms.features.patients import queries
from hms.features.patients.queries.finding import _match
from hms.features.patients.rules.likeness import Person
from hms.features.patients.rules.terms import Wanted
from hms.infra.db import Database
from tests.features.patients.conftest import Register


def test_a_clause_is_written_so_that_no_word_is_an_operator() -> None:
    clause = (("or",), ("1987", "·7891"))
    assert _match(clause, True) == '("or") AND ("1987" OR "·7891")'
    assert _match(clause, False) == '("or"*) AND ("1987"* OR "·7891"*)'


def test_candidates_are_at_most_500(database: Database, add: Register) -> None:
    for n in range(120):
        add("Maria Garcia", birth="1987-04-12", phone=f"020 7946 {n:04d}")
    person = Person("Maria Garcia", date(1987, 4, 12), 1987, phone="0000649702")
    found = database.read_now(lambda work: queries.lookalikes(work.db, 1, person))
    assert 80 <= len(found) <= 500
    assert len({view.id for view in found}) == len(found)


@pytest.mark.sqlite
def test_a_birth_date_and_a_phone_are_looked_up_by_index(database: Database) -> None:
    for column, index in (("birth_date", "birth_date"), ("phone_backwards", "phone")):
        query = (
            f"EXPLAIN QUERY PLAN SELECT id FROM patient WHERE hospital_id = 1 AND {column} = 'x'"
        )
        plan = database.read_now(lambda work, query=query: work.db.execute(text(query)).all())  # type: ignore[misc]
        assert f"ix_patient_{index}" in str(plan)


def test_rows_by_phone_are_narrowed_by_name(database: Database, add: Register) -> None:
    add("Ann Lee", phone="020 7946 0018")
    add("Bo Lee", phone="020 7946 0018")
    wanted = Wanted(words=("bo",), phone="8100649702")
    found = database.read_now(lambda work: queries.find(work.db, 1, wanted, limit=20))
    assert [view.name for view in found] == ["Bo Lee"]
