"""A desk on a real hospital without a sign-in: what the keys do, read back from the screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from hms.kit.base import HmsScreen, HospitalChanged
from hms.kit.drafts import DraftStore
from hms.kit.tui_actions import Action
from tests.kit.screens import OneScreen, shown
from tests.support import Hospital


class Seat:
    """The way from a desk to the use cases for one person, as the console's link is."""

    def __init__(self, hospital: Hospital, who: str) -> None:
        self._hospital = hospital
        self._actor = hospital.actor(who)
        self.settings = hospital.settings

    async def do(self, use_case: Any, *args: Any, op_id: str, **kw: Any) -> Any:
        """Run a use case that changes something."""
        return await self._hospital.db.write(
            lambda work: use_case(work, self._actor, *args, **kw), op_id=op_id
        )

    async def ask(self, use_case: Any, *args: Any, **kw: Any) -> Any:
        """Run a use case that only looks."""
        return await self._hospital.db.read(lambda work: use_case(work, self._actor, *args, **kw))

    async def was_done(self, op_id: str) -> bool:
        """Return whether it was committed."""
        return await self._hospital.db.outcome(op_id) is not None

    def may(self, permission: str) -> bool:
        """Return whether this person holds it."""
        return self._actor.may(permission)


class Desk:
    """A desk that is being used: strike keys, wait for what appears."""

    def __init__(self, app: OneScreen, pilot: Pilot[None]) -> None:
        self.app = app
        self._pilot = pilot

    @property
    def text(self) -> str:
        """Return the screen's text."""
        return shown(self.app)

    async def type(self, *parts: str) -> None:
        """Strike keys: ``f4`` and ``enter`` are keys, anything else is typed letter by letter."""
        for part in parts:
            is_key = part in KEYS or (part[:1] == "f" and part[1:].isdigit())
            await self._pilot.press(*([part] if is_key else [_name(char) for char in part]))
            await self.settle()

    async def settle(self) -> None:
        """Wait until no key is under way and nothing is being loaded."""
        for _ in range(300):
            await self._pilot.pause()
            busy = not self.app.gate.idle or bool(self.app._performing)
            loaders = [
                value
                for screen in self.app.screen_stack
                for value in vars(screen).values()
                if type(value).__name__ == "Loader"
            ]
            if not busy and all(loader._task is None for loader in loaders):
                break
            await asyncio.sleep(0.01)
        await self._pilot.pause()

    async def sees(self, *parts: str) -> None:
        """Fail unless all of ``parts`` come to stand on the screen."""
        for _ in range(100):
            if all(part in self.text for part in parts):
                return
            await asyncio.sleep(0.02)
        missing = [part for part in parts if part not in self.text]
        raise AssertionError(f"{missing} did not come:\n{self.text}")

    async def hears(self, *topics: int, kinds: tuple[str, ...] = ()) -> None:
        """Let the desk hear that somebody else changed something."""
        self.app.tell_changed(lambda: HospitalChanged(frozenset(topics), frozenset(kinds)))
        await self.settle()

    def offers(self) -> list[str]:
        """Return the titles of what this person can do on the screen."""
        screen: Any = self.app.screen
        actions: tuple[Action, ...] = screen.actions()
        return [action.title for action in actions]


KEYS = frozenset(
    {"enter", "escape", "tab", "up", "down", "left", "right", "backspace"}
    | {f"ctrl+{letter}" for letter in "efgnpru"}
)


@asynccontextmanager
async def sits_at(
    hospital: Hospital,
    who: str,
    screen: HmsScreen[Any],
    drafts: Path,
    size: tuple[int, int] = (80, 24),
) -> AsyncIterator[Desk]:
    """Let ``who`` sit at ``screen``; half-typed forms lie in ``drafts``."""
    app = OneScreen(screen, drafts=DraftStore(drafts, write_after_seconds=0.0), log_folder=drafts)
    app.hospital = Seat(hospital, who)
    async with app.run_test(size=size) as pilot:
        desk = Desk(app, pilot)
        await desk.settle()
        yield desk


def _name(char: str) -> str:
    return {" ": "space"}.get(char, char)
