"""Screens that come back by themselves, and a line to the server that can be made bad."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from tests.kiosk_display.screen import STATE, View, fold, hello

READY = "the wall is at"


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """``hms-display`` as a process of its own, always on the same port."""

    def __init__(self, config: Path, port: int) -> None:
        self.config = config
        self.port = port
        self.log: list[str] = []
        self._process: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int:
        """Return the process id."""
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Start it, and wait until it listens."""
        await asyncio.to_thread(self._start)

    def _start(self) -> None:
        code = "import sys; from kiosk_display.server import main; sys.exit(main())"
        words = ["--config", str(self.config), "--port", str(self.port)]
        self._process = subprocess.Popen(
            [sys.executable, "-c", code, *words], stderr=subprocess.PIPE, text=True
        )
        assert self._process.stderr is not None
        while READY not in (line := self._process.stderr.readline()):
            assert line, "the display server did not start"
            self.log.append(line)

    def kill(self) -> None:
        """Cut its power."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGKILL)
        _, rest = self._process.communicate()
        self.log.append(rest)
        self._process = None


@dataclass
class LiveScreen:
    """A screen that keeps coming back, as the page does; it folds what it is told.

    ``begun`` holds where it was and where it went on at each snapshot; ``live_after`` the
    seconds from each return of the server, told by ``server_is_back``, to the first frame.
    """

    port: int
    zone: str | None = None
    view: View | None = None
    at: tuple[str, int] | None = None
    announced: list[int] = field(default_factory=list)
    expired: list[int] = field(default_factory=list)
    begun: list[tuple[tuple[str, int] | None, tuple[str, int]]] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    live_after: list[float] = field(default_factory=list)
    _since: float | None = None

    def server_is_back(self) -> None:
        """Begin to count the time until this screen is live again."""
        self._since = time.monotonic()

    async def watch(self) -> None:
        """Watch until cancelled."""
        while True:
            with suppress(OSError, WebSocketException, TimeoutError):
                address = f"ws://127.0.0.1:{self.port}/ws"
                async with connect(address, compression=None, open_timeout=5) as line:
                    place = None if self.at is None else {"epoch": self.at[0], "seq": self.at[1]}
                    await hello(line, self.zone, place)
                    while True:
                        async with asyncio.timeout(15):  # the page calls that not live
                            self.take(json.loads(await line.recv()))
            await asyncio.sleep(random.uniform(0.05, 0.3))

    def take(self, frame: dict[str, Any]) -> None:
        """Take a frame, noting what the protocol does not allow."""
        if self._since is not None:
            self.live_after.append(time.monotonic() - self._since)
            self._since = None
        kind, place = frame["type"], (frame["epoch"], frame["seq"])
        if kind == "SNAPSHOT":
            self.begun.append((self.at, place))
            self.view = {key: frame[key] for key in STATE}
        elif kind == "HEARTBEAT":
            if place != self.at:
                self.troubles.append(f"a heartbeat of {place} at {self.at}")
        elif self.at is None or place != (self.at[0], self.at[1] + 1):
            self.troubles.append(f"{kind} {place} after {self.at}")
        else:
            assert self.view is not None
            if kind == "CALL":
                (self.expired if frame.get("expired") else self.announced).append(frame["call_id"])
            self.view = fold(self.view, frame)
        self.at = place


@asynccontextmanager
async def watching(screens: list[LiveScreen]) -> AsyncIterator[None]:
    """Let the screens watch."""
    tasks = [asyncio.create_task(one.watch()) for one in screens]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@dataclass
class Line:
    """A TCP line between screens and server whose quality can be chosen."""

    target: int
    port: int = 0
    delay_seconds: float = 0.0
    jitter_seconds: float = 0.0
    bytes_per_second: int | None = None
    black_hole: bool = False
    refused: bool = False
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def heal(self) -> None:
        """Make the line good again."""
        self.delay_seconds = self.jitter_seconds = 0.0
        self.bytes_per_second, self.black_hole, self.refused = None, False, False

    def cut(self) -> None:
        """Cut every connection at this instant, wherever in a frame it is."""
        for writer in list(self._open):
            writer.transport.abort()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection both ways."""
        if self.refused:
            writer.transport.abort()
            return
        with suppress(OSError):
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
            self._open |= {writer, far_writer}
            try:
                ways = (self._pump(reader, far_writer), self._pump(far_reader, writer))
                await asyncio.gather(*ways)
            finally:
                self._open -= {writer, far_writer}
                writer.transport.abort()
                far_writer.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(1024):
                while self.black_hole:
                    await asyncio.sleep(0.05)
                pause = self.delay_seconds + random.uniform(0, self.jitter_seconds)
                if self.bytes_per_second:
                    pause += len(data) / self.bytes_per_second
                if pause:
                    await asyncio.sleep(pause)
                writer.write(data)
                await writer.drain()
        writer.transport.abort()


@asynccontextmanager
async def line_to(port: int) -> AsyncIterator[Line]:
    """Lay a line to the server on ``port``."""
    line = Line(port)
    server = await asyncio.start_server(line.carry, "127.0.0.1", 0)
    line.port = server.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        line.cut()
        server.close()
        await server.wait_closed()
