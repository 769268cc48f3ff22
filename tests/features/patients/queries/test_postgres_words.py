"""Finding by words: the same patients in the same order on both databases, by either way."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import insert, text

from hms.features.patients import queries
from hms.features.patients.queries import Reader, postgres_words
from hms.features.patients.rules import RegisterPatient, make_mrn
from hms.features.patients.rules.terms import read_search
from hms.features.patients.service import archive
from hms.features.patients.service.imported import ImportRow, import_rows
from hms.features.staff.model import Hospital
from hms.infra.db import Database, open_database
from hms.infra.settings import Settings
from hms.infra.tables import table_of
from hms.infra.uow import Work
from hms.kernel.actor import Role
from tests import postgres
from tests.features.patients.conftest import actor
from tests.support import sqlite_settings

GIVEN = ["Maria", "Mar", "M", "O'Brien", "Anna-Lena", "王小明", "Ali", "Олена", "Müller", "a'b\\c"]
FAMILY = ["Garcia", "Garc", "García-Marquez", "Khan", "Lee", "Li", "de la Cruz", "Abdulrahmanov"]
TYPED = [
    "m", "ma", "mar", "maria", "garc", "garcia", "garcia m", "g l", "o'b", "brien", "anna l", "王",
    "小明", "оле", "mul", "1987", "mar 1987", "abdulrah", "abdulrahmanov", "de la", "z", "4711",
    "maria garcia 1987", "cruz de", "mar ma m", "li li", "b\\c", "li",
]  # fmt: skip


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Database]]:
    """Return the same register on SQLite and on PostgreSQL."""
    place = tmp_path_factory.mktemp("both") / "hms.db"
    with postgres.made_for(place):
        made = []
        for settings in (sqlite_settings(place), Settings(database=postgres.settings_of(place))):
            made.append(open_database(settings, create=True))
            made[-1].create_schema()
            made[-1].write_now(_fill)
        yield made
        for database in made:
            database.close_now()


def _fill(work: Work) -> None:
    """Register some hundred people, the same ones each time, and archive a few."""
    work.db.execute(insert(table_of(Hospital)), {"id": 1, "created_at": work.now})
    dice, desk = random.Random(5), actor(Role.MANAGER, None)
    rows = [
        ImportRow(
            line=n,
            said=RegisterPatient(
                name=f"{dice.choice(GIVEN)} {dice.choice(FAMILY)}",
                birth=f"{dice.choice((1950, 1987, 2001))}-04-12",
                phone=f"020 7946 {dice.choice((4711, 1987, 18)):04d}",
            ),
            system="test",
            number=str(n),
        )
        for n in range(300)
    ]
    import_rows(work, desk, rows)
    for number in range(5, 300, 50):
        archive(work, desk, make_mrn(number))


def _found(database: Database, typed: str) -> list[str]:
    wanted = read_search(typed, date(2031, 3, 4))
    found = database.read_now(lambda work: queries.find(work.db, 1, wanted, limit=20))
    return [f"{view.mrn} {view.name}" for view in found]


@pytest.mark.parametrize("common", [0.0, 0.003, 2.0], ids=["walk", "as it is", "look up"])
def test_the_same_twenty_on_both_databases(
    both: list[Database], common: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_words, "COMMON", common)
    for typed in TYPED:
        on_sqlite, on_postgres = (_found(database, typed) for database in both)
        assert on_postgres == on_sqlite, typed
    assert len(_found(both[1], "ma")) == 20


def test_common_words_are_walked_to_once_the_database_has_counted(both: list[Database]) -> None:
    def share(work: Work) -> float:
        postgres_words._shares.clear()
        return postgres_words._share(work.db, (("g",),), whole=False)

    assert both[1].read_now(share) == 0.0
    both[1].write_now(lambda work: work.db.execute(text("ANALYZE patient_words")).close())
    assert both[1].read_now(share) > 0.1
    postgres_words._shares.clear()


def test_a_doctor_finds_own_patients_only(both: list[Database]) -> None:
    def use(work: Work) -> list[str]:
        reader = Reader(user_id=-1, at=work.now)
        found = postgres_words.typed(work.db, 1, (("ma",),), limit=20, reader=reader)
        return [view.mrn for view in found]

    assert both[1].read_now(use) == []


def test_no_term_is_an_operator() -> None:
    clause = (("or",), ("1987", "·7891"), ("a'b\\c",), ("abdulrahman",))
    exact = r"('or') & ('1987' | '·7891') & ('a''b\\c') & ('abdulrahman')"
    assert postgres_words._match(clause, whole=True) == exact
    begun = r"('or*') & ('1987*' | '·7891*') & ('a''b\\c*') & ('abdulrahman':*)"
    assert postgres_words._match(clause, whole=False) == begun


def test_a_word_that_another_begins_with_asks_for_nothing_more() -> None:
    clause = (("per",), ("pe",), ("1987", "·7891"), ("per",), ("lee",))
    assert postgres_words._beginnings(clause) == (("per",), ("1987", "·7891"), ("lee",))
