"""Commands of the console: refused in a sentence, done once, and never left unknown."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

import pytest
from textual.events import Key

from hms.kernel.errors import NotSignedIn, Refused, Unavailable
from hms.kit.base import HmsScreen
from hms.kit.tui_actions import Action
from hms.kit.tui_app import HmsApp
from tests.kit.screens import OneScreen, shown

pytestmark = pytest.mark.asyncio


class BrokenLine:
    """A way to the database whose answers get lost after ``committed`` was decided."""

    def __init__(self, *, committed: bool) -> None:
        self.committed = committed
        self.asked: list[str] = []

    async def do(self, use_case: Any, *args: Any, op_id: str, **kw: Any) -> Any:
        self.asked.append(op_id)
        raise Unavailable("the connection broke")

    async def ask(self, use_case: Any, *args: Any, **kw: Any) -> Any:
        raise Unavailable("the connection broke")

    async def was_done(self, op_id: str) -> bool:
        assert op_id == self.asked[-1]
        return self.committed

    def may(self, permission: str) -> bool:
        return permission == "tokens.call"


class Desk(HmsScreen[None]):
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action("f4", "Next", "Call", "next", permission="tokens.call"),
        Action("f5", "No", "Be refused", "no"),
        Action("f6", "Slow", "Take a moment", "slow"),
        Action("f7", "Over", "Find the session over", "over"),
    )

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def action_next(self) -> None:
        self.perform(self.call())

    async def call(self) -> None:
        await self.do(print)

    def action_no(self) -> None:
        self.perform(self.refuse())

    async def refuse(self) -> None:
        self.count += 1
        raise Refused(f"refused {self.count}")

    def action_slow(self) -> None:
        self.perform(self.slow())

    async def slow(self) -> None:
        await asyncio.sleep(0.05)
        self.count += 1
        self.say(f"done {self.count}")

    def action_over(self) -> None:
        self.perform(self.over())

    async def over(self) -> None:
        raise NotSignedIn("your session has ended")


async def strike(app: HmsApp, pilot: Any, *keys: str) -> str:
    await pilot.press(*keys)
    while not app.gate.idle:
        await asyncio.sleep(0.01)
    await pilot.pause()
    return shown(app)


@pytest.mark.parametrize(
    ("committed", "words"),
    [(True, "the connection broke, but it was done"), (False, "the connection broke")],
)
async def test_a_lost_answer_is_looked_up_before_anything_is_said(
    committed: bool, words: str
) -> None:
    app = OneScreen(Desk())
    app.hospital = BrokenLine(committed=committed)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await strike(app, pilot, "f4")
        assert words in screen
        assert ("but it was done" in screen) is committed


async def test_what_was_refused_may_be_tried_again_at_once() -> None:
    app = OneScreen(Desk())
    async with app.run_test(size=(80, 24)) as pilot:
        assert "refused 2" in await strike(app, pilot, "f5", "f5")


async def test_what_was_done_is_not_done_twice_by_a_slip_but_after_a_moment_it_is() -> None:
    app = OneScreen(Desk())
    async with app.run_test(size=(80, 24)) as pilot:
        assert "F6 struck twice: done once." in await strike(app, pilot, "f6", "f6")
        await asyncio.sleep(0.6)
        assert "done 2" in await strike(app, pilot, "f6")
        assert "done 3" in await strike(app, pilot, "down", "f6")


async def test_a_session_that_is_over_is_told() -> None:
    app = OneScreen(Desk())
    async with app.run_test(size=(80, 24)) as pilot:
        assert "your session has ended" in await strike(app, pilot, "f7")


async def test_what_one_may_not_do_is_not_on_the_bar() -> None:
    app = OneScreen(Desk())
    async with app.run_test(size=(80, 24)):
        assert "F4" not in shown(app)
    held = OneScreen(Desk())
    held.hospital = BrokenLine(committed=True)
    async with held.run_test(size=(80, 24)):
        assert "F4Next" in shown(held)


async def test_the_themes_go_round() -> None:
    app = OneScreen(Desk())
    async with app.run_test(size=(80, 24)):
        assert [app.next_theme() for _ in range(3)] == ["hms-light", "hms-contrast", "hms-dark"]


async def test_a_key_struck_as_the_console_ends_breaks_nothing() -> None:
    app = HmsApp()
    async with app.run_test() as pilot:
        await pilot.pause()
        screens, app._screen_stacks["_default"] = app._screen_stacks["_default"], []
        await app.on_event(Key("a", "a"))
        app._screen_stacks["_default"] = screens
