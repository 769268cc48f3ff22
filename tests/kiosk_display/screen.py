"""A screen for tests: it folds what it is told in its own way, apart from the server's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

View = dict[str, Any]
RECENT = 10
PATIENCE = 30.0  # seconds; how long a busy machine may take
STATE = ("queues", "recent_calls", "notices")


def fold(view: View, frame: dict[str, Any]) -> View:
    """Return ``view`` after ``frame``, by the letter of the protocol."""
    after = dict(view)
    kind = frame["type"]
    queues = {queue["code"]: dict(queue) for queue in after["queues"]}
    calls = after["recent_calls"]
    if kind == "CALL":
        calls = [call for call in calls if call["token"] != frame["token"]]
        keys = ("call_id", "token", "queue", "room", "call_no", "at")
        calls = [{key: frame[key] for key in keys}, *calls]
    elif kind == "NOTICE":
        after["notices"] = frame["notices"]
    elif kind == "QUEUE_UPDATED":
        queues[frame["queue"]["code"]] = frame["queue"]
    elif kind in ("TOKEN_CREATED", "TOKEN_STATUS_UPDATED"):
        for key in ("waiting", "next", "serving"):
            if key in frame:
                queues[frame["queue"]][key] = frame[key]
        if frame.get("status") == "waiting":
            calls = [call for call in calls if call["token"] != frame["token"]]
    after["queues"], after["recent_calls"] = list(queues.values()), calls[:RECENT]
    return after


@dataclass
class Screen:
    """What one screen was told, and what it makes of it."""

    connection: ClientConnection
    frames: list[dict[str, Any]] = field(default_factory=list)
    view: View | None = None
    at: tuple[str, int] | None = None

    @property
    def place(self) -> dict[str, Any] | None:
        """Return where this screen is, as ``after`` of a HELLO."""
        return None if self.at is None else {"epoch": self.at[0], "seq": self.at[1]}

    def heard(self, kind: str) -> list[dict[str, Any]]:
        """Return the frames of one type, in order."""
        return [frame for frame in self.frames if frame["type"] == kind]

    async def take(self, seconds: float = PATIENCE) -> dict[str, Any]:
        """Take one frame, checking that it is the next."""
        frame: dict[str, Any] = json.loads(await asyncio.wait_for(self.connection.recv(), seconds))
        assert frame["v"] == 1
        assert frame["at"].endswith("Z")
        self.frames.append(frame)
        place = (frame["epoch"], frame["seq"])
        if frame["type"] == "SNAPSHOT":
            self.view = {key: frame[key] for key in STATE}
        elif frame["type"] == "HEARTBEAT":
            assert place == self.at, "a heartbeat repeats the last number"
        else:
            assert self.at is not None, "the first frame of a new screen is a snapshot"
            assert place == (self.at[0], self.at[1] + 1), "numbers rise by exactly one"
            if self.view is not None:
                self.view = fold(self.view, frame)
        self.at = place
        return frame

    async def until(self, kind: str, seconds: float = PATIENCE) -> dict[str, Any]:
        """Take frames up to one of that type."""
        async with asyncio.timeout(seconds):
            while True:
                frame = await self.take(seconds)
                if frame["type"] == kind:
                    return frame

    async def reach(self, seq: int, seconds: float = PATIENCE) -> None:
        """Take frames until number ``seq``."""
        async with asyncio.timeout(seconds):
            while self.at is None or self.at[1] < seq:
                await self.take(seconds)

    async def settle(self, quiet_seconds: float = 0.3) -> None:
        """Take frames until nothing but heartbeats comes for a moment."""
        while True:
            try:
                await self.take(quiet_seconds)
            except TimeoutError:
                return


async def hello(
    connection: ClientConnection, zone: str | None = None, after: dict[str, Any] | None = None
) -> None:
    """Say HELLO."""
    frame = {"type": "HELLO", "name": "test", "zone": zone, "after": after}
    await connection.send(json.dumps(frame))


@asynccontextmanager
async def screen(
    port: int, zone: str | None = None, after: dict[str, Any] | None = None
) -> AsyncIterator[Screen]:
    """Put up a screen that watches ``zone``, going on ``after`` a place it knows."""
    async with connect(f"ws://127.0.0.1:{port}/ws", compression=None) as connection:
        await hello(connection, zone, after)
        watching = Screen(connection)
        if after is not None:
            watching.at = (after["epoch"], after["seq"])
        yield watching
