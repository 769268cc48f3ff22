"""Writers and checkpointers on one file, as many desks are: LIBRARY PATH SECONDS ROLE.

A writer tells each row that it committed.  SQLite 3.7.0 to 3.51.2 loses some of them,
or the whole file (docs/decisions/sqlite-gate.md).
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

MODES = ("PASSIVE", "FULL")


def library(name: str) -> ModuleType:
    """Return the library that the gate chose ("shipped"), or the one of the system."""
    if name == "shipped":
        from hms.infra.sqlite_gate import install

        install()
    import sqlite3

    return sqlite3


def open_file(sqlite: ModuleType, path: Path) -> Any:
    """Open the file as the test needs it: the fault does not ask for a disk."""
    db = sqlite.connect(path, isolation_level=None, timeout=30)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=NORMAL")
    db.execute("PRAGMA wal_autocheckpoint=0")
    return db


def write(sqlite: ModuleType, path: Path, until: float, number: int) -> None:
    """Commit row after row and tell each."""
    db = open_file(sqlite, path)
    row = 0
    told = []
    while time.monotonic() < until:
        row += 1
        try:
            db.execute("BEGIN IMMEDIATE")
            db.execute("INSERT INTO t VALUES (?, ?, zeroblob(200))", (number, row))
            db.execute("COMMIT")
        except sqlite.OperationalError as error:
            if "locked" not in str(error):
                raise
            if db.in_transaction:
                db.execute("ROLLBACK")
            continue
        told.append(row)
    sys.stdout.write("".join(f"{number} {row}\n" for row in told))
    db.close()


def checkpoint(sqlite: ModuleType, path: Path, until: float, number: int) -> None:
    """Bring what is in the journal into the file, all the time."""
    db = open_file(sqlite, path)
    turn = number
    while time.monotonic() < until:
        turn += 1
        try:
            db.execute(f"PRAGMA wal_checkpoint({MODES[turn % 2]})").fetchall()
        except sqlite.OperationalError as error:
            if "locked" not in str(error):
                raise
    db.close()


def main(name: str, path: Path, seconds: float, role: str) -> None:
    """Work in a role: w1, w2, … writes, c1, c2, … brings over."""
    work = write if role.startswith("w") else checkpoint
    work(library(name), path, time.monotonic() + seconds, int(role[1:]))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]), sys.argv[4])
