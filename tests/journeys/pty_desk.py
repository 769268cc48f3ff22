"""A real terminal for tests: the program on a pty, its screen read back through pyte."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import pyte

ROOT = Path(__file__).resolve().parents[2]
KEYS = {
    "f1": "\x1bOP", "f2": "\x1bOQ", "f3": "\x1bOR", "f4": "\x1bOS", "f5": "\x1b[15~",
    "f6": "\x1b[17~", "f7": "\x1b[18~", "f8": "\x1b[19~", "f9": "\x1b[20~", "f10": "\x1b[21~",
    "f12": "\x1b[24~", "enter": "\r", "tab": "\t", "esc": "\x1b", "up": "\x1b[A",
    "down": "\x1b[B", "left": "\x1b[D", "right": "\x1b[C",
}  # fmt: skip


def keys(text: str) -> str:
    """Return what a terminal sends for ``text``, in which ``<f4>`` or ``<ctrl+p>`` are keys."""
    out, rest = [], text
    while rest:
        if rest.startswith("<") and ">" in rest:
            name, _, rest = rest[1:].partition(">")
            out.append(chr(ord(name[5]) - 96) if name.startswith("ctrl+") else KEYS[name])
        else:
            out.append(rest[0])
            rest = rest[1:]
    return "".join(out)


class Terminal:
    """A program on a pty of ``columns`` × ``lines``; ``raw`` is every byte that it wrote."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 80,
        lines: int = 24,
        env: dict[str, str] | None = None,
    ) -> None:
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = bytearray()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.chdir(ROOT)
            changed = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)}
            for name in ("COLUMNS", "LINES"):  # of whoever runs the tests
                os.environ.pop(name, None)
            os.execvpe(command[0], list(command), os.environ | changed | (env or {}))
        size = struct.pack("HHHH", lines, columns, 0, 0)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, size)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.kill()

    @property
    def lines(self) -> list[str]:
        """Return the screen as it stands, without trailing spaces."""
        return [line.rstrip() for line in self.screen.display]

    @property
    def text(self) -> str:
        """Return the whole screen as one text."""
        return "\n".join(self.lines)

    def type(self, text: str, *, pause_ms: float = 0.0) -> None:
        """Send keys; without a pause all of them at once, as a scanner or a stalled line does."""
        if not pause_ms:
            os.write(self._fd, keys(text).encode())
            return
        for part in _strokes(text):
            os.write(self._fd, keys(part).encode())
            self.read_for(pause_ms / 1000)

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        os.write(self._fd, data)

    def read_for(self, seconds: float) -> None:
        """Take what the program writes for ``seconds``."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._read(left)

    def wait_for(self, text: str, seconds: float = 10.0) -> float:
        """Wait until ``text`` is on the screen and return the seconds it took.

        Raises:
            AssertionError: it did not come; says what was there instead.
        """
        begin = time.monotonic()
        while text not in self.text:
            left = begin + seconds - time.monotonic()
            if left <= 0 or not self._read(left):
                raise AssertionError(f"{text!r} did not come within {seconds} s:\n{self.text}")
        return time.monotonic() - begin

    def wait_gone(self, text: str, seconds: float = 10.0) -> None:
        """Wait until ``text`` is no longer on the screen."""
        end = time.monotonic() + seconds
        while text in self.text:
            if time.monotonic() > end or not self._read(0.5):
                raise AssertionError(f"{text!r} did not go:\n{self.text}")

    def settle(self, quiet_seconds: float = 0.3, most_seconds: float = 5.0) -> str:
        """Wait until nothing was written for ``quiet_seconds`` and return the screen."""
        end = time.monotonic() + most_seconds
        while time.monotonic() < end and self._read(quiet_seconds):
            pass
        return self.text

    def kill(self, sign: signal.Signals = signal.SIGKILL) -> None:
        """End the program."""
        if self.pid:
            os.kill(self.pid, sign)
            if sign is signal.SIGKILL:
                os.waitpid(self.pid, 0)
                self.pid = 0

    def hang_up(self) -> None:
        """Drop the line: the terminal is gone for the program."""
        os.close(self._fd)
        self._fd = -1

    def exit_code(self, seconds: float = 10.0) -> int:
        """Wait for the end of the program and return its exit code."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done:
                self.pid = 0
                while self._read(0.05):
                    pass
                return os.waitstatus_to_exitcode(status)
            self._read(0.05)
        raise AssertionError(f"it still runs:\n{self.text}")

    def terminal_is_sane(self) -> bool:
        """Return whether the terminal echoes and edits lines again."""
        flags = termios.tcgetattr(self._fd)[3]
        return bool(flags & termios.ECHO) and bool(flags & termios.ICANON)

    def _read(self, seconds: float) -> bool:
        if self._fd < 0:
            time.sleep(min(seconds, 0.05))
            return False
        ready, _, _ = select.select([self._fd], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self._fd, 65536)
        except OSError:
            return False
        self.raw += data
        self._stream.feed(data)
        return bool(data)


def _strokes(text: str) -> list[str]:
    parts, rest = [], text
    while rest:
        end = rest.index(">") + 1 if rest.startswith("<") and ">" in rest else 1
        parts.append(rest[:end])
        rest = rest[end:]
    return parts


def python(module_or_file: str, *arguments: str) -> list[str]:
    """Return the command that runs a file or ``-m`` module with this interpreter."""
    run = [module_or_file] if module_or_file.endswith(".py") else ["-m", module_or_file]
    return [sys.executable, *run, *arguments]
