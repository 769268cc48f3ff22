"""The one SQLite library of the process, chosen before anything imports ``sqlite3``.

SQLite 3.7.0 to 3.51.2 can corrupt a WAL database that several processes write
(the WAL-reset fault, sqlite.org/wal.html#walresetbug; fixed in 3.51.3, 3.50.7
and 3.44.6).  Where ``pysqlite3`` is installed and sound it takes the place of
``sqlite3``; where no sound library is found the journal is DELETE with
``synchronous=EXTRA``, which does not have the fault.
"""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from types import ModuleType

Version = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Gate:
    """Which SQLite library is used and how durability is set on it."""

    library: str
    version: Version
    journal: str
    synchronous: str

    @property
    def version_text(self) -> str:
        """Return the version as SQLite writes it."""
        return ".".join(map(str, self.version))


def sound(version: Version) -> bool:
    """Return whether ``version`` has the WAL-reset fault fixed."""
    if version >= (3, 51, 3) or version < (3, 7, 0):
        return True
    return (3, 50, 7) <= version < (3, 51, 0) or (3, 44, 6) <= version < (3, 45, 0)


def choose(version: Version, library: str) -> Gate:
    """Return the settings that are durable on this version."""
    if sound(version) and version >= (3, 35, 0):
        return Gate(library, version, "wal", "FULL")
    return Gate(library, version, "delete", "EXTRA")


_gate: Gate | None = None


def install() -> Gate:
    """Put the best library in place of ``sqlite3`` and return what was chosen.

    Must run before our first connection; what somebody imported as ``sqlite3``
    before never sees our file.  Calling it again returns the same answer.
    """
    global _gate
    if _gate is None:
        _gate = _install()
    return _gate


def _install() -> Gate:
    better = _pysqlite3()
    if better is not None:
        return better
    import sqlite3

    return choose(sqlite3.sqlite_version_info, sqlite3.__name__)


def _pysqlite3() -> Gate | None:
    try:
        package: ModuleType = importlib.import_module("pysqlite3")
    except ImportError:
        return None
    version: Version = package.sqlite_version_info
    if not sound(version):
        return None
    sys.modules["sqlite3"] = package
    sys.modules["sqlite3.dbapi2"] = package.dbapi2
    return choose(version, "pysqlite3")
