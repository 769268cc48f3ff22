"""An empty chair is warned about, then covered; whoever comes back loses nothing by it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hms.kernel import clock
from tests.console.scratch import PASSWORD
from tests.journeys.pty_desk import Terminal, python

Sit = Callable[..., Any]
SCRATCH = "tests/console/scratch.py"
WARNING = "this desk locks in"


def desk(folder: Path, *more: str, login: str = "rosa") -> Terminal:
    """Return the desk of ``login`` on a terminal."""
    terminal = Terminal(python(SCRATCH, str(folder), *more))
    terminal.wait_for("Please sign in", 60)
    terminal.type(f"{login}<enter>{PASSWORD}<enter>")
    terminal.wait_for("^L Lock", 60)
    return terminal


@pytest.mark.asyncio
async def test_the_warning_counts_down_and_gives_back_what_was_said(sit: Sit) -> None:
    async with sit("asha", idle_seconds=8.0) as at:
        await at.sees("GM-001")
        at.console.say("something that was said")
        await at.sees("something that was said")
        await at.sees(f"{WARNING} 4 s", seconds=6)
        await at.sees(f"{WARNING} 3 s", seconds=2)
        assert "something that was said" not in at.text
        await at.keys("down")
        assert WARNING not in at.text
        assert "something that was said" in at.text


@pytest.mark.asyncio
async def test_the_lock_leaves_no_warning_on_the_work(sit: Sit) -> None:
    async with sit("asha", idle_seconds=2.0) as at:
        await at.sees(WARNING, seconds=4)
        await at.sees("Locked by asha", seconds=4)
        assert WARNING not in at.text
        await at.types(PASSWORD)
        await at.keys("enter")
        await at.sees("GM-001")
        assert WARNING not in at.text


@pytest.mark.asyncio
async def test_a_session_ends_however_busy_its_desk_is(sit: Sit) -> None:
    async with sit("asha") as at:
        await at.sees("GM-001")
        ends = at.console.link._who.session_expires
        with clock.replaced(lambda: ends - timedelta(seconds=50)):
            await at.sees("Your session ends in a minute", seconds=4)
            await at.keys("down")
        with clock.replaced(lambda: ends + timedelta(seconds=1)):
            await at.sees("Locked by asha", "Your session has ended", seconds=4)
            assert "GM-001" not in at.text
            await at.types(PASSWORD)
            await at.keys("enter")
            await at.sees("GM-001")


@pytest.mark.asyncio
async def test_nobody_is_warned_where_nobody_is_signed_in(sit: Sit) -> None:
    async with sit(None, idle_seconds=2.0) as at:
        await asyncio.sleep(2.5)
        assert WARNING not in at.text
        assert "Please sign in" in at.text


@pytest.mark.serial
def test_the_key_that_ends_the_warning_goes_where_it_belongs(folder: Path) -> None:
    with desk(folder, "--idle=6") as terminal:
        terminal.type("la")
        terminal.wait_for(WARNING, 10)
        terminal.type("k")
        terminal.wait_gone(WARNING, 2)
        terminal.wait_for("Find  lak", 2)
        terminal.wait_for("Locked by rosa", 10)
        terminal.wait_gone("Lakshmi", 5)
        terminal.type(f"{PASSWORD}<enter>")
        terminal.wait_for("Find  lak", 10)
        terminal.type("s")
        terminal.wait_for("Find  laks", 2)


@pytest.mark.serial
def test_who_takes_over_sees_nothing_of_the_first_ones_draft_who_finds_it_again(
    folder: Path,
) -> None:
    with desk(folder) as terminal:
        terminal.type("zara quist<enter><enter>")
        terminal.settle()
        terminal.type("9 May 1983")
        terminal.settle()
        assert "9 May 1983" in terminal.text
        terminal.type("<ctrl+k>")
        terminal.wait_for("Who takes over from")
        terminal.type(f"nora<enter>{PASSWORD}<enter>")
        terminal.wait_for("Nora Lind", 10)
        terminal.settle()
        assert "1983" not in terminal.text
        assert "uist" not in terminal.text
        terminal.type("<f3>")
        terminal.settle()
        assert "1983" not in terminal.text
        assert "uist" not in terminal.text
        terminal.type("<esc><ctrl+o>")
        terminal.wait_for("Please sign in")
        terminal.type(f"rosa<enter>{PASSWORD}<enter>")
        terminal.wait_for("^L Lock", 10)
        terminal.type("<f3>")
        terminal.wait_for("9 May 1983", 10)
    for file in (folder / "state").rglob("*"):
        if file.is_file():
            assert b"1983" not in file.read_bytes()


@pytest.mark.serial
def test_a_line_that_is_hung_up_keeps_the_draft_and_ends_cleanly(folder: Path) -> None:
    with desk(folder) as terminal:
        terminal.type("zara quist<enter><enter>")
        terminal.settle()
        terminal.type("9 May 1983")
        terminal.wait_for("9 May 1983")
        terminal.hang_up()
        assert terminal.exit_code() == 0
    assert not (folder / "state" / "console-errors.log").exists()
    with desk(folder) as terminal:
        terminal.type("<f3>")
        terminal.wait_for("9 May 1983", 10)
