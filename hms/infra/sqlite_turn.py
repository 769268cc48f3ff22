"""Whose turn it is to write: a line in which the desks of one machine wait for SQLite.

SQLite's own waiting is by retry, with longer pauses the longer one waits: of 32
busy processes some waited over 5 seconds for a lock that is held for 2 ms.  The
kernel wakes those who wait for ``flock`` in the order they came.  The lock
protects nothing by itself: it is the line, ``BEGIN IMMEDIATE`` stays the door,
and a process that dies leaves the line by dying.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any

from hms.infra.transact import DatabaseBusy

# There is no such line on Windows: SQLite's retries alone.
fcntl: Any = import_module("fcntl") if os.name == "posix" else None


class Turn:
    """One writer's place in the line beside the database at ``path``; a ``with`` holds it."""

    def __init__(self, path: Path, *, patience_seconds: float) -> None:
        self._file = path.with_name(f"{path.name}-turn")
        self._patience_seconds = patience_seconds
        self._fd: int | None = None

    def __enter__(self) -> None:
        """Wait for the turn.

        Raises:
            DatabaseBusy: it did not come in time; names the process that has it.
        """
        if fcntl is None:
            return
        try:
            fd = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:  # a folder that cannot be written: SQLite will say so better
            return
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not _Waiter(fd).came(self._patience_seconds):
                raise DatabaseBusy(f"the database is busy{self._by_whom()}") from None
        self._fd = fd
        os.pwrite(fd, b"%-10d" % os.getpid(), 0)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let the next one write."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _by_whom(self) -> str:
        with suppress(OSError, ValueError):
            return f": process {int(self._file.read_text())} does not let go of it"
        return ""


class _Waiter(threading.Thread):
    """Waits in the line for ``fd``, because ``flock`` itself knows no end of patience."""

    def __init__(self, fd: int) -> None:
        super().__init__(name="turn", daemon=True)
        self._fd = fd
        self._decided = threading.Lock()
        self._given_up = False
        self._came = threading.Event()

    def came(self, patience_seconds: float) -> bool:
        """Return whether the turn came in time; if not, it is passed on when it comes."""
        self.start()
        if self._came.wait(patience_seconds):
            return True
        with self._decided:
            self._given_up = not self._came.is_set()
            return not self._given_up

    def run(self) -> None:
        """Wait as long as it takes."""
        fcntl.flock(self._fd, fcntl.LOCK_EX)
        with self._decided:
            if self._given_up:
                os.close(self._fd)
            self._came.set()
