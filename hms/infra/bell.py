"""The bell: it shortens the wait after a commit, carries no data and may be lost.

Who listens polls the database's own change counter (``PRAGMA data_version``,
3 µs) and is woken earlier by an empty datagram on a socket in the data
directory.  Losing every datagram only makes it slower.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from pathlib import Path

from hms.kernel import ids

POLL_SECONDS = 0.02
SILENT_SECONDS = 1.0  # read now and then even when nothing seems to change


class Bell:
    """Wakes every process that listens in ``folder``."""

    def __init__(self, folder: Path, *, quiet: bool = False) -> None:
        self._folder = folder
        self._quiet = quiet
        self._socket: socket.socket | None = None

    def ring(self) -> None:
        """Wake the listeners; never fails, never blocks."""
        if self._quiet or not hasattr(socket, "AF_UNIX"):
            return
        try:
            listeners = list(self._folder.glob("*.bell"))
        except OSError:
            return
        if self._socket is None:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._socket.setblocking(False)
        for listener in listeners:
            self._wake(listener)

    def close(self) -> None:
        """Give back the socket; a later ring opens another."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _wake(self, listener: Path) -> None:
        try:
            assert self._socket is not None
            self._socket.sendto(b"", str(listener))
        except ConnectionRefusedError:
            with suppress(OSError):  # its process is gone
                listener.unlink()
        except OSError:
            return  # its buffer is full, so it will wake anyway

    async def listen(
        self, changed: Callable[[], int | None], *, poll_seconds: float = POLL_SECONDS
    ) -> AsyncGenerator[None, None]:
        """Yield whenever something may have been committed, and at least every second.

        Args:
            changed: returns a number that changes with a commit of another
                connection; None when the engine has no such number.
            poll_seconds: how often the number is looked at.
        """
        woken = asyncio.Event()
        last = changed()
        close = self._open_ear(woken)
        loop = asyncio.get_running_loop()
        told = loop.time()
        try:
            yield
            while True:
                # Not wait_for: before Python 3.12 it loses a cancellation that comes with a ring.
                with suppress(TimeoutError):
                    async with asyncio.timeout(poll_seconds):
                        await woken.wait()
                version = changed()
                due = loop.time() - told >= SILENT_SECONDS
                if woken.is_set() or version != last or version is None or due:
                    woken.clear()
                    last = version
                    told = loop.time()
                    yield
        finally:
            close()

    def _open_ear(self, woken: asyncio.Event) -> Callable[[], None]:
        if not hasattr(socket, "AF_UNIX"):
            return lambda: None
        path = self._folder / f"{ids.secret(64)}.bell"
        ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            ear.bind(str(path))
        except OSError:  # a read-only directory, or a path too long for a socket
            ear.close()
            return lambda: None
        ear.setblocking(False)
        loop = asyncio.get_running_loop()

        def heard() -> None:
            with suppress(OSError):
                while True:
                    ear.recv(16)
                    woken.set()

        loop.add_reader(ear, heard)

        def close() -> None:
            loop.remove_reader(ear)
            ear.close()
            with suppress(OSError):
                path.unlink()

        return close
