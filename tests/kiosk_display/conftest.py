"""A furnished hospital, and a wall that serves it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from hms.infra.settings import Settings
from hms.kernel.events import Recorded
from kiosk_display import server
from kiosk_display.hub import Hub
from kiosk_display.state import Zone
from tests.kiosk_display.stage import Staged
from tests.support import Hospital, hospital_at

ZONES = {"front": ("GM", "LAB"), "empty": ()}


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Hospital]:
    """Return a hospital with the queues GM, ENT and LAB and the zones ``front`` and ``empty``."""
    with hospital_at(tmp_path / "data" / "hms.db", zones=dict(ZONES)) as made:
        yield made


@dataclass
class Wall:
    """A running display server."""

    port: int
    stop: asyncio.Event


@asynccontextmanager
async def wall(settings: Settings, port: int = 0) -> AsyncIterator[Wall]:
    """Serve the wall of the database that ``settings`` name."""
    ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    task = asyncio.create_task(
        server.serve(
            settings, "127.0.0.1", port, stop, ready=lambda _, number: ready.set_result(number)
        )
    )
    both: list[asyncio.Future[Any]] = [task, ready]
    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        await task
    try:
        yield Wall(await ready, stop)
    finally:
        stop.set()
        await task


@dataclass
class Theatre:
    """A staged hospital behind a real socket."""

    staged: Staged
    hub: Hub
    zones: list[Zone]
    port: int
    alive: bool = True
    unread: list[Recorded] = field(default_factory=list)

    async def refresh(self) -> None:
        """Tell what the server has not read yet."""
        self.tell(self.unread)
        self.unread.clear()

    def tell(self, news: Sequence[Recorded]) -> None:
        """Hand on what happened."""
        self.hub.tell(news, self.staged.boards(), self.staged.notices)

    def open(self) -> None:
        """Take the streams up anew, as after a change of queues."""
        self.hub.take_up(self.staged.streams(self.zones))


@asynccontextmanager
async def theatre(
    staged: Staged, *zones: Zone, port: int = 0, narrow: bool = False
) -> AsyncIterator[Theatre]:
    """Serve ``staged`` without a database; on ``narrow`` lines the system keeps little."""
    every = [staged.zone(None), *zones]
    hub = Hub(zone.name for zone in zones if zone.name)

    async def refresh() -> None:
        await playing.refresh()

    async def pulse() -> None:
        while True:
            if playing.alive:
                hub.seen()
            await asyncio.sleep(0.2)

    async with server.listener(hub, (), "127.0.0.1", port, refresh=refresh) as listening:
        [listener] = listening.sockets
        if narrow:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16_384)
        number = listener.getsockname()[1]
        playing = Theatre(staged, hub, every, number)
        playing.open()
        jobs = [asyncio.create_task(pulse()), asyncio.create_task(hub.beat())]
        try:
            yield playing
        finally:
            for job in jobs:
                job.cancel()
                with suppress(asyncio.CancelledError):
                    await job
