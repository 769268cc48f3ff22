"""An older database is made current wholly or not at all."""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from hms.infra import schema, sqlite
from hms.infra.backup import make, upgrading
from hms.infra.backup.folder import backups, folder_of
from hms.infra.backup.make import make_backup
from hms.infra.backup.upgrading import upgrade_database
from hms.infra.db import open_database
from hms.infra.lease import StillOpen
from hms.infra.schema import MIGRATIONS, MigrationFailed, SchemaDiffers
from hms.infra.settings import Settings
from hms.infra.tables import SCHEMA_VERSION
from tests.house.sources import ROOT
from tests.infra.backup.conftest import OWNER, restored
from tests.support import hospital_at, opened, sqlite_settings

NEXT = SCHEMA_VERSION + 1
STEP = """
from alembic import op
import sqlalchemy as sa

revision = "{next:04d}"
down_revision = "{now:04d}"

def upgrade():
    op.create_table("ward", sa.Column("id", sa.Integer, primary_key=True))
    with op.batch_alter_table("notice") as batch:
        batch.add_column(sa.Column("colour", sa.String(10), server_default="white"))
    {then}
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return the settings of a hospital with three tokens that nobody has open."""
    with hospital_at(tmp_path / "data" / "hms.db") as hospital:
        for _ in range(3):
            hospital.issue()
    return sqlite_settings(tmp_path / "data" / "hms.db")


@pytest.fixture
def next_hms(tmp_path: Path) -> Path:
    """Return the migrations of the next HMS, whose schema has a ward more."""
    return steps(tmp_path, "pass")


def steps(tmp_path: Path, then: str) -> Path:
    """Return a folder of migrations whose second does ``then`` at its end."""
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / f"v{NEXT:04d}_ward.py").write_text(
        STEP.format(then=then, now=SCHEMA_VERSION, next=NEXT)
    )
    return folder


def facts(settings: Settings) -> tuple[str, int, list[str]]:
    """Return version, number of tokens, and the tables of the database."""
    assert settings.database_file is not None
    raw = sqlite.sqlite3.connect(settings.database_file)
    version = raw.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone()[0]
    count = raw.execute("SELECT count(*) FROM token").fetchone()[0]
    tables = [row[0] for row in raw.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    raw.close()
    return version, count, tables


def test_a_current_database_is_left_alone(settings: Settings) -> None:
    done = upgrade_database(settings, OWNER)
    assert (done.before, done.after, done.backup) == (SCHEMA_VERSION, SCHEMA_VERSION, None)
    assert backups(folder_of(settings)) == []


def test_an_older_one_is_made_current_after_a_backup(settings: Settings, next_hms: Path) -> None:
    done = upgrade_database(settings, OWNER, needed=NEXT, folder=next_hms)
    assert (done.before, done.after) == (SCHEMA_VERSION, NEXT)
    assert done.backup is not None
    assert backups(folder_of(settings)) == [done.backup.file]
    version, count, tables = facts(settings)
    assert (version, count) == (str(NEXT), 3)
    assert "ward" in tables
    with opened(settings) as hospital:
        [(actor, after)] = hospital.rows(
            "SELECT actor, after FROM audit WHERE action = 'database.upgrade'"
        )
    assert actor == "owner: tests"
    assert done.backup.file.name in after


def test_doing_it_again_changes_nothing(settings: Settings, next_hms: Path) -> None:
    upgrade_database(settings, OWNER, needed=NEXT, folder=next_hms)
    assert upgrade_database(settings, OWNER, needed=NEXT, folder=next_hms).backup is None


def test_a_step_that_fails_leaves_everything_as_it_was(settings: Settings, tmp_path: Path) -> None:
    before = facts(settings)
    folder = steps(tmp_path, 'raise RuntimeError("in the middle")')
    with pytest.raises(RuntimeError):
        upgrade_database(settings, OWNER, needed=NEXT, folder=folder)
    assert facts(settings)[:2] == before[:2]
    assert "ward" not in facts(settings)[2]
    with opened(settings) as hospital:
        assert hospital.issue().code == "GM-004"


def test_a_step_that_loses_rows_is_refused(settings: Settings, tmp_path: Path) -> None:
    folder = steps(tmp_path, 'op.execute("DELETE FROM queue")')
    with pytest.raises(MigrationFailed, match="is lost"):
        upgrade_database(settings, OWNER, needed=NEXT, folder=folder)
    assert "ward" not in facts(settings)[2]


def test_a_kill_in_the_middle_leaves_everything_as_it_was(
    settings: Settings, tmp_path: Path
) -> None:
    folder = steps(tmp_path, "import os; os.kill(os.getpid(), 9)")
    code = (
        "import sys; from pathlib import Path\n"
        "from hms.infra.backup.upgrading import upgrade_database\n"
        "from tests.infra.backup.conftest import OWNER\n"
        "from tests.support import sqlite_settings\n"
        f"upgrade_database(sqlite_settings(Path(sys.argv[1])), OWNER, needed={NEXT},"
        " folder=Path(sys.argv[2]))"
    )
    killed = subprocess.run(
        [sys.executable, "-c", code, str(settings.database_file), str(folder)],
        cwd=ROOT,
        check=False,
    )
    assert killed.returncode == -9
    with opened(settings) as hospital:
        assert hospital.issue().code == "GM-004"
    assert "ward" not in facts(settings)[2]


def test_nobody_may_be_at_work(settings: Settings, next_hms: Path) -> None:
    with opened(settings), pytest.raises(StillOpen):
        upgrade_database(settings, OWNER, needed=NEXT, folder=next_hms)
    assert facts(settings)[0] == str(SCHEMA_VERSION)
    assert backups(folder_of(settings)) == []


def test_a_newer_database_is_not_touched(settings: Settings) -> None:
    with opened(settings) as hospital:
        hospital.force("UPDATE meta SET value = '9' WHERE key = 'schema_version'")
    with pytest.raises(SchemaDiffers, match="schema 9"):
        upgrade_database(settings, OWNER)


def test_setting_up_again_does_not_mix_two_schemas(settings: Settings) -> None:
    with opened(settings) as hospital:
        hospital.force("UPDATE meta SET value = '9' WHERE key = 'schema_version'")
        hospital.force("DROP TABLE notice")
    database = open_database(settings)
    database.create_schema()
    database.close_now()
    assert "notice" not in facts(settings)[2]


def test_who_opens_an_older_one_is_told_the_command(settings: Settings) -> None:
    with opened(settings) as hospital:
        hospital.force("UPDATE meta SET value = '1' WHERE key = 'schema_version'")
        with pytest.raises(SchemaDiffers) as refused:
            hospital.db.read_now(schema.refuse_other_version)
    assert "hms db upgrade" in refused.value.hint


def test_a_backup_of_an_older_schema_is_made_current_when_it_is_put_back(
    settings: Settings, next_hms: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = make_backup(settings, ()).file
    for module in (make, upgrading):
        monkeypatch.setattr(module, "SCHEMA_VERSION", NEXT)
    monkeypatch.setattr(make, "upgrade", partial(schema.upgrade, folder=next_hms))
    restored(settings, old)
    version, count, tables = facts(settings)
    assert (version, count) == (str(NEXT), 3)
    assert "ward" in tables


def test_a_hospital_of_the_first_schema_comes_to_the_present_one(tmp_path: Path) -> None:
    settings = sqlite_settings(tmp_path / "data" / "hms.db")
    older = tmp_path / "older"
    newer = [f"v{step:04d}_*" for step in range(2, NEXT)]
    shutil.copytree(MIGRATIONS, older, ignore=shutil.ignore_patterns("__pycache__", *newer))
    database = open_database(settings, create=True)
    database.backend.run_now(partial(schema.upgrade, folder=older), write=True)
    assert database.read_now(lambda work: schema.version_of(work.db)) == 1
    database.close_now()
    done = upgrade_database(settings, OWNER)
    assert (done.before, done.after) == (1, SCHEMA_VERSION)
    with opened(settings) as hospital:
        hospital.db.read_now(schema.refuse_other_version)
