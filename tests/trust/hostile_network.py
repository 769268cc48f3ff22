"""What strangers send to the display server: broken sessions, slow ones, probes for files."""

from __future__ import annotations

import json
import random
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

OPEN = (
    b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
HELLO = json.dumps({"type": "HELLO", "name": "x", "zone": None, "after": None}).encode()


def frame(opcode: int, data: bytes, *, first: int = 0x80, masked: bool = True) -> bytes:
    """Return a frame as a client sends it, or one that breaks the rules."""
    mask = 0x80 if masked else 0
    if len(data) < 126:
        size = bytes([mask | len(data)])
    elif len(data) < 65_536:
        size = bytes([mask | 126]) + struct.pack(">H", len(data))
    else:
        size = bytes([mask | 127]) + struct.pack(">Q", len(data))
    return bytes([first | opcode]) + size + (b"\0\0\0\0" if masked else b"") + data


def bomb() -> bytes:
    """Return a compressed frame that would be 20 MB."""
    squeezed = zlib.compressobj(wbits=-15)
    data = squeezed.compress(bytes(20 * 1024 * 1024)) + squeezed.flush(zlib.Z_SYNC_FLUSH)
    return frame(1, data[:-4], first=0xC0)


def broken_sessions(dice: random.Random) -> Iterator[bytes]:
    """Yield what a session sends, for ever: every kind of breach, and noise."""
    kinds = [
        OPEN + bytes([0x81, 0xFF]) + struct.pack(">Q", 2**63) + b"\0\0\0\0x",
        OPEN + bytes([0x81, 0xFF]) + struct.pack(">Q", 2**62) + b"\0\0\0\0x",
        OPEN + frame(1, HELLO, first=0xF0),
        OPEN + frame(1, HELLO, masked=False),
        OPEN + frame(3, b"x"),
        OPEN + frame(0xF, b"x"),
        OPEN + frame(9, b"p" * 200),
        OPEN + frame(9, b"p", first=0x00),
        OPEN + frame(0, b"goes on with nothing"),
        OPEN + frame(1, b"begins", first=0x00) + frame(1, b"begins again"),
        OPEN + frame(1, b"\xff\xfe\xfd"),
        OPEN + frame(8, struct.pack(">H", 1005)),
        OPEN + frame(8, b"\x03"),
        OPEN + frame(1, b"x" * 5_000),
        OPEN + frame(2, HELLO),
        OPEN + frame(1, b"[" * 4_000),
        OPEN + frame(1, b"{}"),
        OPEN + frame(1, HELLO) + frame(1, b'{"type": "ACK", "seq": 1e999}'),
        OPEN + frame(1, HELLO) + frame(1, b'{"type": "STATUS", "sound": "loud"}') * 200,
        OPEN + frame(1, b'{"type": "PAIR", "code": "%s"}' % (b"A" * 3_000)),
        OPEN + frame(1, HELLO.replace(b'"x"', b'"\\ud800"')),
        OPEN.replace(b"/ws ", b"/ws/staff ") + frame(1, b'{"type": "AUTH", "token": "x"}'),
        b"GET /ws HTTP/1.1\r\n" + b"A: b\r\n" * 2_000 + b"\r\n",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/0.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),
        b"\r\n" * 500,
        OPEN.replace(b"13\r\n", b"99\r\n"),
        OPEN.replace(b"AAAA==", b"A"),
    ]
    while True:
        yield dice.choice(kinds)
        yield OPEN[: dice.randrange(len(OPEN))]
        yield dice.randbytes(dice.randrange(1, 400))
        yield OPEN + dice.randbytes(dice.randrange(1, 400))


def probes() -> list[tuple[str, str]]:
    """Return requests for what is not the page's: (method, path), two hundred and more."""
    targets = (
        "etc/passwd", "hms.toml", "data/hms.db", "keys.json", "hms/infra/keys.py",
        "kiosk_display/server.py", "server.py", "__init__.py", ".git/config",
    )  # fmt: skip
    ups = (
        "../",
        "..%2f",
        "%2e%2e/",
        "%2e%2e%2f",
        "..\\",
        "..%5c",
        "....//",
        "..;/",
        "%252e%252e%252f",
    )
    paths = [f"/{up * depth}{name}" for up in ups for depth in (1, 6) for name in targets]
    paths += [f"//{name}" for name in targets] + [f"/page/{name}" for name in targets]
    paths += [
        "/%00", "/board.js%00.html", "/board.js/", "/board.js/..", "/./board.js", "/index.html/",
        "/INDEX.HTML", "/board.css.map", "/..", "/.", "/%2e", "/~root", "/speech/../keys.json",
        "/speech/%2e%2e/keys.json", "/t/../keys.json", "http://evil/board.js", "*", "/*",
    ]  # fmt: skip
    asked = [("GET", path) for path in paths]
    methods = ("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "CONNECT", "PROPFIND", "get")
    return asked + [(method, path) for method in methods for path in ("/", "/board.js", "/healthz")]


def resident_bytes(pid: int) -> int:
    """Return how much memory a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096
