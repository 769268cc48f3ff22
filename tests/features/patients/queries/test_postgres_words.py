"""Finding by words: the same patients in the same order on both databases, by either way."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import insert, text

from hms.features.patients import queries
from hms.features.patients.queries import Reader, postgres_words
from hms.features.patients.rules import RegisterPatient, make_mrn
from hms.features.patients.rules.likeness import Person
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


# Where the ids of each fifty go on: in several blocks of both sizes.
JUMPS = [0, 40_000, 80_000, 82_100, 84_200, 130_000]
JUMP = {
    "sqlite": "UPDATE sqlite_sequence SET seq = {id} WHERE name = 'patient'",
    "postgresql": "SELECT setval(pg_get_serial_sequence('patient', 'id'), {id})",
}


def _fill(work: Work) -> None:
    """Register some hundred people, the same ones each time, and archive a few."""
    hospitals = [{"id": 1, "created_at": work.now}, {"id": 2, "created_at": work.now}]
    work.db.execute(insert(table_of(Hospital)), hospitals)
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
    for number, begin in enumerate(JUMPS):
        if begin:
            jump = text(JUMP[work.db.dialect.name].format(id=begin))
            work.db.execute(jump).close()
        import_rows(work, desk, rows[50 * number : 50 * number + 50])
    import_rows(work, replace(desk, hospital_id=2), rows[:60])
    for number in range(5, 300, 50):
        archive(work, desk, make_mrn(number))


def _found(database: Database, typed: str, limit: int = 20) -> list[str]:
    wanted = read_search(typed, date(2031, 3, 4))
    found = database.read_now(lambda work: queries.find(work.db, 1, wanted, limit=limit))
    return [f"{view.mrn} {view.name}" for view in found]


@pytest.fixture(params=["one round", "all rounds", "few patients", "patients who came later"])
def rounds(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Cut the register into rounds so that every one of them is looked through."""
    postgres_words._rounds.clear()
    if request.param != "one round":
        monkeypatch.setattr(postgres_words, "NEWEST", 40)
        monkeypatch.setattr(postgres_words, "NEWER", 120)
        monkeypatch.setattr(postgres_words, "SPREAD", 2 if request.param == "few patients" else 1e9)
    if request.param == "patients who came later":
        cut = postgres_words._cut(1, 82_150, 80_010, 40_010)
        monkeypatch.setattr(postgres_words, "_rounds_of", lambda _db, _hospital: cut)
    yield request.param
    postgres_words._rounds.clear()


def test_the_same_twenty_on_both_databases(both: list[Database], rounds: str) -> None:
    for typed in TYPED:
        on_sqlite, on_postgres = (_found(database, typed) for database in both)
        assert on_postgres == on_sqlite, (typed, rounds)
    assert len(_found(both[1], "ma")) == 20


def test_the_rounds_hold_every_patient_once(both: list[Database], rounds: str) -> None:
    def cut(work: Work) -> postgres_words.Rounds:
        return postgres_words._rounds_of(work.db, 1)

    made = both[1].read_now(cut)
    assert 0 <= made.newer_from <= made.newest_from <= made.late_from
    assert made.few == (rounds in ("one round", "few patients"))  # ids with gaps
    assert (made.newer_from > 0) == (rounds != "one round")
    assert (made.late_from > 130_050) == (rounds != "patients who came later")


@pytest.mark.usefixtures("rounds")
def test_as_many_as_are_asked_for(both: list[Database]) -> None:
    for limit in (1, 7, 60, 1_000):
        sqlite, postgresql = (_found(database, "m", limit) for database in both)
        assert postgresql == sqlite
        assert len(postgresql) in (limit, len(set(postgresql)))


def test_lookalikes_are_the_same_on_both_databases(both: list[Database], rounds: str) -> None:
    maria = Person("Maria Garcia", date(1987, 4, 12), 1987, phone="1174649702")
    on_sqlite, on_postgres = (
        [p.mrn for p in db.read_now(lambda work: queries.lookalikes(work.db, 1, maria))]
        for db in both
    )
    assert on_postgres == on_sqlite, rounds
    assert on_postgres


def test_the_plan_is_made_once_whatever_is_typed(both: list[Database]) -> None:
    def made(work: Work) -> list[tuple[int, int]]:
        for typed in TYPED:
            queries.find(work.db, 1, read_search(typed, date(2031, 3, 4)), limit=20)
        plans = text(
            "SELECT generic_plans, custom_plans FROM pg_prepared_statements"
            " WHERE statement LIKE '%WITH asked%' AND from_sql = false"
        )
        return [(row[0], row[1]) for row in work.db.execute(plans)]

    both[1].write_now(lambda work: work.db.execute(text("ANALYZE patient_words")).close())
    plans = both[1].read_now(made)
    assert sum(generic for generic, _ in plans) > len(TYPED) - 6 * len(plans)
    assert all(custom <= 5 for _, custom in plans)


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
