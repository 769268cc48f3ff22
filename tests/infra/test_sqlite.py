"""How a SQLite file is opened: every promise set, read back, and kept."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from sqlalchemy import text

from hms.infra import sqlite as under_test
from hms.infra.sqlite import BlockingConnection, NetworkShare, connect, open_raw, sqlite3
from hms.infra.transact import DatabaseMissing


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "hms.db"
    open_raw(made, create=True).close()
    return made


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("busy_timeout", 5000),
        ("mmap_size", 0),
        ("trusted_schema", 0),
    ],
)
def test_every_promise_is_set(path: Path, pragma: str, value: object) -> None:
    raw = open_raw(path)
    said = raw.execute(f"PRAGMA {pragma}").fetchone()
    raw.close()
    assert said in ((value,), None)


def test_a_promise_that_does_not_hold_is_an_error(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(under_test, "BUSY_TIMEOUT_MS", -1)  # SQLite answers 0
    with pytest.raises(sqlite3.OperationalError, match="busy_timeout is 0"):
        open_raw(path)


def test_the_file_and_its_journal_are_private(path: Path) -> None:
    raw = open_raw(path)
    raw.execute("CREATE TABLE t (x)")
    for one in path.parent.iterdir():
        assert stat.S_IMODE(one.stat().st_mode) == 0o600, one
    raw.close()


def test_a_missing_file_is_made_only_when_asked(tmp_path: Path) -> None:
    with pytest.raises(DatabaseMissing):
        open_raw(tmp_path / "none.db")
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs"])
def test_a_network_share_is_refused(path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = f"/dev/vda1 / ext4 rw 0 0\nserver:/x {path.parent} {kind} rw 0 0\n"
    real = Path.read_text
    fake = "/proc/self/mounts"
    monkeypatch.setattr(
        Path, "read_text", lambda self, **how: mounts if str(self) == fake else real(self, **how)
    )
    with pytest.raises(NetworkShare, match=kind):
        open_raw(path)


def test_a_reader_cannot_write(path: Path) -> None:
    raw = open_raw(path, read_only=True)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        raw.execute("CREATE TABLE t (x)")
    raw.close()


def test_a_writer_takes_the_lock_when_it_begins(path: Path) -> None:
    first, second = open_raw(path), open_raw(path)
    second.execute("PRAGMA busy_timeout=0")
    db = connect(first, writer=True)
    with db.begin(), pytest.raises(sqlite3.OperationalError, match="locked"):
        second.execute("BEGIN IMMEDIATE")
    db.close()
    second.close()
    first.close()


def test_a_reader_sees_one_instant(path: Path) -> None:
    writer, reading = open_raw(path), open_raw(path, read_only=True)
    writer.execute("CREATE TABLE t (x)")
    db = connect(reading, writer=False)
    count = text("SELECT count(*) FROM t")
    with db.begin() as transaction:
        before = db.execute(count).scalar()
        writer.execute("INSERT INTO t VALUES (1)")
        assert db.execute(count).scalar() == before == 0
        transaction.rollback()
    with db.begin():
        assert db.execute(count).scalar() == 1
    db.close()
    reading.close()
    writer.close()


def test_the_data_version_moves_with_anothers_commit(path: Path) -> None:
    writer = open_raw(path)
    watcher = BlockingConnection(path, read_only=True)
    before = watcher.data_version()
    assert watcher.data_version() == before
    writer.execute("CREATE TABLE t (x)")
    assert watcher.data_version() != before
    watcher.close()
    writer.close()


def test_after_a_failed_use_case_the_connection_works_on(path: Path) -> None:
    connection = BlockingConnection(path, read_only=False)

    def fail(db: object) -> None:
        with db.begin():  # type: ignore[attr-defined]
            db.execute(text("CREATE TABLE t (x)"))  # type: ignore[attr-defined]
            raise KeyError

    with pytest.raises(KeyError):
        connection.run(fail)
    tables = text("SELECT count(*) FROM sqlite_schema")
    assert connection.run(lambda db: db.execute(tables).scalar()) == 0
    connection.close()
