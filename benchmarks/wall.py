"""The display server as a process of its own, and processes full of screens that watch it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from benchmarks.stage import ROOT, Stage

Process = asyncio.subprocess.Process


@asynccontextmanager
async def server(place: Stage) -> AsyncIterator[tuple[Process, str]]:
    """Run ``hms-display`` as its own process; give it and its address."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _MAIN, "--config", str(place.config), "--port", "0",
        cwd=ROOT, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        said = ""
        while "http://" not in said:  # before it, it may say what it has to do without
            said = (await process.stderr.readline()).decode()
            assert said, "the display server ended"
        host = said.strip().rpartition("http://")[2].rstrip("/")
        rest = asyncio.create_task(process.stderr.read())  # or a full pipe would stop it
        yield process, f"ws://{host}/ws"
        rest.cancel()
    finally:
        process.terminate()
        await process.wait()


_MAIN = "import sys; from kiosk_display.start import main; sys.exit(main())"


@asynccontextmanager
async def crowd(address: str, screens: int, stalled: int, number: int) -> AsyncIterator[Process]:
    """Run a process full of screens, ``stalled`` of them; see benchmarks.crowd."""
    host, _, port = address.removeprefix("ws://").removesuffix("/ws").partition(":")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.crowd", host, port, str(screens), str(stalled),
        str(number * screens), cwd=ROOT,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        await process.wait()


async def line_of(crowd: Process) -> dict[str, Any]:
    """Return what the process says next."""
    assert crowd.stdout is not None
    async with asyncio.timeout(120):
        text = await crowd.stdout.readline()
    found: dict[str, Any] = json.loads(text)
    return found


async def drain(crowd: Process) -> None:
    """Read what the process says, so that its pipe stays empty."""
    assert crowd.stdout is not None
    while await crowd.stdout.readline():
        pass
