"""The database as the rest of the house sees it, blocking and not."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from hms.features.tokens import service as tokens
from hms.infra.db import open_database
from hms.infra.transact import DatabaseMissing, DatabaseReadOnly
from hms.infra.uow import OperationRepeated, Work
from hms.kernel.errors import InvalidInput
from tests.support import SERVICE, hospital_at, opened, raw, sqlite_settings


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "data" / "hms.db"
    with hospital_at(made):
        pass
    return made


def issue(work: Work) -> int:
    from hms.features.staff.service import service_actor

    return tokens.issue(work, service_actor(1, SERVICE), tokens.IssueToken("GM")).number


def tokens_in(work: Work) -> int:
    [(count,)] = raw(work.db, "SELECT count(*) FROM token")
    return int(count)


@pytest.fixture(autouse=True)
def with_permissions() -> None:
    from hms.bootstrap import register_features

    register_features()


@pytest.mark.asyncio
async def test_both_faces_do_the_same(path: Path) -> None:
    db = open_database(sqlite_settings(path))
    assert [await db.write(issue), db.write_now(issue), await db.write(issue)] == [1, 2, 3]
    assert await db.read(tokens_in) == db.read_now(tokens_in) == 3
    await db.close()


@pytest.mark.asyncio
async def test_an_outcome_waits_for_what_is_under_way(path: Path) -> None:
    db = open_database(sqlite_settings(path))

    def slow(work: Work) -> None:
        issue(work)
        time.sleep(0.1)

    task = asyncio.create_task(db.write(slow, op_id="slow"))
    await asyncio.sleep(0.02)
    outcome = await db.outcome("slow")
    assert outcome is not None
    assert outcome.action == "tokens.issue"
    await task
    assert await db.outcome("never") is None
    await db.close()


@pytest.mark.asyncio
async def test_the_same_operation_twice_at_once_is_done_once(path: Path) -> None:
    db = open_database(sqlite_settings(path))
    results = await asyncio.gather(
        *(db.write(issue, op_id="same") for _ in range(5)), return_exceptions=True
    )
    assert results.count(1) == 1
    assert sum(isinstance(r, OperationRepeated) for r in results) == 4
    assert await db.read(tokens_in) == 1
    await db.close()


@pytest.mark.asyncio
async def test_reading_goes_on_while_somebody_writes(path: Path) -> None:
    db = open_database(sqlite_settings(path))
    await db.read(tokens_in)

    def slow(work: Work) -> None:
        issue(work)
        time.sleep(0.2)

    writing = asyncio.create_task(db.write(slow))
    await asyncio.sleep(0.05)
    began = time.perf_counter()
    assert await db.read(tokens_in) == 0
    assert time.perf_counter() - began < 0.12
    await writing
    await db.close()


@pytest.mark.asyncio
async def test_an_error_of_the_use_case_comes_to_the_caller(path: Path) -> None:
    db = open_database(sqlite_settings(path))

    def fail(work: Work) -> None:
        issue(work)
        raise KeyError("mine")

    with pytest.raises(KeyError):
        await db.write(fail)
    assert await db.read(tokens_in) == 0
    await db.close()


@pytest.mark.asyncio
async def test_many_at_once_come_one_after_the_other(path: Path) -> None:
    db = open_database(sqlite_settings(path))
    numbers = await asyncio.gather(*(db.write(issue) for _ in range(50)))
    assert sorted(numbers) == list(range(1, 51))
    await db.close()


def test_a_reading_database_refuses_every_change(path: Path) -> None:
    db = open_database(sqlite_settings(path), read_only=True)
    with pytest.raises(DatabaseReadOnly):
        db.write_now(issue)
    with pytest.raises(DatabaseReadOnly):
        db.read_now(lambda work: work.db.execute(text("DELETE FROM queue")))
    assert db.read_now(tokens_in) == 0
    db.close_now()


def test_a_missing_database_is_not_made_by_opening(tmp_path: Path) -> None:
    db = open_database(sqlite_settings(tmp_path / "none.db"))
    with pytest.raises(DatabaseMissing):
        db.read_now(tokens_in)
    assert not list(tmp_path.glob("none.db*"))


def test_making_the_schema_again_changes_nothing(path: Path) -> None:
    with opened(sqlite_settings(path)) as hospital:
        hospital.issue()
        before = hospital.rows("SELECT * FROM meta ORDER BY key")
        hospital.db.create_schema()
        assert hospital.rows("SELECT * FROM meta ORDER BY key") == before
        assert hospital.issue().number == 2


def test_closing_leaves_no_journal_behind(path: Path) -> None:
    db = open_database(sqlite_settings(path))
    db.write_now(issue)
    db.close_now()
    assert not [*path.parent.glob("*-wal"), *path.parent.glob("*-shm")]


def test_a_closed_database_opens_again(path: Path) -> None:
    db = open_database(sqlite_settings(path))
    db.write_now(issue)
    db.close_now()
    assert db.write_now(issue) == 2
    db.close_now()


def test_an_engine_that_is_not_ours_is_refused(path: Path) -> None:
    with pytest.raises(InvalidInput, match="mysql"):
        open_database(sqlite_settings(path), url="mysql://x/y")
