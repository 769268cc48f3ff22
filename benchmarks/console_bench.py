"""The console on a pseudo-terminal against a bare Textual app, and what it weighs."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Sequence

# Textual draws 60 times a second; what is measured is the drawing, not the wait for its turn.
os.environ["TEXTUAL_FPS"] = "1000"

from benchmarks.measure import Row, Timed, in_turns, median, ratio_row, row
from benchmarks.memory import resident_mb
from benchmarks.stage import PASSWORD, Stage, hms, stage
from benchmarks.terminal import Terminal
from hms.kit.live_table import Column, LiveTable
from hms.kit.live_table import Row as Line
from hms.kit.tui_app import HmsApp

STARTS, QUICK_STARTS = 11, 4
KEYS, QUICK_KEYS = 200, 60
CHANGES, QUICK_CHANGES = 300, 100
ROWS_IN_QUEUE = 500
START_TIMES, ECHO_TIMES, REDRAW_MS, MOST_MB = 1.3, 1.3, 15.0, 120.0
SIGN_IN, DESK = "Please sign in", "Queue GM"
ECHO_KEYS = "qwzxvjkbgf"  # rare in what the screen says by itself

_BARE = """
import sqlmodel
from textual.app import App, ComposeResult
from textual.widgets import Input, Static

class Bare(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("Please sign in")
        yield Input()

Bare().run()
"""


def rows(quick: bool) -> list[Row]:
    """Return the bounds of the console."""
    with stage() as place:
        bare = [sys.executable, "-c", _BARE]
        console = hms("--config", str(place.config), "console")
        starts = QUICK_STARTS if quick else STARTS
        start_ms, bare_start_ms = in_turns(starts, _started(console, place), _started(bare, place))
        keys = QUICK_KEYS if quick else KEYS
        with _opened(console, place) as ours, _opened(bare, place) as theirs:
            echo_ms, bare_echo_ms = in_turns(keys, _echo(ours), _echo(theirs))
        weight_mb = _weight(console, place)
    redraw_ms = asyncio.run(_redraws(QUICK_CHANGES if quick else CHANGES))
    return [
        ratio_row(
            "console, exec to sign-in screen", START_TIMES, start_ms,
            "a bare Textual app and import sqlmodel", bare_start_ms,
        ),
        ratio_row("key to echo", ECHO_TIMES, echo_ms, "a bare Textual Input", bare_echo_ms),
        row(
            f"one changed token of {ROWS_IN_QUEUE} redraws the live queue",
            median(redraw_ms), "ms", REDRAW_MS, taken_ms=redraw_ms,
        ),
        row("console at its desk", weight_mb, "MB", MOST_MB),
    ]  # fmt: skip


def _opened(command: Sequence[str], place: Stage) -> Terminal:
    terminal = Terminal(command, place.environment)
    terminal.wait_for(SIGN_IN)
    terminal.rest(0.5)
    return terminal


def _started(command: Sequence[str], place: Stage) -> Timed:
    def start() -> float:
        began = time.perf_counter()
        with Terminal(command, place.environment) as terminal:
            terminal.wait_for(SIGN_IN)
            return (time.perf_counter() - began) * 1000

    return start


def _echo(terminal: Terminal) -> Timed:
    typed: list[str] = []

    def press() -> float:
        key = ECHO_KEYS[len(typed) % len(ECHO_KEYS)]
        typed.append(key)
        terminal.forget()
        began = time.perf_counter()
        terminal.write(key)
        terminal.wait_for(key)
        taken = (time.perf_counter() - began) * 1000
        if len(typed) % 40 == 0:
            terminal.write("\x15")  # ctrl+u empties the field
        terminal.rest(0.06)
        return taken

    return press


def _weight(console: Sequence[str], place: Stage) -> float:
    with _opened(console, place) as terminal:
        terminal.write("nurse\r")
        terminal.rest(0.3)
        terminal.write(f"{PASSWORD}\r")
        terminal.wait_for(DESK)
        terminal.rest(2.0)
        return resident_mb(terminal.pid)


class _Board(HmsApp):
    def compose(self) -> list[LiveTable]:
        return [LiveTable([Column("token", 8), Column("name"), Column("wait", 8)])]


async def _redraws(changes: int) -> list[float]:
    app = _Board()
    async with app.run_test(size=(120, 40)) as pilot:
        table = app.query_one(LiveTable)
        lines = [Line(n, (f"GM-{n:03d}", f"Somebody {n}", "10")) for n in range(ROWS_IN_QUEUE)]
        table.put_rows(lines)
        await pilot.pause()
        taken = []
        for number in range(changes):
            at = number % 30
            lines[at] = Line(at, (f"GM-{at:03d}", f"Somebody {number}", "11"))
            drawn = asyncio.Event()
            began = time.perf_counter()
            table.put_rows(lines)
            app.call_after_refresh(drawn.set)
            await drawn.wait()
            taken.append((time.perf_counter() - began) * 1000)
        return taken
