"""A hospital of an older schema is made current wholly or not at all, killed wherever (T29)."""

from __future__ import annotations

import shutil
from contextlib import closing
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from hms.bootstrap import open_application
from hms.infra import schema, sqlite
from hms.infra.backup.folder import backups, folder_of
from hms.infra.backup.make import verify_backup
from hms.infra.backup.upgrading import upgrade_database
from hms.infra.db import open_database
from hms.infra.schema import MIGRATIONS, SchemaDiffers
from hms.infra.tables import SCHEMA_VERSION
from hms.kernel.actor import Actor, Role
from tests.sizes import sizes
from tests.support import hospital_at, opened
from tests.trust.books import faults, url_of
from tests.trust.desk_process import Held, settings_at
from tests.trust.strace import WRITES, killed_at_every, needs_strace

pytestmark = pytest.mark.on_disk

OWNER = Actor(None, "owner: tests", Role.SERVICE, 1, {}, terminal="upgrade")
GIVEN = 5


def made_for(version: int, path: Path) -> None:
    """Make a hospital of an older schema at ``path``, with what a present one holds of it."""
    folder = path.parent / f"schema-{version}"
    newer = [f"v{step:04d}_*" for step in range(version + 1, SCHEMA_VERSION + 1)]
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__", *newer))
    database = open_database(settings_at(url_of(path)), create=True)
    database.backend.run_now(partial(schema.upgrade, folder=folder), write=True)
    database.close_now()
    shutil.rmtree(folder)
    present = path.with_name("present.db")
    with hospital_at(present) as hospital:
        for _ in range(GIVEN):
            hospital.issue()
    with closing(sqlite.sqlite3.connect(path, isolation_level=None)) as db:
        _copy_rows(db, present)
    for left in path.parent.glob("present.db*"):
        left.unlink()


def _copy_rows(db: sqlite.sqlite3.Connection, present: Path) -> None:
    """Copy all rows of the tables that both have; a column of an older table never goes."""
    db.execute("PRAGMA foreign_keys=OFF")
    db.execute("ATTACH ? AS present", (str(present),))
    tables = [
        name
        for _, name, kind, *_ in db.execute("PRAGMA main.table_list").fetchall()
        if kind == "table" and not name.startswith(("sqlite_", "alembic"))
    ]
    db.execute("BEGIN")
    db.execute("DELETE FROM meta")
    for table in tables:
        columns = ", ".join(row[1] for row in db.execute(f"PRAGMA main.table_info({table})"))
        db.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM present.{table}")
    db.execute("UPDATE meta SET value = '1' WHERE key = 'schema_version'")
    db.execute("COMMIT")


def facts(path: Path) -> tuple[int, list[str]]:
    """Return the version that the file says, and the names of all that is in it."""
    with closing(sqlite.sqlite3.connect(path)) as db:
        version = db.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone()
        names = db.execute("SELECT name FROM sqlite_schema WHERE name NOT LIKE 'alembic%'")
        return int(version[0]), sorted(row[0] for row in names if "autoindex" not in row[0])


def make_current(url: str, told: Connection) -> None:
    """Bring the hospital to the present schema."""
    upgrade_database(settings_at(url), OWNER)
    told.send("done")


@needs_strace
@sizes("how", (("pwrite64",), 90), (WRITES, 1))
def test_an_upgrade_killed_anywhere_has_not_begun_or_is_done(
    tmp_path: Path, how: tuple[tuple[str, ...], int]
) -> None:
    older, path = tmp_path / "older.db", tmp_path / "data" / "hms.db"
    made_for(1, older)
    path.parent.mkdir()
    settings = settings_at(url_of(path))
    before = facts(older)
    seen: list[tuple[int, list[str]]] = []

    def prepare() -> Held:
        for left in path.parent.glob("hms.db*"):
            left.unlink()
        shutil.copyfile(older, path)
        return Held(make_current, settings.database.url)

    def check() -> None:
        seen.append(facts(path))
        for one in backups(folder_of(settings)):
            tables = verify_backup(settings, one, ()).manifest.facts.tables
            assert tables["token"] == GIVEN
            one.unlink()
        with closing(sqlite.sqlite3.connect(path)) as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]

    kills = killed_at_every(how[0], prepare, check, how[1])
    after = facts(path)
    half = [one for one in seen if one not in (before, after)]
    print(f"\nupgrade killed {kills} times: {seen.count(before)} old, {seen.count(after)} new")
    assert (before[0], after[0]) == (1, SCHEMA_VERSION)
    assert half == []
    assert {before[0], after[0]} == {version for version, _ in seen}
    with opened(settings) as hospital:
        assert hospital.one("SELECT count(*) FROM token") == GIVEN
        assert faults(hospital) == []
        assert hospital.db.read_now(lambda work: schema.version_of(work.db)) == SCHEMA_VERSION
        assert hospital.issue().number == GIVEN + 1


def test_a_newer_database_is_opened_by_nobody_and_never_made_older(tmp_path: Path) -> None:
    settings = settings_at(url_of(tmp_path / "hms.db"))
    with hospital_at(tmp_path / "hms.db") as hospital:
        newer = str(SCHEMA_VERSION + 1)
        hospital.force("UPDATE meta SET value = :v WHERE key = 'schema_version'", v=newer)
    before = facts(tmp_path / "hms.db")
    with pytest.raises(SchemaDiffers, match=f"schema {newer}, this hms needs {SCHEMA_VERSION}"):
        open_application(settings=settings)
    with pytest.raises(SchemaDiffers, match=f"this hms knows {SCHEMA_VERSION}"):
        upgrade_database(settings, OWNER)
    assert facts(tmp_path / "hms.db") == before


def test_who_opens_an_older_one_is_told_how_to_make_it_current(tmp_path: Path) -> None:
    made_for(1, tmp_path / "hms.db")
    with pytest.raises(SchemaDiffers) as refused:
        open_application(settings=settings_at(url_of(tmp_path / "hms.db")))
    assert refused.value.hint == "make it current with: hms db upgrade"
