"""The four ways to a printer: network, file or device, USB, CUPS; none waits without end."""

from __future__ import annotations

import os
import select
import shutil
import socket
import stat
import subprocess
import time
from collections.abc import Callable
from typing import Any, Protocol

from hms.infra.programs import environment
from hms.infra.settings import PrintingSettings
from hms.kernel.text import show

RAW_PORT = 9100  # what receipt printers listen on


class NotThere(Exception):
    """The printer cannot be reached, and nothing was sent; says why."""


class Channel(Protocol):
    """An open way to a printer; an ``OSError`` says that it broke."""

    answers: bool  # whether it can bring answers at all

    def write(self, data: bytes) -> None:
        """Send all of ``data``."""
        ...

    def read(self, seconds: float) -> bytes:
        """Return what the printer says within ``seconds``, nothing when it keeps silent."""
        ...

    def finish(self) -> None:
        """Hand over what was written."""
        ...

    def close(self) -> None:
        """Let go of the printer."""
        ...


def open_channel(config: PrintingSettings) -> Channel:
    """Return a way to the configured printer.

    Raises:
        NotThere: it cannot be reached.
    """
    kinds: dict[str, Callable[[PrintingSettings], Channel]] = {
        "network": _Network,
        "file": _File,
        "usb": _Usb,
        "cups": _Cups,
    }
    return kinds[config.driver](config)


class _Network:
    answers = True

    def __init__(self, config: PrintingSettings) -> None:
        host, port = address_of(config.target)
        self._patience = float(config.timeout_seconds)
        try:
            self._line = socket.create_connection((host, port), self._patience)
        except TimeoutError:
            raise NotThere("the printer is off, or its cable is out") from None
        except OSError as error:
            said = (error.strerror or "").lower()
            raise NotThere(f"the printer cannot be reached ({said or 'no such address'})") from None

    def write(self, data: bytes) -> None:
        self._line.settimeout(self._patience)
        self._line.sendall(data)

    def read(self, seconds: float) -> bytes:
        self._line.settimeout(seconds)
        try:
            answer = self._line.recv(1)
        except TimeoutError:
            return b""
        if not answer:
            raise ConnectionResetError("closed")
        return answer

    def finish(self) -> None:
        self._line.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self._line.close()


def address_of(target: str) -> tuple[str, int]:
    """Return host and port of ``10.0.0.7``, ``10.0.0.7:9100`` or ``[fe80::1]:9100``.

    Raises:
        NotThere: it is no address.
    """
    host, colon, port = target.rpartition(":")
    if not colon or target.endswith("]") or (":" in host and not host.startswith("[")):
        host, port = target, str(RAW_PORT)
    if not host or not (port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
        raise NotThere(f"{show(target) or 'nothing'} is no address of a printer: host:port")
    return host.strip("[]"), int(port)


class _File:
    """Appends to a file, or writes to a device; never blocks on either."""

    def __init__(self, config: PrintingSettings) -> None:
        if not config.target:
            raise NotThere("no file is configured: set [printing] target")
        self._patience = float(config.timeout_seconds)
        self._written = 0
        try:
            device = os.path.exists(config.target) and stat.S_ISCHR(os.stat(config.target).st_mode)  # noqa: PTH110, PTH116
            way = os.O_RDWR if device else os.O_WRONLY | os.O_APPEND | os.O_CREAT
            flags = way | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
            self._handle = os.open(config.target, flags, 0o600)
        except (OSError, ValueError) as error:
            said = getattr(error, "strerror", "") or "no such name"
            raise NotThere(f"{show(config.target)} cannot be written: {said.lower()}") from None
        self.answers = device

    def write(self, data: bytes) -> None:
        rest, until = memoryview(data), time.monotonic() + self._patience
        while rest:
            self._wait(until, select.POLLOUT)
            try:
                count = os.write(self._handle, rest)
            except BlockingIOError:
                continue
            except OSError as error:
                if self._written == 0 and not self.answers:
                    raise NotThere(
                        f"it cannot be written: {(error.strerror or '').lower()}"
                    ) from None
                raise
            self._written += count
            rest = rest[count:]

    def read(self, seconds: float) -> bytes:
        try:
            self._wait(time.monotonic() + seconds, select.POLLIN)
            return os.read(self._handle, 1)
        except (TimeoutError, BlockingIOError):
            return b""

    def finish(self) -> None:
        if stat.S_ISREG(os.fstat(self._handle).st_mode):
            os.fsync(self._handle)

    def close(self) -> None:
        os.close(self._handle)

    def _wait(self, until: float, what: int) -> None:
        poll = select.poll()
        poll.register(self._handle, what)
        left = until - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            raise TimeoutError


class _Usb:
    answers = True

    def __init__(self, config: PrintingSettings) -> None:
        vendor, _, product = config.target.partition(":")
        try:
            ids = int(vendor, 16), int(product, 16)
        except ValueError:
            raise NotThere(f"{show(config.target)} are no USB ids such as 04b8:0e15") from None
        try:
            from escpos.exceptions import Error
            from escpos.printer import Usb

            if not Usb.is_usable():
                raise ImportError
        except ImportError:
            raise NotThere("for USB install: pip install 'hms[print]' and libusb") from None
        self._ms = config.timeout_seconds * 1000
        self._printer: Any = Usb(*ids, timeout=self._ms)
        try:
            self._printer.open()
        except (Error, OSError, ValueError) as error:
            said = show(error).strip().splitlines()[0][:120] if str(error).strip() else ""
            raise NotThere(f"no USB printer {show(config.target)}: {said}") from None

    def write(self, data: bytes) -> None:
        self._printer._raw(data)

    def read(self, seconds: float) -> bytes:
        try:
            return bytes(self._printer.device.read(self._printer.in_ep, 64, int(seconds * 1000)))
        except OSError as error:
            if getattr(error, "errno", None) in (110, 60, 10060):  # how systems say: timed out
                return b""
            raise

    def finish(self) -> None:
        """Nothing is kept back."""

    def close(self) -> None:
        self._printer.close()


class _Cups:
    """Gives the slip to CUPS, which keeps it until its printer takes it."""

    answers = False

    def __init__(self, config: PrintingSettings) -> None:
        command = shutil.which("lp")
        if command is None:
            raise NotThere("CUPS is not installed here (no lp command)")
        self._command = [command, "-o", "raw", "-t", "slip"]
        self._command += ["-d", config.target] if config.target else []
        self._patience = float(config.timeout_seconds)
        self._data = b""

    def write(self, data: bytes) -> None:
        self._data += data

    def read(self, _seconds: float) -> bytes:
        return b""

    def finish(self) -> None:
        try:
            done = subprocess.run(  # noqa: S603 - our own words, no shell
                self._command, input=self._data, capture_output=True, timeout=self._patience,
                check=False, env=environment(),
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise TimeoutError from None
        if done.returncode != 0:
            said = show(done.stderr.decode(errors="replace").strip())[:120]
            raise NotThere(f"CUPS did not take it: {said}")

    def close(self) -> None:
        """Nothing is open."""
