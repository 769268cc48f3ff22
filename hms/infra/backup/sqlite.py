"""Backups of an SQLite file: copied online in one step, put back under the same name."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from hms.infra import lease, sqlite
from hms.infra.backup.facts import Facts, read_facts
from hms.infra.backup.folder import sync_folder
from hms.infra.db import Database, open_database
from hms.infra.settings import Settings
from hms.kernel.errors import HmsError

T = TypeVar("T")
_BESIDE = ("-wal", "-shm", "-journal")
_STAGED = ".restoring-"


class SqliteEngine:
    """Copies, tries out and puts back one SQLite file."""

    name = "sqlite"

    def __init__(self, settings: Settings, file: Path) -> None:
        self._settings = settings
        self._file = file

    def bytes_needed(self, data_bytes: int | None = None) -> int:
        """Return about how much room a backup takes while it is made and tried out."""
        return 3 * (self._file.stat().st_size if data_bytes is None else data_bytes)

    def copy(self, data: Path) -> Facts:
        """Copy the live database to the new file ``data``; return its facts at that instant.

        Both come from one read transaction, so no desk waits and nothing of what
        was committed before is missing.
        """
        share = lease.Lease(self._file)
        share.hold()
        try:
            os.close(os.open(data, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            raw = sqlite.open_raw(self._file, read_only=True)
            with (
                closing(sqlite.connect(raw, writer=False)) as live,
                closing(sqlite.sqlite3.connect(data, isolation_level=None)) as copied,
                live.begin() as transaction,
            ):
                facts = read_facts(live)
                raw.backup(copied)
                transaction.rollback()
                # Without a journal beside it: one file that anything can open.
                copied.execute("PRAGMA journal_mode=DELETE")
        finally:
            share.give_back()
        return facts

    @contextmanager
    def trial(self, data: Path) -> Iterator[Database]:
        """Open ``data`` as a database of its own."""
        database = open_database(self._settings, url=f"sqlite+aiosqlite:///{data}")
        try:
            yield database
        finally:
            database.close_now()

    def alone(self, job: Callable[[Connection], T]) -> T:
        """Run ``job`` on the live database while nobody else has it open.

        Raises:
            StillOpen: a process has it open.
        """
        with (
            lease.alone(self._file),
            closing(sqlite.connect(sqlite.open_raw(self._file), writer=True)) as db,
        ):
            return job(db)

    def put_back(
        self,
        extract: Callable[[Path], None],
        renew: Callable[[Database], None],
        look: Callable[[Connection], None],
    ) -> str | None:
        """Put a backup's data in the place of the live database, while nobody has it open.

        The new database is complete before it takes the name in one step; until
        then, whatever happens, the old one is the database.

        Args:
            extract: writes the data to a path, or raises.
            renew: makes it a timeline of its own, or raises.
            look: sees the old database first, if there is one that can be read.

        Returns:
            Where the old database is kept, None when there was none.
        """
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with lease.alone(self._file):
            for left in self._file.parent.glob(f"{_STAGED}*"):
                shutil.rmtree(left, ignore_errors=True)
            with tempfile.TemporaryDirectory(prefix=_STAGED, dir=self._file.parent) as place:
                staged = Path(place) / self._file.name
                extract(staged)
                self._see_old(look)
                with self.trial(staged) as database:
                    renew(database)
                _into_one_file(staged)
                kept = self._keep_old()
                staged.replace(self._file)
                sync_folder(self._file.parent)
        return None if kept is None else str(kept)

    def _see_old(self, look: Callable[[Connection], None]) -> None:
        if not self._file.exists():
            return
        with suppress(SQLAlchemyError, sqlite.sqlite3.Error, OSError, HmsError):  # damaged, foreign
            raw = sqlite.open_raw(self._file, read_only=True)
            with closing(sqlite.connect(raw, writer=False)) as old:
                look(old)

    def _keep_old(self) -> Path | None:
        """Give the old database a second name; return it."""
        if not self._file.exists():
            return None
        try:
            _into_one_file(self._file)
        except sqlite.sqlite3.DatabaseError as error:
            if "locked" in str(error):
                raise lease.StillOpen("the database is open in another program") from error
            # A damaged one is kept as it is, with what lies beside it.
        for earlier in self._file.parent.glob(f"{self._file.name}.before-restore-*"):
            if earlier.samefile(self._file):  # a restore was interrupted here
                earlier.unlink()
        at = datetime.now(UTC)
        kept = self._file.with_name(f"{self._file.name}.before-restore-{at:%Y%m%dT%H%M%S%fZ}")
        kept.hardlink_to(self._file)
        for end in _BESIDE:
            beside = Path(f"{self._file}{end}")
            if beside.exists():
                beside.rename(f"{kept}{end}")
        return kept


def _into_one_file(path: Path) -> None:
    """Bring everything of the database ``path`` into its one file and onto the disk.

    Raises:
        sqlite3.OperationalError: another program has it open.
    """
    with closing(sqlite.sqlite3.connect(path, isolation_level=None, timeout=1)) as raw:
        raw.execute("PRAGMA synchronous=FULL")
        raw.execute("PRAGMA journal_mode=DELETE")
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
