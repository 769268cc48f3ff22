"""Only an SQLite that does not corrupt a WAL database is used as if it were one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hms.infra import sqlite, sqlite_gate
from hms.infra.sqlite_gate import Version, choose, sound

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("version", "is_sound"),
    [
        ((3, 6, 23), True),  # before WAL
        ((3, 7, 0), False),
        ((3, 34, 1), False),
        ((3, 40, 1), False),  # Debian 12
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 45, 3), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 0), False),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 53, 4), True),
        ((4, 0, 0), True),
    ],
)
def test_which_versions_are_sound(version: Version, is_sound: bool) -> None:
    assert sound(version) is is_sound


def test_a_sound_one_writes_ahead_and_syncs_every_commit() -> None:
    gate = choose((3, 53, 4), "pysqlite3")
    assert (gate.journal, gate.synchronous, gate.version_text) == ("wal", "FULL", "3.53.4")


@pytest.mark.parametrize("version", [(3, 40, 1), (3, 6, 23)])
def test_another_one_keeps_a_journal_that_it_deletes(version: Version) -> None:
    gate = choose(version, "sqlite3")
    assert (gate.journal, gate.synchronous) == ("delete", "EXTRA")


def test_the_choice_is_made_once() -> None:
    assert sqlite_gate.install() is sqlite_gate.install()


def test_there_is_one_library_in_the_process() -> None:
    """And it is the one the gate spoke of, for whoever imports ``sqlite3``."""
    asked = (
        "from hms.infra.sqlite import GATE; import sqlite3, aiosqlite.core, sqlalchemy; "
        "assert sqlite3.sqlite_version_info == GATE.version, GATE; "
        "assert aiosqlite.core.sqlite3 is sqlite3; "
        "import sys; assert not ({'_sqlite3'} & set(sys.modules)) or GATE.library == 'sqlite3'"
    )
    subprocess.run([sys.executable, "-c", asked], check=True, cwd=ROOT)


def test_without_pysqlite3_the_systems_library_is_judged_by_its_version() -> None:
    asked = (
        "import sys; sys.modules['pysqlite3'] = None\n"
        "from hms.infra.sqlite_gate import install, sound\n"
        "import sqlite3; gate = install()\n"
        "assert gate.library == 'sqlite3'\n"
        "assert (gate.journal == 'wal') == sound(sqlite3.sqlite_version_info)\n"
    )
    subprocess.run([sys.executable, "-c", asked], check=True, cwd=ROOT)


def test_the_one_that_runs_these_tests_is_sound() -> None:
    assert sound(sqlite.sqlite3.sqlite_version_info)
    assert sqlite.GATE.journal == "wal"


def test_who_imported_the_systems_library_before_does_not_choose_for_us() -> None:
    asked = (
        "import sqlite3, sqlite3.dbapi2, aiosqlite\n"
        "from hms.infra.sqlite import GATE, sqlite3 as ours\n"
        "from sqlalchemy import create_engine\n"
        "assert create_engine('sqlite://').dialect.dbapi.sqlite_version_info == GATE.version\n"
        "assert ours.sqlite_version_info == GATE.version and GATE.journal == 'wal'\n"
    )
    subprocess.run([sys.executable, "-c", asked], check=True, cwd=ROOT)
