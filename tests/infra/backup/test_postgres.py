"""The same backups of PostgreSQL, by its own programs; needs HMS_TEST_POSTGRES_URL.

The URL's user makes databases of its own and drops them again (``CREATEDB``).
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from hms.bootstrap import invariants
from hms.infra import settings as conf
from hms.infra.audit_verify import verify
from hms.infra.backup.errors import BackupDamaged, DatabaseUnsound
from hms.infra.backup.facts import problems
from hms.infra.backup.make import make_backup, verify_backup
from hms.infra.lease import StillOpen
from hms.infra.sealing import seal_all_now
from hms.infra.settings import Settings
from hms.kernel import ids
from tests.infra.backup.conftest import restored
from tests.support import Hospital, opened

URL = os.environ.get("HMS_TEST_POSTGRES_URL", "")
pytestmark = [
    pytest.mark.skipif(not URL, reason="HMS_TEST_POSTGRES_URL names no PostgreSQL"),
    pytest.mark.skipif(not shutil.which("pg_dump"), reason="pg_dump is not installed"),
]


async def maintain(statement: str) -> list[str]:
    """Run a statement beside the databases of the tests."""
    url = make_url(URL).set(database="postgres")
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            result = await connection.execute(text(statement))
            return [str(row[0]) for row in result] if result.returns_rows else []
    finally:
        await engine.dispose()


def databases(beginning: str) -> list[str]:
    """Return the databases whose names begin so."""
    listed = "SELECT datname FROM pg_database WHERE starts_with(datname, '{}') ORDER BY 1"
    return asyncio.run(maintain(listed.format(beginning)))


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Return settings with a PostgreSQL database of their own, gone afterwards."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    name = f"hms_test_{ids.op_id()}"
    asyncio.run(maintain(f'CREATE DATABASE "{name}" TEMPLATE template0'))
    url = make_url(URL).set(database=name).render_as_string(hide_password=False)
    yield Settings(database=conf.DatabaseSettings(url=url))
    for left in databases(name):
        asyncio.run(maintain(f'DROP DATABASE "{left}" WITH (FORCE)'))


@pytest.fixture
def hospital(settings: Settings) -> Iterator[Hospital]:
    """Return a hospital in which five tokens were given."""
    with opened(settings, furnished=False) as made:
        for _ in range(5):
            made.issue()
        yield made


def test_a_backup_is_made_tried_out_and_verified(hospital: Hospital) -> None:
    made = make_backup(hospital.settings, invariants())
    assert made.manifest.engine == "postgresql"
    assert made.manifest.facts.tables["token"] == 5
    assert made.manifest.facts.tables["patient_words"] == 0
    assert verify_backup(hospital.settings, made.file, invariants()).bytes == made.bytes
    assert databases("hms_trial_") == []
    whole = bytearray(made.file.read_bytes())
    whole[len(whole) // 2] ^= 1
    made.file.write_bytes(bytes(whole))
    with pytest.raises(BackupDamaged):
        verify_backup(hospital.settings, made.file, invariants())


def test_a_broken_rule_is_no_backup(hospital: Hospital) -> None:
    hospital.force("UPDATE token_counter SET last = 17")
    with pytest.raises(DatabaseUnsound, match="a counter stands at the last"):
        make_backup(hospital.settings, invariants())
    assert databases("hms_trial_") == []


def test_nobody_restores_while_a_desk_is_connected(hospital: Hospital) -> None:
    made = make_backup(hospital.settings, invariants())
    hospital.issue()
    with pytest.raises(StillOpen):
        restored(hospital.settings, made.file)
    assert hospital.one("SELECT count(*) FROM token") == 6
    assert databases("hms_restoring_") == []


def test_a_restored_hospital_is_as_it_was_and_the_old_one_is_kept(hospital: Hospital) -> None:
    made = make_backup(hospital.settings, invariants())
    hospital.issue()
    hospital.application.close_now()
    done = restored(hospital.settings, made.file)
    live = make_url(hospital.settings.database.url).database
    assert databases(str(live)) == [live, done.kept]
    with opened(hospital.settings) as again:
        assert again.one("SELECT count(*) FROM token") == 5
        assert again.one("SELECT value FROM meta WHERE key = 'epoch'") != made.manifest.facts.epoch
        assert again.db.read_now(lambda work: verify(work.db, (), anchored=False)).sound
        assert again.issue().code == "GM-007"  # 006 is in somebody's hand
        assert again.db.read_now(lambda work: problems(work.db, invariants())) == []


def test_a_restore_that_fails_leaves_the_old_database(hospital: Hospital) -> None:
    made = make_backup(hospital.settings, invariants())
    hospital.issue()
    hospital.application.close_now()

    def fail(_work: object) -> None:
        raise RuntimeError("the power is gone")

    with pytest.raises(RuntimeError):
        restored(hospital.settings, made.file, fail)
    assert databases("hms_restoring_") == []
    with opened(hospital.settings) as again:
        assert again.one("SELECT count(*) FROM token") == 6


def test_the_audit_only_grows_and_an_altered_one_is_found(hospital: Hospital) -> None:
    seal_all_now(hospital.db)
    for table in ("audit", "audit_seal"):
        same = f"UPDATE {table} SET {'part = part' if table == 'audit' else 'seq = seq'}"
        for statement in (same, f"DELETE FROM {table}", f"TRUNCATE {table}"):
            with pytest.raises(Exception, match="only ever added"):
                hospital.force(statement)
    assert hospital.db.read_now(lambda work: verify(work.db, (), anchored=False)).sound
    hospital.force("ALTER TABLE audit DISABLE TRIGGER audit_only_grows")
    hospital.force("UPDATE audit SET actor = 'nobody' WHERE id = 7")
    hospital.force("DELETE FROM audit WHERE id = 9")
    found = hospital.db.read_now(lambda work: verify(work.db, (), anchored=False))
    assert [(fault.kind, fault.entry) for fault in found.faults] == [("changed", 7), ("removed", 9)]
