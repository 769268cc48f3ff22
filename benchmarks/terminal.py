"""A program on a pseudo-terminal, and waiting for what it writes."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from types import TracebackType

from benchmarks.stage import ROOT

_ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_()].?)")
PATIENCE_SECONDS = 60.0


class Terminal:
    """A program on a pty of 120 × 40; ``pid`` is its process."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._seen = b""
        self.pid, self._handle = pty.fork()
        if self.pid == 0:
            os.chdir(ROOT)
            wanted = {**environment, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
            os.execvpe(command[0], list(command), wanted)
        fcntl.ioctl(self._handle, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._handle)

    def write(self, text: str) -> None:
        """Type ``text``."""
        os.write(self._handle, text.encode())

    def forget(self) -> None:
        """Forget what was written until now."""
        self._seen = b""

    def wait_for(self, text: str) -> None:
        """Read until ``text`` was written.

        Raises:
            TimeoutError: it never was.
        """
        wanted = text.encode()
        until = time.monotonic() + PATIENCE_SECONDS
        while wanted not in _ESCAPES.sub(b"", self._seen):
            if not self._read(until - time.monotonic()):
                shown = _ESCAPES.sub(b"", self._seen)[-400:].decode(errors="replace")
                raise TimeoutError(f"the terminal never showed {text!r}, but: {shown}")

    def rest(self, seconds: float) -> None:
        """Read and forget for ``seconds``."""
        until = time.monotonic() + seconds
        while self._read(until - time.monotonic()):
            continue
        self.forget()

    def _read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._handle], [], [], max(seconds, 0.0))
        if not ready:
            return False
        try:
            self._seen += os.read(self._handle, 65_536)
        except OSError:  # the program has ended
            return False
        return True
