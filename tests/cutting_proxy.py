"""A line between a desk and its server that a test cuts, hangs and mends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Line:
    """Passes bytes on to ``host:port`` until it is cut."""

    def __init__(self, host: str, port: int) -> None:
        self._there = (host, port)
        self._open: set[asyncio.StreamWriter] = set()
        self._whole = True
        self._flows = asyncio.Event()
        self._flows.set()
        self.port = 0

    def cut(self) -> None:
        """Cut every connection, and each new one at once."""
        self._whole = False
        for writer in self._open:
            writer.transport.abort()

    def hang(self) -> None:
        """Take every connection and what is sent, and pass nothing on: the server stands still."""
        self._flows.clear()

    def mend(self) -> None:
        """Let connections through again, and what was held up."""
        self._whole = True
        self._flows.set()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection."""
        if not self._whole:
            writer.transport.abort()
            return
        far_reader, far_writer = await asyncio.open_connection(*self._there)
        ends = {writer, far_writer}
        self._open |= ends
        try:
            await asyncio.gather(
                self._pass_on(reader, far_writer), self._pass_on(far_reader, writer)
            )
        finally:
            self._open -= ends
            for end in ends:
                end.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                await self._flows.wait()
                writer.write(data)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def line_to(host: str, port: int) -> AsyncIterator[Line]:
    """Give a whole line to a server."""
    line = Line(host, port)
    async with await asyncio.start_server(line.carry, "127.0.0.1", 0) as server:
        line.port = server.sockets[0].getsockname()[1]
        yield line
        line.mend()
        line.cut()
