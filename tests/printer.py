"""A receipt printer on a loopback socket: understands ESC/POS, and fails as printers fail."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from escpos.codepages import CodePages
from escpos.magicencode import Encoder
from escpos.printer import Dummy

WELL = 0x12  # what a printer without trouble answers to every DLE EOT


@dataclass
class Paper:
    """One slip as it came out: lines of letters, pictures, codes that the printer drew itself."""

    lines: list[str] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    pictures: list[list[list[bool]]] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def qr(self) -> list[list[bool]]:
        """Return the modules of the QR code among the pictures, without its white border."""
        for picture in self.pictures:
            found = modules(picture)
            if found:
                return found
        return []


def modules(picture: list[list[bool]]) -> list[list[bool]]:
    """Return a picture as the modules of a QR code, [] when it is none."""
    dark = [(x, y) for y, row in enumerate(picture) for x, cell in enumerate(row) if cell]
    if not dark:
        return []
    left, right = min(x for x, _ in dark), max(x for x, _ in dark)
    top, bottom = min(y for _, y in dark), max(y for _, y in dark)
    width, height = right - left + 1, bottom - top + 1
    run = next((n for n in range(width) if not picture[top][left + n]), 0)
    if width != height or run % 7:
        return []
    scale = run // 7  # the upper side of a finder pattern is seven modules
    return [
        [picture[y][x] for x in range(left, right + 1, scale)]
        for y in range(top, bottom + 1, scale)
    ]


class Decoder:
    """Reads the bytes of a job as a printer does; what is cut off is a slip."""

    def __init__(self) -> None:
        pages = Dummy().profile.get_code_pages()
        self._pages = {int(number): name for name, number in pages.items()}
        self._encoder = Encoder(pages)
        self.slips: list[Paper] = []
        self.asked = 0
        self._page = "CP437"
        self._size = 1
        self._line = ""
        self._slip = Paper()
        self._code = ""

    def read(self, data: bytes) -> None:
        """Take a whole job."""
        place = 0
        while place < len(data):
            place += self._one(data, place)

    def _one(self, data: bytes, i: int) -> int:
        byte, rest = data[i], data[i:]
        if byte == 0x1B:
            return self._escape(rest)
        if byte == 0x1D:
            return self._group(rest)
        if byte == 0x10:
            return 3
        if byte == 0x0A:
            self._slip.lines.append(self._line)
            self._slip.sizes.append(self._size)
            self._line = ""
            return 1
        assert byte >= 0x20, f"a printer would do something unforeseen at {byte:#x}"
        self._line += chr(byte) if byte < 0x80 else self._letter(byte)
        return 1

    def _letter(self, byte: int) -> str:
        page = CodePages.get_encoding_name(self._page)
        return str(self._encoder._get_codepage_char_list(page)[byte - 128])

    def _escape(self, rest: bytes) -> int:
        kind = chr(rest[1])
        if kind == "t":
            self._page = self._pages[rest[2]]
        if kind == "@":
            return 2
        assert kind in "!aEtdM-{", f"ESC {kind}"
        return 3

    def _group(self, rest: bytes) -> int:
        kind = chr(rest[1])
        if kind == "!":
            self._size = (rest[2] & 0x0F) + 1
            return 3
        if kind == "v":
            return self._picture(rest)
        if kind == "(":
            return self._qr(rest)
        if kind == "V":
            self.slips.append(self._slip)
            self._slip = Paper()
            return 3 if rest[2] in (0, 1) else 4
        if kind == "r":
            self.asked += 1
            return 3
        assert kind in "bB", f"GS {kind}"
        return 3

    def _picture(self, rest: bytes) -> int:
        wide, high = rest[4] + 256 * rest[5], rest[6] + 256 * rest[7]
        rows = [rest[8 + y * wide : 8 + (y + 1) * wide] for y in range(high)]
        assert len(rest) >= 8 + wide * high, "the picture is cut off"
        self._slip.pictures.append(
            [[bool(byte >> (7 - bit) & 1) for byte in row for bit in range(8)] for row in rows]
        )
        return 8 + wide * high

    def _qr(self, rest: bytes) -> int:
        length = rest[3] + 256 * rest[4]
        body = rest[5 : 5 + length]
        if body[1] == 80:
            self._code = body[3:].decode()
        if body[1] == 81:
            self._slip.codes.append(self._code)
        return 5 + length


@dataclass
class Printer:
    """What the printer is like now; ``trouble`` is one of the words below, "" when it is well.

    no_paper, cover, fault: it says so · mute: it never answers · garbage: it answers nonsense
    · cut_off: the line breaks in the middle of a slip · lost: it breaks after the slip came out
    · chance: any of these, or none, at random.
    """

    port: int
    trouble: str = ""
    slips: list[Paper] = field(default_factory=list)
    halves: int = 0
    jobs: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(7))

    @property
    def texts(self) -> list[str]:
        return [slip.text for slip in self.slips]


TROUBLES = ("no_paper", "cover", "fault", "garbage", "cut_off", "lost")


@contextmanager
def network_printer(trouble: str = "", *, mute_seconds: float = 0.0) -> Iterator[Printer]:
    """Run a printer; ``mute_seconds`` is how long it waits before it answers anything."""
    listener = socket.create_server(("127.0.0.1", 0))
    printer = Printer(listener.getsockname()[1], trouble)
    stop = threading.Event()

    def serve() -> None:
        listener.settimeout(0.05)
        while not stop.is_set():
            try:
                line, _ = listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            with line, suppress(OSError):
                line.settimeout(5)
                _attend(line, printer, mute_seconds, stop)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield printer
    finally:
        stop.set()
        thread.join(10)
        listener.close()


def _attend(line: socket.socket, printer: Printer, mute: float, stop: threading.Event) -> None:
    trouble = printer.trouble
    if trouble == "chance":
        trouble = printer.chance.choice(("",) * 6 + TROUBLES)
    printer.jobs += 1
    job = b""
    while not stop.is_set():
        try:
            heard = line.recv(65_536)
        except TimeoutError:
            continue
        if not heard:
            if job:
                _print(printer, job)
            return
        if mute:
            time.sleep(mute)
        job += heard
        while job[:2] == b"\x10\x04" and len(job) >= 3:
            question, job = job[2], job[3:]
            _answer(line, trouble, question)
        if trouble == "cut_off" and job:
            printer.halves += 1
            return
        if job.endswith(b"\x1dr\x01"):
            _print(printer, job)
            job = b""
            if trouble == "lost":
                return
            if trouble != "mute":
                line.sendall(b"\x00")


def _answer(line: socket.socket, trouble: str, question: int) -> None:
    said = {
        "no_paper": {1: WELL | 0x08, 2: WELL | 0x20, 4: WELL | 0x60},
        "cover": {1: WELL | 0x08, 2: WELL | 0x04},
        "fault": {1: WELL | 0x08, 2: WELL | 0x40},
        "garbage": {1: 0xFF, 2: 0xFF, 4: 0xFF},
    }.get(trouble, {})
    if trouble != "mute":
        line.sendall(bytes([said.get(question, WELL)]))


def _print(printer: Printer, job: bytes) -> None:
    decoder = Decoder()
    decoder.read(job)
    printer.slips += decoder.slips


def matrix_of(data: str) -> Sequence[Sequence[bool]]:
    """Return the modules that a QR code of ``data`` must have."""
    import segno

    made = segno.make(data, error="m", micro=False, boost_error=False)
    return [[bool(cell) for cell in row] for row in made.matrix]
