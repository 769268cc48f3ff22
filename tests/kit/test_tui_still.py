"""What says the same again is not drawn again, and what is covered is not drawn at all."""

from __future__ import annotations

from typing import Any

import pytest
from textual.app import ComposeResult
from textual.content import Content

from hms.kit.base import HmsScreen
from hms.kit.keybar import KeyBar
from hms.kit.modals import Answer, Ask
from hms.kit.tui_actions import Action
from hms.kit.tui_bars import TitleBar
from hms.kit.tui_still import StillText
from tests.kit.screens import OneScreen, shown


class Telling(HmsScreen[None]):
    ACTIONS = (Action("f2", "Call", "Call the next", "call"),)
    ready = False

    def compose_body(self) -> ComposeResult:
        yield StillText(id="text")

    def action_call(self) -> None:
        pass

    def enabled(self, action: Action) -> bool:
        return self.ready or action.name != "call"


class Drawn:
    """Counts how often a widget was asked for its lines."""

    def __init__(self, widget: Any) -> None:
        self.times = 0
        lines = widget.render_lines

        def count(crop: Any) -> Any:
            self.times += 1
            return lines(crop)

        widget.render_lines = count


@pytest.mark.asyncio
async def test_the_same_words_in_the_same_colours_are_not_drawn_again() -> None:
    app = OneScreen(Telling())
    async with app.run_test() as pilot:
        text = app.screen.query_one("#text", StillText)
        text.update(Content.styled("3 waiting", "bold"))
        await pilot.pause()
        drawn = Drawn(text)
        text.update(Content.styled("3 waiting", "bold"), layout=False)
        await pilot.pause()
        assert drawn.times == 0
        text.update(Content.styled("3 waiting", "red"), layout=False)
        await pilot.pause()
        assert drawn.times == 1
        text.update(Content("4 waiting"), layout=False)
        await pilot.pause()
        assert drawn.times == 2
        assert "4 waiting" in shown(app)


@pytest.mark.asyncio
async def test_the_key_bar_is_drawn_when_something_else_is_enabled() -> None:
    screen = Telling()
    app = OneScreen(screen)
    async with app.run_test() as pilot:
        await pilot.pause()
        drawn = Drawn(screen.query_one(KeyBar))
        screen.redraw_keys()
        await pilot.pause()
        assert drawn.times == 0
        screen.ready = True
        screen.redraw_keys()
        await pilot.pause()
        assert drawn.times == 1


@pytest.mark.asyncio
async def test_what_happens_on_a_covered_screen_draws_nothing_of_the_one_in_sight() -> None:
    """The sign-in lies under every desk; its clock had the whole desk painted anew."""
    below, desk = Telling(), Telling()
    app = OneScreen(below)
    async with app.run_test() as pilot:
        app.push_screen(desk)
        await pilot.pause()
        drawn = Drawn(desk.query_one(KeyBar))
        for _ in range(3):
            below.query_one(TitleBar).refresh()
            below.query_one("#text", StillText).update(Content("covered"))
            await pilot.pause(0.05)
        assert drawn.times == 0


@pytest.mark.asyncio
async def test_what_is_seen_through_a_dialog_goes_on() -> None:
    below = Telling()
    app = OneScreen(below)
    async with app.run_test() as pilot:
        app.push_screen(Ask("Call?", [Answer("y", "call", "yes")]))
        await pilot.pause()
        below.query_one("#text", StillText).update(Content("GM-017 was called"))
        await pilot.pause(0.1)
        assert app._background_screens == [below]
