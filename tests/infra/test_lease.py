"""The lease: who has the database open, known surely and for nothing."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from hms.infra.db import open_database
from hms.infra.lease import BeingRestored, Lease, StillOpen, alone, holders, lease_file
from tests.house.sources import ROOT
from tests.support import hospital_at, sqlite_settings

OPEN_AND_WAIT = """
import sys
from pathlib import Path
from tests.support import sqlite_settings
from hms.infra.db import open_database
database = open_database(sqlite_settings(Path(sys.argv[1])))
database.read_now(lambda work: None)
print("open", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a hospital's database that nobody has open."""
    with hospital_at(tmp_path / "hms.db"):
        pass
    return tmp_path / "hms.db"


def test_whoever_opens_the_database_is_seen_until_they_close_it(path: Path) -> None:
    database = open_database(sqlite_settings(path))
    with alone(path):
        pass  # nothing was opened yet
    database.read_now(lambda work: None)
    with pytest.raises(StillOpen, match="process"), alone(path):
        pass
    database.close_now()
    with alone(path):
        pass


def test_nobody_opens_it_while_one_has_it_alone(path: Path) -> None:
    database = open_database(sqlite_settings(path))
    with alone(path), pytest.raises(BeingRestored):
        database.read_now(lambda work: None)
    assert database.read_now(lambda work: work.read_only)
    database.close_now()


def test_a_killed_process_leaves_no_lease_behind(path: Path) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", OPEN_AND_WAIT, str(path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "open\n"
    with pytest.raises(StillOpen, match=f"process {other.pid}"), alone(path):
        pass
    other.kill()
    other.communicate()
    with alone(path):
        pass


def test_the_lease_is_private_and_holding_it_twice_is_holding_it_once(path: Path) -> None:
    lease = Lease(path)
    lease.hold()
    lease.hold()
    other = Lease(path)
    other.hold()
    assert len(holders(lease_file(path))) == 1  # one process, named once
    other.give_back()
    lease.give_back()
    lease.give_back()
    assert holders(lease_file(path)) == []
    assert stat.S_IMODE(lease_file(path).stat().st_mode) == 0o600


def test_a_missing_database_leaves_no_lease(tmp_path: Path) -> None:
    database = open_database(sqlite_settings(tmp_path / "none.db"))
    with pytest.raises(Exception, match="no database"):
        database.read_now(lambda work: None)
    assert list(tmp_path.glob("*.lease")) == []
