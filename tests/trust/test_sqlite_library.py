"""The SQLite that is shipped keeps what many processes write; many a system's does not (T7)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from hms.infra.sqlite import sqlite3
from hms.infra.sqlite_gate import sound
from tests.house.sources import ROOT
from tests.sizes import nightly, sizes
from tests.support import quick_folder

WRITERS, CHECKPOINTERS = 4, 3
OF_THE_SYSTEM = "import sqlite3; print(*sqlite3.sqlite_version_info)"


@dataclass
class Round:
    """What was acknowledged in one round, and what was wrong after it."""

    acknowledged: int
    wrong: str


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    with quick_folder(tmp_path) as made:
        yield made


def one_round(library: str, folder: Path, number: int, seconds: float) -> Round:
    """Let everybody write and bring over for some seconds, then compare."""
    path = folder / f"{number}.db"
    db = sqlite3.connect(path)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("CREATE TABLE t (w, r, filling, PRIMARY KEY (w, r))")
    db.close()
    roles = [f"w{n}" for n in range(WRITERS)] + [f"c{n}" for n in range(CHECKPOINTERS)]
    command = [sys.executable, "-m", "tests.trust.wal_reset", library, str(path), str(seconds)]
    desks = [
        subprocess.Popen(
            [*command, role], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for role in roles
    ]
    said: set[tuple[int, ...]] = set()
    wrong = ""
    for desk in desks:
        out, err = desk.communicate()
        said |= {tuple(map(int, line.split())) for line in out.splitlines()}
        if desk.returncode:
            wrong = err.strip().splitlines()[-1]
    wrong = wrong or look(path, said)
    for left in folder.glob(f"{number}.db*"):
        left.unlink()
    return Round(len(said), wrong)


def look(path: Path, said: set[tuple[int, ...]]) -> str:
    """Return what is wrong with the file, nothing when all is as it was said."""
    db = sqlite3.connect(path)
    try:
        [(state,)] = db.execute("PRAGMA integrity_check(1)").fetchall()
        if state != "ok":
            return str(state)
        missing = said - set(db.execute("SELECT w, r FROM t").fetchall())
        return f"{len(missing)} acknowledged rows are gone" if missing else ""
    except sqlite3.DatabaseError as error:
        return str(error)
    finally:
        db.close()


@sizes("rounds", (1, 1), (60, 10))
def test_the_shipped_library_loses_nothing(folder: Path, rounds: tuple[int, float]) -> None:
    how_many, seconds = rounds
    played = [one_round("shipped", folder, number, seconds) for number in range(how_many)]
    told = sum(one.acknowledged for one in played)
    bad = [one.wrong for one in played if one.wrong]
    print(f"\n{sqlite3.sqlite_version}: {len(bad)} bad rounds of {how_many}, {told} rows")
    assert bad == []
    assert told > 0


@pytest.mark.serial
@nightly
def test_the_systems_old_library_goes_bad_in_the_same_test(folder: Path) -> None:
    """The control: without the gate the same rounds find lost rows or a broken file."""
    said = subprocess.run(
        [sys.executable, "-c", OF_THE_SYSTEM], capture_output=True, text=True, check=True
    ).stdout.split()
    version = (int(said[0]), int(said[1]), int(said[2]))
    if sound(version):
        pytest.skip(f"the system's SQLite {version} has the fault fixed: there is no control")
    bad, told, number = "", 0, 0
    while not bad and number < 40:
        one = one_round("system", folder, number, 10)
        bad, told, number = one.wrong, told + one.acknowledged, number + 1
    print(f"\n{version}: bad in round {number} ({bad}), {told} rows")
    assert bad
