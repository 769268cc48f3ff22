"""The bell: it shortens the wait after a commit, carries no more than a number and may be lost.

Who listens polls the database's own change counter (``PRAGMA data_version``,
3 µs) and is woken earlier by a datagram on a socket in the data
directory.  PostgreSQL has no such counter: there one is woken by its commits and by
Redis (``Far``), and reads now and then anyway.  Losing every ring only makes it slower.
A commit is then heard up to three times, so a ring says how far the outbox has got:
who has read that far does not look again.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from hms.kernel import ids

POLL_SECONDS = 0.02
SILENT_SECONDS = 1.0  # read now and then even when nothing seems to change
# The same where nothing tells of a change but a far bell: while one hears, and while none does.
HEARING_SECONDS, DEAF_SECONDS = 0.5, 0.1
CANCEL_AGAIN_SECONDS = 0.2
_MOST_DIGITS = 18  # of an outbox id
UNKNOWN = sys.maxsize  # a ring that does not say how far the outbox has got

Wake = Callable[[int], None]


def said(text: str | bytes) -> int:
    """Return how far the outbox has got by the ``text`` of a ring; it may hold anything."""
    number = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if number else UNKNOWN


async def _end(ears: Sequence[asyncio.Task[None]]) -> None:
    """Cancel the ears until they have ended.

    A driver that is just being told of a broken line may lose a cancellation; who
    listens would then wait for that ear for ever, and see nothing more.
    """
    while living := [ear for ear in ears if not ear.done()]:
        for ear in living:
            ear.cancel()
        await asyncio.wait(living, timeout=CANCEL_AGAIN_SECONDS)
    for ear in ears:
        if not ear.cancelled():
            ear.exception()  # it was told to end: what it stumbled over then is of no matter


class Far(Protocol):
    """A bell that is heard on other machines."""

    hears: bool

    def ring(self, upto: int = UNKNOWN) -> None:
        """Wake the listeners of other machines; never fails, never blocks."""
        ...

    def close(self) -> None:
        """Give back what ringing opened."""
        ...

    async def hear(self, wake: Wake) -> None:
        """Call ``wake`` at every ring, and when one may have been missed; until cancelled.

        It is told how far the outbox has got, ``UNKNOWN`` where that was not said.
        """
        ...


class _Rung:
    """What has rung since one last looked."""

    def __init__(self) -> None:
        self.event = asyncio.Event()
        self._upto = 0

    def ring(self, upto: int) -> None:
        """Wake who waits."""
        self._upto = max(self._upto, upto)
        self.event.set()

    def take(self) -> int:
        """Return how far the outbox has got by what rang, 0 when nothing did."""
        self.event.clear()
        upto, self._upto = self._upto, 0
        return upto


class Bell:
    """Wakes every process that listens in ``folder``, and by ``far`` those of other machines."""

    def __init__(self, folder: Path, *, quiet: bool = False, far: Sequence[Far] = ()) -> None:
        self._folder = folder
        self._quiet = quiet
        self._far = tuple(far)
        self._socket: socket.socket | None = None

    def ring(self, upto: int = UNKNOWN) -> None:
        """Wake the listeners; never fails, never blocks.

        ``upto`` is the outbox id of the last event that was committed.
        """
        if self._quiet:
            return
        for far in self._far:
            far.ring(upto)
        if not hasattr(socket, "AF_UNIX"):
            return
        try:
            with os.scandir(self._folder) as found:
                listeners = [one.path for one in found if one.name.endswith(".bell")]
        except OSError:
            return
        if self._socket is None:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._socket.setblocking(False)
        text = b"" if upto == UNKNOWN else b"%d" % upto
        for listener in listeners:
            self._wake(listener, text)

    def close(self) -> None:
        """Give back the socket; a later ring opens another."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        for far in self._far:
            far.close()

    def _wake(self, listener: str, text: bytes) -> None:
        try:
            assert self._socket is not None
            self._socket.sendto(text, listener)
        except ConnectionRefusedError:
            with suppress(OSError):  # its process is gone
                Path(listener).unlink()
        except OSError:
            return  # its buffer is full, so it will wake anyway

    async def listen(
        self,
        changed: Callable[[], int | None],
        *,
        seen: Callable[[], int] = lambda: 0,
        poll_seconds: float = POLL_SECONDS,
    ) -> AsyncGenerator[None, None]:
        """Yield whenever something may have been committed, and now and then anyway.

        Args:
            changed: returns a number that changes with a commit of another
                connection; None when the engine has no such number.
            seen: returns the outbox id up to which one has read.
            poll_seconds: how often the number is looked at.
        """
        rung = _Rung()
        last = changed()
        close = self._open_ear(rung.ring)
        far = [asyncio.create_task(one.hear(rung.ring)) for one in self._far]
        loop = asyncio.get_running_loop()
        told = loop.time()
        try:
            yield
            while True:
                # Not wait_for: before Python 3.12 it loses a cancellation that comes with a ring.
                with suppress(TimeoutError):
                    async with asyncio.timeout(poll_seconds):
                        await rung.event.wait()
                version = changed()
                due = loop.time() - told >= self._patience(version)
                if rung.take() > seen() or version != last or due:
                    last = version
                    told = loop.time()
                    yield
        finally:
            close()
            await _end(far)

    def _patience(self, version: int | None) -> float:
        """Return after how many seconds without a sign one reads all the same."""
        if version is not None:
            return SILENT_SECONDS
        return HEARING_SECONDS if any(far.hears for far in self._far) else DEAF_SECONDS

    def _open_ear(self, wake: Wake) -> Callable[[], None]:
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
                    wake(said(ear.recv(_MOST_DIGITS + 1)))

        loop.add_reader(ear, heard)

        def close() -> None:
            loop.remove_reader(ear)
            ear.close()
            with suppress(OSError):
                path.unlink()

        return close
