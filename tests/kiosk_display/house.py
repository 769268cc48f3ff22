"""A wall with its worker, as ``hms serve`` runs them, and screens that say who they are."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from hms.bootstrap import answer_wall, open_application
from hms.features.displays import service
from hms.infra.settings import Settings
from tests.kiosk_display.conftest import Wall, wall
from tests.support import Hospital

PATIENCE = 15.0


@asynccontextmanager
async def house(settings: Settings, **display: Any) -> AsyncIterator[Wall]:
    """Serve the wall and be its worker; ``display`` changes settings of that section."""
    settings = replace(settings, display=replace(settings.display, **display))
    application = await asyncio.to_thread(lambda: open_application(settings=settings))
    stop = asyncio.Event()
    working = asyncio.create_task(answer_wall(application, stop))
    try:
        async with wall(settings) as served:
            yield served
    finally:
        stop.set()
        await working
        await application.close()


@asynccontextmanager
async def line_to(port: int, path: str = "/ws", **more: Any) -> AsyncIterator[ClientConnection]:
    """Open a socket to the wall."""
    async with connect(f"ws://127.0.0.1:{port}{path}", compression=None, **more) as connection:
        yield connection


async def send(connection: ClientConnection, kind: str, **members: Any) -> None:
    """Send one frame."""
    await connection.send(json.dumps({"type": kind, **members}))


async def frame(connection: ClientConnection, *kinds: str) -> dict[str, Any]:
    """Return the next frame, or the next of these types."""
    async with asyncio.timeout(PATIENCE):
        while True:
            told: dict[str, Any] = json.loads(await connection.recv())
            if not kinds or told["type"] in kinds:
                return told


async def closed(connection: ClientConnection) -> tuple[int | None, str | None]:
    """Wait until the wall closes; return its code and reason."""
    async with asyncio.timeout(PATIENCE):
        await connection.wait_closed()
    return connection.close_code, connection.close_reason


async def act(hospital: Hospital, who: str, use_case: Any, *args: Any, **named: Any) -> Any:
    """Let a desk act while screens watch."""
    return await asyncio.to_thread(lambda: hospital.do(who, use_case, *args, **named))


async def listed(hospital: Hospital) -> dict[str, Any]:
    """Return the screens as a manager sees them, by name."""
    views = await asyncio.to_thread(lambda: hospital.ask("mara", service.list_screens))
    return {view.name: view for view in views}


async def until(hospital: Hospital, wanted: Any) -> dict[str, Any]:
    """Return the list of screens as soon as it is as ``wanted``."""
    async with asyncio.timeout(PATIENCE):
        while True:
            found = await listed(hospital)
            if wanted(found):
                return found
            await asyncio.sleep(0.05)
