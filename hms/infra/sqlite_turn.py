"""Whose turn it is to write: a line in which the desks of one machine wait for SQLite.

SQLite's own waiting is by retry, with longer pauses the longer one waits: of 32
busy processes some waited over 5 seconds for a lock that is held for 2 ms.  The
kernel wakes those who wait for ``flock`` in the order they came.  The lock
protects nothing by itself: it is the line, ``BEGIN IMMEDIATE`` stays the door,
and a process that dies leaves the line by dying.  While the line moves one
waits; patience ends only with somebody who does not let go.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any

from hms.infra.transact import DatabaseBusy
from hms.kernel.i18n import phrase

# There is no such line on Windows: SQLite's retries alone.
fcntl: Any = import_module("fcntl") if os.name == "posix" else None


class Turn:
    """One writer's place in the line beside the database at ``path``; a ``with`` holds it.

    ``patience_seconds`` is how long one and the same writer may keep all others waiting.
    """

    def __init__(self, path: Path, *, patience_seconds: float) -> None:
        self._file = path.with_name(f"{path.name}-turn")
        self._patience_seconds = patience_seconds
        self._fd: int | None = None

    def __enter__(self) -> None:
        """Wait for the turn.

        Raises:
            DatabaseBusy: the writer whose turn it is does not let go; names its process.
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
            self._wait(_Waiter(fd))
        self._fd = fd
        with suppress(OSError):  # a full disk: whoever waits is told no name, the turn is had
            os.pwrite(fd, b"%-12d%-24d" % (os.getpid(), time.monotonic_ns()), 0)

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

    def _wait(self, waiter: _Waiter) -> None:
        waiter.start()
        holder = self._holder()
        until = time.monotonic() + self._patience_seconds
        while not waiter.came.wait(min(self._patience_seconds, until - time.monotonic())):
            now_holds = self._holder()
            if now_holds != holder:
                holder = now_holds
                until = time.monotonic() + self._patience_seconds
            elif waiter.give_up():
                who = f": process {holder[0]} does not let go of it" if holder else ""
                raise DatabaseBusy(phrase("the database is busy{who}", who=who)) from None

    def _holder(self) -> list[str]:
        """Return the process whose turn it is and since when, as far as it said."""
        try:
            return self._file.read_text().split()
        except OSError:
            return []


class _Waiter(threading.Thread):
    """Waits in the line for ``fd``, because ``flock`` itself knows no end of patience."""

    def __init__(self, fd: int) -> None:
        super().__init__(name="turn", daemon=True)
        self.came = threading.Event()
        self._fd = fd
        self._decided = threading.Lock()
        self._given_up = False

    def give_up(self) -> bool:
        """Leave the line, unless the turn came just now; return whether it was left."""
        with self._decided:
            self._given_up = not self.came.is_set()
            return self._given_up

    def run(self) -> None:
        """Wait as long as it takes; a turn that nobody wants any more is passed on."""
        fcntl.flock(self._fd, fcntl.LOCK_EX)
        with self._decided:
            if self._given_up:
                os.close(self._fd)
            self.came.set()
