"""Every screen: two panes when there is room, one otherwise, a polite line when there is none."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest
from textual.app import ComposeResult
from textual.widgets import Static

from hms.kernel.errors import Refused
from hms.kit.base import HmsScreen, HospitalChanged
from hms.kit.tui_actions import Action
from hms.kit.tui_app import HmsApp
from tests.kit.screens import OneScreen, pale, shown


class Desk(HmsScreen[None]):
    TITLE_TEXT = "A desk"
    ACTIONS = (
        Action("f4", "Next", "Call", "next"),
        Action("f5", "Sec", "Secret", "secret", permission="tokens.call"),
    )

    def __init__(self) -> None:
        super().__init__()
        self.loads = 0

    def compose_body(self) -> ComposeResult:
        yield Static("the work")

    async def load(self) -> None:
        self.loads += 1

    def concerns(self, change: HospitalChanged) -> bool:
        return 7 in change.topics

    def action_next(self) -> None:
        self.perform(self.refused())

    def action_secret(self) -> None:
        raise AssertionError("nobody holds it")

    async def refused(self) -> None:
        raise Refused("nobody waits", hint="wait")


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("size", "work", "classes"),
    [
        ((80, 24), True, set()),
        ((120, 24), True, {"-wide"}),
        ((200, 50), True, {"-wide"}),
        ((79, 24), False, {"-too-small"}),
        ((80, 23), False, {"-too-small"}),
        ((20, 5), False, {"-too-small"}),
    ],
)
async def test_a_screen_uses_the_room_there_is(
    size: tuple[int, int], work: bool, classes: set[str]
) -> None:
    app = OneScreen(Desk())
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert {"-wide", "-too-small"} & set(app.screen.classes) == classes
        assert ("the work" in shown(app)) is work
        if not work and size[0] > 60:
            assert "Please make this window at least 80 × 24." in shown(app)


@pytest.mark.asyncio
async def test_what_is_refused_is_said_in_the_message_line() -> None:
    app = OneScreen(Desk())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("f4")
        await pilot.pause(0.1)
        assert "nobody waits — wait" in shown(app)


@pytest.mark.asyncio
async def test_an_action_one_may_not_do_is_not_offered() -> None:
    app = OneScreen(Desk())
    async with app.run_test(size=(80, 24)):
        assert "Next" in shown(app)
        assert "Sec" not in shown(app)


@pytest.mark.asyncio
async def test_a_screen_loads_again_for_what_concerns_it_only() -> None:
    app = OneScreen(Desk())
    async with app.run_test(size=(80, 24)) as pilot:
        desk = app.first
        assert isinstance(desk, Desk)
        for topic in (3, 7):
            app.tell_changed(partial(HospitalChanged, frozenset({topic}), frozenset()))
            await pilot.pause()
            await desk.loader.fresh()
        assert desk.loads == 2


@pytest.mark.asyncio
@pytest.mark.parametrize("theme", HmsApp.THEMES)
async def test_every_painted_word_is_readable(theme: str) -> None:
    app = OneScreen(Desk())
    async with app.run_test(size=(80, 24)) as pilot:
        app.theme = theme
        await pilot.press("f4")
        await pilot.pause(0.1)
        assert list(pale(app)) == []
        await pilot.press("f1")
        await asyncio.sleep(0.05)
        dialog = [found for found in pale(app) if "Help" in found[0]]
        assert dialog == []
