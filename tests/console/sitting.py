"""Somebody at the console: keys in, screen out, on the real app and a real database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from textual.events import Key, Paste
from textual.pilot import Pilot

from hms.console.app import Console
from hms.infra.settings import Settings
from hms.kernel.i18n import tr
from tests.console.scratch import PASSWORD
from tests.kit.screens import shown


class Sitting:
    """One person at one console."""

    def __init__(self, console: Console, pilot: Pilot[Any]) -> None:
        self.console = console
        self.pilot = pilot

    @property
    def text(self) -> str:
        """Return the screen."""
        return shown(self.console)

    async def keys(self, *names: str) -> None:
        """Strike keys by name, all at once: the gate keeps them in order; let their effect come."""
        for name in names:
            character = {"space": " ", "enter": "\r", "tab": "\t"}.get(name, name)
            self.console.post_message(Key(name, character if len(character) == 1 else None))
        while not self.console.gate.idle:
            await asyncio.sleep(0.005)
        await self.pilot.pause()

    async def types(self, text: str) -> None:
        """Type a text."""
        await self.keys(*("space" if c == " " else c for c in text))

    async def sees(self, *words: str, seconds: float = 20.0) -> float:
        """Wait until all of ``words`` are on the screen; return the seconds it took."""
        begin = time.perf_counter()
        while not all(word in self.text for word in words):
            assert time.perf_counter() - begin < seconds, f"{words} not on\n{self.text}"
            await asyncio.sleep(0.005)
        return time.perf_counter() - begin

    async def sees_no(self, word: str, seconds: float = 20.0) -> None:
        """Wait until ``word`` is gone from the screen."""
        begin = time.perf_counter()
        while word in self.text:
            assert time.perf_counter() - begin < seconds, f"{word} still on\n{self.text}"
            await asyncio.sleep(0.005)

    async def signs_in(self, login: str, password: str = PASSWORD) -> None:
        """Give name and password at the door, each in one piece: every key would be painted."""
        for text in (login, password):
            self.console.post_message(Paste(text))
            await self.keys("enter")


@asynccontextmanager
async def sit_down(
    settings: Settings, login: str | None, size: tuple[int, int], **how: Any
) -> AsyncIterator[Sitting]:
    """Open the console; ``login`` None stays at the sign-in."""
    console = Console(settings, **how)
    async with console.run_test(size=size) as pilot:
        sitting = Sitting(console, pilot)
        await sitting.sees(tr("Please sign in"))
        if login is not None:
            await sitting.signs_in(login)
            await sitting.sees_no(tr("Please sign in"))
            await pilot.pause()
        yield sitting
