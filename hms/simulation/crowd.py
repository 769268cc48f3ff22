"""A process full of screens: ``python -m hms.simulation.crowd PORT SCREENS``.

Each is a real websocket client of the display server.  Says ``{"ready": N}`` once all
have their snapshot; a line ``{"until": SEQ}`` on its input lets it wait until every
screen is there, and say what they saw: when each call came (monotonic seconds, one
clock for all processes of a machine), and a digest of all frames, alike when the
screens were told alike.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

PATIENCE_SECONDS = 60.0
AT_ONCE = 50  # connections being opened
_UNNUMBERED = ("HEARTBEAT", "SNAPSHOT")


@dataclass(slots=True)
class Screen:
    """What one screen was told."""

    seq: int = -1
    frames: int = 0
    snapshots: int = 0
    digest: Any = field(default_factory=lambda: hashlib.blake2b(digest_size=8))


class Crowd:
    """The screens of this process."""

    def __init__(self, port: int, screens: int) -> None:
        self._port = port
        self._screens = [Screen() for _ in range(screens)]
        self._calls: dict[str, list[float]] = {}
        self._opening = asyncio.Semaphore(AT_ONCE)
        self._moved = asyncio.Event()

    async def watch(self, number: int) -> None:
        """Be one screen until cancelled."""
        screen = self._screens[number]
        async with self._opening:
            connection = await connect(
                f"ws://127.0.0.1:{self._port}/ws", compression=None, max_queue=None
            )
            hello = {"type": "HELLO", "name": f"hall-{number}", "zone": None, "after": None}
            await connection.send(json.dumps(hello))
            self._take(screen, await connection.recv())
        with suppress(WebSocketException):
            await self._hear(screen, connection)

    async def all_at(self, seq: int) -> bool:
        """Return whether every screen comes to frame ``seq`` in time."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while any(screen.seq < seq for screen in self._screens):
                    self._moved.clear()
                    await self._moved.wait()
        except TimeoutError:
            return False
        return True

    def said(self) -> dict[str, Any]:
        """Return what the screens saw."""
        return {
            "seqs": sorted({screen.seq for screen in self._screens}),
            "frames": sorted({screen.frames for screen in self._screens}),
            "snapshots": max((screen.snapshots for screen in self._screens), default=0),
            "digests": len({screen.digest.digest() for screen in self._screens}),
            "calls": self._calls,
        }

    async def _hear(self, screen: Screen, connection: ClientConnection) -> None:
        async for text in connection:
            self._take(screen, text)

    def _take(self, screen: Screen, text: str | bytes) -> None:
        now = time.monotonic()
        frame = json.loads(text)
        kind = frame["type"]
        screen.seq = int(frame["seq"])
        if kind == "CALL":
            self._calls.setdefault(f"{frame['token']}/{frame['call_no']}", []).append(now)
        if kind not in _UNNUMBERED:
            screen.frames += 1
            screen.digest.update(text if isinstance(text, bytes) else text.encode())
        screen.snapshots += kind == "SNAPSHOT"
        self._moved.set()


async def run(port: int, screens: int) -> None:
    """Watch, and answer the one question that comes on the input."""
    crowd = Crowd(port, screens)
    watching = [asyncio.create_task(crowd.watch(number)) for number in range(screens)]
    try:
        if not await crowd.all_at(0):
            _say({"ready": 0})
            return
        _say({"ready": screens})
        asked = json.loads(await asyncio.to_thread(sys.stdin.readline) or "{}")
        if "until" in asked:
            await crowd.all_at(int(asked["until"]))
            _say(crowd.said())
    finally:
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)


def _say(said: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(run(int(sys.argv[1]), int(sys.argv[2])))
