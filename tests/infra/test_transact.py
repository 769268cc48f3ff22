"""What the database's errors mean to a person."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError

from hms.infra import languages, transact
from hms.infra.sqlite import open_raw
from hms.infra.transact import meaning_of
from hms.infra.uow import Work
from hms.kernel.errors import Unavailable
from hms.kernel.i18n import tr
from tests.support import Hospital, hospital_at


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Hospital]:
    with hospital_at(tmp_path / "data" / "hms.db") as made:
        yield made


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("database is locked", transact.DatabaseBusy),
        ("database or disk is full", transact.DatabaseFull),
        ("disk I/O error", transact.DiskFails),
        ("the database system is starting up", transact.DatabaseRestarting),
        ("the database system is not yet accepting connections", transact.DatabaseRestarting),
        ("database disk image is malformed", transact.DatabaseDamaged),
        ("file is not a database", transact.DatabaseDamaged),
        ("no such table: token", transact.DatabaseMissing),
        ('relation "token" does not exist', transact.DatabaseMissing),
        ("unable to open database file", transact.DatabaseMissing),
        ("attempt to write a readonly database", transact.DatabaseReadOnly),
        ("connection was closed in the middle of operation", Unavailable),
    ],
)
def test_each_becomes_a_plain_sentence_with_exit_code_7(said: str, kind: type[Unavailable]) -> None:
    error = meaning_of(OperationalError("SELECT secret", None, Exception(said)))
    assert type(error) is kind
    assert error.exit == 7
    assert "secret" not in error.message


def test_a_refused_connection_is_unavailable() -> None:
    assert type(meaning_of(ConnectionRefusedError(111, "refused"))) is Unavailable


def test_a_server_that_comes_up_is_told_whatever_the_driver_calls_it() -> None:
    """asyncpg has an error of its own for it, which SQLAlchemy knows by no nearer name."""
    said = "the database system is starting up"
    assert type(meaning_of(DBAPIError("", None, Exception(said)))) is transact.DatabaseRestarting


def test_a_connection_that_broke_in_the_middle_is_unavailable() -> None:
    broken = DBAPIError("", None, Exception("connection was closed"), connection_invalidated=True)
    assert type(meaning_of(broken)) is Unavailable


@pytest.mark.parametrize(
    "error",
    [
        IntegrityError("INSERT", None, Exception("UNIQUE constraint failed: the disk is full")),
        ProgrammingError("SELECT", None, Exception("syntax error")),
        KeyError("full"),
    ],
)
def test_a_fault_of_ours_is_none_of_them(error: Exception) -> None:
    assert meaning_of(error) is None


def test_another_desk_that_holds_the_database_is_named_busy(
    hospital: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hms.infra import sqlite

    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 100)
    path = hospital.settings.database_file
    assert path is not None
    other = open_raw(path)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(transact.DatabaseBusy):
        hospital.issue()
    other.execute("ROLLBACK")
    other.close()
    assert hospital.issue().number == 1


def test_a_full_disk_changes_nothing_and_passes(hospital: Hospital) -> None:
    """The database may not grow; then it may again."""
    hospital.issue()
    backend = hospital.db.backend

    def allow(pages: int) -> None:
        backend.run_now(
            lambda db: db.exec_driver_sql(f"PRAGMA max_page_count={pages}").scalar(), write=True
        )
        backend.run_now(lambda db: db.rollback(), write=True)

    allow(hospital.one("PRAGMA page_count"))
    given = 1
    refusal = ""
    while not refusal:
        try:
            hospital.issue()
            given += 1
        except transact.DatabaseFull as full:
            refusal = full.message
    assert "nothing was changed" in refusal
    assert hospital.one("SELECT count(*) FROM token") == given
    allow(100_000)
    assert hospital.issue().number == given + 1
    assert hospital.one("PRAGMA integrity_check") == "ok"


def test_a_damaged_file_is_said_to_be_one(tmp_path: Path) -> None:
    from hms.infra.db import open_database
    from tests.support import sqlite_settings

    path = tmp_path / "hms.db"
    path.write_bytes(b"this is no database" * 500)
    db = open_database(sqlite_settings(path))
    with pytest.raises(transact.DatabaseDamaged):
        db.read_now(lambda work: work.db.execute(text("SELECT 1 FROM token")))
    db.close_now()


def test_a_reading_use_case_leaves_nothing_behind(hospital: Hospital) -> None:
    def naughty(work: Work) -> None:
        work.db.execute(text("UPDATE queue SET name = 'x'"))

    with pytest.raises(transact.DatabaseReadOnly):
        hospital.db.read_now(naughty)
    assert hospital.queue().row.name == "General medicine"


def test_a_wrapped_error_keeps_its_cause(hospital: Hospital) -> None:
    with pytest.raises(transact.DatabaseMissing) as refused:
        hospital.db.read_now(lambda work: work.db.execute(text("SELECT 1 FROM nowhere")))
    assert isinstance(refused.value.__cause__, DBAPIError)


@pytest.mark.parametrize("language", ["ar", "es", "hi"])
@pytest.mark.parametrize(
    "said", ["database is locked", "database or disk is full", "no such table: token"]
)
def test_what_hinders_the_database_is_told_in_the_desks_language(language: str, said: str) -> None:
    error = meaning_of(OperationalError("", None, Exception(said)))
    assert error is not None
    languages.choose(language)
    try:
        assert tr(error.message) != error.message
        assert tr(error.hint) != error.hint
    finally:
        languages.forget()
