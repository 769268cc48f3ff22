"""A process full of screens: ``python -m benchmarks.crowd HOST PORT SCREENS STALLED FIRST``.

Each screen is a bare socket that says HELLO and looks for one word in what comes, so
that what is measured is the server and not its clients.  Of them ``STALLED`` stop
reading after their HELLO.  Prints a line of JSON when all are connected, then one for
each token: when the last screen that reads had its frame (monotonic seconds, the
same clock in every process).
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import socket
import struct
import sys
import time

_CREATED = re.compile(rb'"type":\s*"TOKEN_CREATED"[^}]*?"token":\s*"([^"]+)"')
_TEXT, _PING, _PONG = 0x1, 0x9, 0xA  # kinds of frame (RFC 6455, 11.8)
_HEAD = 60  # bytes at the beginning of a frame that say its type
_AT_ONCE = 100  # connections being opened


class Crowd:
    """Counts which tokens the screens of this process have seen."""

    def __init__(self, reading: int) -> None:
        self.reading = reading
        self.seen: dict[bytes, int] = {}

    def saw(self, code: bytes) -> None:
        """Note that one more screen saw ``code``; say when it was the last."""
        self.seen[code] = self.seen.get(code, 0) + 1
        if self.seen[code] == self.reading:
            say(token=code.decode(), at=time.monotonic())


class Screen(asyncio.Protocol):
    """One screen on a bare socket."""

    def __init__(self, crowd: Crowd, name: str, greeted: asyncio.Future[None], *, stalls: bool):
        self.crowd, self.name, self.stalls, self.greeted = crowd, name, stalls, greeted
        self.transport: asyncio.Transport | None = None
        self.opened = False
        self.rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the socket."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        """Take the answer to the handshake, then frame by frame."""
        self.rest = self.rest + data if self.rest else data
        if not self.opened:
            _, answered, self.rest = self.rest.partition(b"\r\n\r\n")
            if not answered:
                return
            self.opened = True
            hello = {"type": "HELLO", "name": self.name, "zone": None, "after": None}
            self.write(_TEXT, json.dumps(hello).encode())
        data, at = self.rest, 0
        while (place := frame_at(data, at)) is not None:
            begin, end = place
            self.hear(data, data[at] & 0x0F, begin, end)
            at = end
        self.rest = data[at:]

    def hear(self, data: bytes, kind: int, begin: int, end: int) -> None:
        """Answer a ping, look for a token; who stalls stops reading after the first frame."""
        if kind == _PING:
            self.write(_PONG, data[begin:end])
            return
        if not self.greeted.done():
            self.greeted.set_result(None)
            if self.stalls and self.transport is not None:
                self.transport.pause_reading()
        if self.stalls or data.find(b'"TOKEN_CREATED"', begin, begin + _HEAD) < 0:
            return
        if found := _CREATED.search(data, begin, end):
            self.crowd.saw(found[1])

    def write(self, kind: int, text: bytes) -> None:
        """Send one frame."""
        assert self.transport is not None
        self.transport.write(masked(kind, text))

    def connection_lost(self, exc: Exception | None) -> None:
        """Say so where it happened before the greeting."""
        if not self.greeted.done():
            self.greeted.set_exception(exc or ConnectionError("put out before HELLO"))


def frame_at(data: bytes, at: int) -> tuple[int, int] | None:
    """Return where what the frame at ``at`` holds begins and ends, None while it is not whole."""
    if len(data) < at + 2:
        return None
    length, begin = data[at + 1], at + 2
    if length == 126:
        length, begin = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
    elif length == 127:
        length, begin = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
    end = begin + length
    return (begin, end) if end <= len(data) else None


def masked(kind: int, text: bytes) -> bytes:
    """Return ``text`` as a masked frame (RFC 6455, 5.2 and 5.3); the mask is of zeros."""
    length = len(text)
    head = (
        struct.pack("!BB", 0x80 | kind, 0x80 | length)
        if length < 126
        else struct.pack("!BBH", 0x80 | kind, 0xFE, length)
    )
    return head + b"\0\0\0\0" + text


def say(**what: object) -> None:
    """Write one line of JSON."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


async def main(host: str, port: int, screens: int, stalled: int, first: int) -> None:
    """Open the screens and keep them until the standard input ends."""
    crowd = Crowd(screens - stalled)
    loop = asyncio.get_running_loop()
    turn = asyncio.Semaphore(_AT_ONCE)

    async def one(number: int) -> None:
        async with turn:
            greeted: asyncio.Future[None] = loop.create_future()
            name = f"screen {first + number}"
            line = socket.socket()
            line.setblocking(False)
            if stalls := number < stalled:  # soon full
                line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            await loop.sock_connect(line, (host, port))
            await loop.create_connection(
                lambda: Screen(crowd, name, greeted, stalls=stalls), sock=line
            )
            await greeted

    await asyncio.gather(*(one(number) for number in range(screens)))
    say(ready=screens)
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], *(int(word) for word in sys.argv[2:])))
