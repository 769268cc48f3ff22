"""Who has the database open: a lease that the system itself gives back when a process dies.

Every process that opens the SQLite file holds the lease beside it (``hms.db.lease``)
shared, from its first connection to its last; a restore takes it alone.  It is an
advisory lock of the kernel on a file that is never written, so it costs two system
calls at the opening and nothing afterwards, and no crash leaves it behind.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hms.kernel.errors import Refused, Unavailable
from hms.kernel.i18n import phrase
from hms.kernel.text import show


class BeingRestored(Unavailable):
    """A restore has the database to itself."""

    code = "database.restoring"
    hint = "try again in a moment"


class StillOpen(Refused):
    """Processes are at work on the database that must stand still."""

    code = "database.in_use"
    hint = "end consoles, displays and hms serve, then try again"


class LeaseRefused(Unavailable):
    """The lease file cannot be opened, so nobody could know who is at work."""

    code = "database.lease"
    hint = "give the service user the right to write the data directory"


def lease_file(database: Path) -> Path:
    """Return the lease of the SQLite file ``database``."""
    return database.with_name(f"{database.name}.lease")


class Lease:
    """One process's share in a database; holding it twice is holding it once."""

    def __init__(self, database: Path) -> None:
        self._path = lease_file(database)
        self._handle: int | None = None

    def hold(self) -> None:
        """Take the share, if it is not held already.

        Raises:
            BeingRestored: a restore is under way.
            LeaseRefused: the lease file cannot be opened.
        """
        if self._handle is not None:
            return
        handle = _open(self._path)
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(handle)
            raise BeingRestored("the database is being restored") from error
        self._handle = handle

    def give_back(self) -> None:
        """Give the share back."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


@contextmanager
def alone(database: Path) -> Iterator[None]:
    """Hold the lease of ``database`` alone while the block runs: nobody opens it meanwhile.

    Raises:
        StillOpen: a process has it open; the message names those it can see.
        LeaseRefused: the lease file cannot be opened.
    """
    path = lease_file(database)
    handle = _open(path)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            who = ", ".join(holders(path)) or "another process"
            raise StillOpen(phrase("the database is open in {who}", who=show(who))) from error
        yield
    finally:
        os.close(handle)


def holders(path: Path) -> list[str]:
    """Return the processes that hold a lock on ``path``, as far as this system tells."""
    found = []
    with suppress(OSError):
        inode = path.stat().st_ino
        for line in Path("/proc/locks").read_text(encoding="ascii").splitlines():
            words = line.split()
            if words[1] == "FLOCK" and words[5].rpartition(":")[2] == str(inode):
                found.append(words[4])
    return [_called(process) for process in dict.fromkeys(found)]  # one may hold it twice


def _called(process: str) -> str:
    """Return how a process was called; its arguments may be nobody's business."""
    with suppress(OSError):
        words = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
        names = [Path(os.fsdecode(word)).name for word in words[:4] if not word.startswith(b"-")]
        verb = next((name for name in names if not name.startswith("python")), "")
        if verb:
            return f"process {process} ({verb})"
    return f"process {process}"


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise LeaseRefused(
            phrase("{path} cannot be opened: {strerror}", path=show(path), strerror=error.strerror)
        ) from error
