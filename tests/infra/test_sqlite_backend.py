"""The SQLite engine: connections opened at first use, and closed."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from hms.infra.sqlite_backend import SqliteBackend
from hms.infra.transact import DatabaseMissing, DatabaseReadOnly


def one(db: Connection) -> int:
    with db.begin():
        return int(db.execute(text("SELECT 1")).scalar_one())


def test_a_file_is_made_with_its_folder_and_kept_private(tmp_path: Path) -> None:
    path = tmp_path / "new" / "hms.db"
    backend = SqliteBackend(path, create=True)
    assert backend.run_now(one, write=True) == 1
    backend.close_now()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_nothing_is_opened_before_it_is_needed(tmp_path: Path) -> None:
    backend = SqliteBackend(tmp_path / "none.db")
    with pytest.raises(DatabaseMissing):
        backend.run_now(one, write=False)
    backend.close_now()


def test_a_reader_never_writes(tmp_path: Path) -> None:
    SqliteBackend(tmp_path / "hms.db", create=True).close_now()
    backend = SqliteBackend(tmp_path / "hms.db", read_only=True)
    with pytest.raises(DatabaseReadOnly):
        backend.run_now(one, write=True)
    assert backend.run_now(one, write=False) == 1
    backend.close_now()


@pytest.mark.asyncio
async def test_a_use_case_runs_in_one_thread_that_is_not_the_loops(tmp_path: Path) -> None:
    backend = SqliteBackend(tmp_path / "hms.db", create=True)
    threads = {await backend.run(lambda db: threading.get_ident(), write=True) for _ in range(3)}
    assert len(threads) == 1
    assert threading.get_ident() not in threads
    await backend.close()


@pytest.mark.asyncio
async def test_many_first_uses_open_one_connection(tmp_path: Path) -> None:
    backend = SqliteBackend(tmp_path / "hms.db", create=True)
    threads = await asyncio.gather(
        *(backend.run(lambda db: threading.get_ident(), write=False) for _ in range(10))
    )
    assert len(set(threads)) == 1
    await backend.close()


@pytest.mark.asyncio
async def test_a_reader_who_leaves_while_the_file_is_opened_breaks_nothing(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    backend = SqliteBackend(tmp_path / "hms.db", create=True)
    for _ in range(5):
        await _asked_and_left(backend)
    assert await backend.run(one, write=False) == 1
    await _asked_and_left(backend)
    await backend.close()
    assert not _left_over(before)


@pytest.mark.asyncio
async def test_closing_waits_for_a_connection_that_is_still_being_opened(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    backend = SqliteBackend(tmp_path / "hms.db", create=True)
    await _asked_and_left(backend)
    await backend.close()
    assert not _left_over(before)


def _left_over(before: set[threading.Thread]) -> list[threading.Thread]:
    """Return the threads that do not end by themselves."""
    new = [thread for thread in threading.enumerate() if thread not in before]
    for thread in new:
        thread.join(5)
    return [thread for thread in new if thread.is_alive()]


async def _asked_and_left(backend: SqliteBackend) -> None:
    task = asyncio.create_task(backend.run(one, write=False))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_the_data_version_moves_with_anothers_commit(tmp_path: Path) -> None:
    first = SqliteBackend(tmp_path / "hms.db", create=True)
    second = SqliteBackend(tmp_path / "hms.db")
    before = first.data_version()

    def change(db: Connection) -> None:
        with db.begin():
            db.execute(text("CREATE TABLE t (x)"))

    second.run_now(change, write=True)
    assert first.data_version() != before
    first.close_now()
    second.close_now()
