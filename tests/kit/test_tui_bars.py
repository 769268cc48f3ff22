"""The lines around a screen: who, where, when, and what came of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hms.kernel import clock
from hms.kit.base import HmsScreen
from hms.kit.tui_bars import TitleBar
from tests.kit.screens import OneScreen, lines, shown

pytestmark = pytest.mark.asyncio


class Desk(HmsScreen[None]):
    TITLE_TEXT = "A desk"


async def test_the_title_says_where_one_is_who_one_is_and_the_hospitals_time() -> None:
    at = datetime(2031, 3, 4, 23, 30, tzinfo=UTC)
    with clock.replaced(lambda: at):
        app = OneScreen(Desk())
        app.time_zone = "Asia/Kolkata"
        async with app.run_test(size=(80, 24)):
            title = lines(app)[0]
    assert title.startswith(" A desk   Dr. Test")
    assert title.endswith("St. Test   Wed 5 Mar  05:00")


@pytest.mark.parametrize("width", [80, 120])
async def test_long_names_never_push_the_clock_off(width: int) -> None:
    app = OneScreen(Desk())
    app.person = "Professor Doctor " * 20
    async with app.run_test(size=(width, 24)):
        title = lines(app)[0]
    assert len(title) <= width
    assert "St. Test" in title
    assert "… " in title  # and what comes next stands apart


async def test_a_screen_can_be_renamed() -> None:
    app = OneScreen(Desk())
    async with app.run_test(size=(80, 24)) as pilot:
        app.screen.query_one(TitleBar).retitle("GM · [/bold]")
        await pilot.pause()
        assert "GM · [/bold]" in lines(app)[0]


async def test_a_message_is_shown_as_it_is_and_on_one_line() -> None:
    app = OneScreen(Desk())
    async with app.run_test(size=(80, 24)) as pilot:
        app.say("[/bold]\nsecond \x1b[31m", "bad")
        await pilot.pause()
        assert "[/bold] second" in shown(app)
        assert "\x1b" not in shown(app)


async def test_a_message_that_is_too_long_ends_in_an_ellipsis_at_the_edge() -> None:
    app = OneScreen(Desk())
    async with app.run_test(size=(80, 24)) as pilot:
        app.say("many words " * 12, "bad")
        await pilot.pause()
        [said] = [line for line in lines(app) if "many words" in line]
    assert said.rstrip().endswith("…")
    assert len(said.rstrip()) == 79
