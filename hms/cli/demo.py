"""``hms demo``: a hospital full of life, its wall, and the console on it."""

from __future__ import annotations

import math
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hms.kernel.errors import InvalidInput
from hms.kernel.feature import load
from hms.kernel.i18n import phrase
from hms.kit.invocation import current
from hms.kit.output import say, show_json, show_table

if TYPE_CHECKING:
    from hms.simulation.demo.session import RunningDemo

CONSOLE = "hms.console.app:run"
SIGN_IN = "hms.console.login"
DEFAULT_PORT = 8765
FASTEST = 100.0


def demo(
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Port of the wall; 0 takes any.")
    ] = DEFAULT_PORT,
    no_console: Annotated[
        bool, typer.Option("--no-console", help="Only serve; also without a terminal.")
    ] = False,
    duration: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="End after so many seconds.")
    ] = None,
    speed: Annotated[
        float, typer.Option(help="How fast people come and are served; 1 is pleasant to watch.")
    ] = 1.0,
) -> None:
    """Open a hospital full of life: console, wall, arrivals; nothing is left when it ends."""
    if not 0 < speed <= FASTEST:
        raise InvalidInput(
            phrase("the speed is above 0 and at most {fastest:g}", fastest=FASTEST), field="speed"
        )
    if duration is not None and not (math.isfinite(duration) and duration >= 0):
        raise InvalidInput("the duration is a number of seconds from 0 up", field="duration")
    from hms.cli.init import machine_zone
    from hms.simulation.demo.session import running_demo

    with_console = not (no_console or current().json) and _at_a_terminal()
    with _told_to_stop() as ear:
        say("opening the demo hospital …")
        with running_demo(timezone=machine_zone(), port=port, speed=speed) as running:
            if port not in (0, running.port):
                say(
                    phrase(
                        "port {port} is taken; the wall is served on {port2}",
                        port=port,
                        port2=running.port,
                    )
                )
            try:
                if with_console:
                    _run_console(running, duration)
                else:
                    _serve(running, duration)
            finally:
                ear.open = False  # the tidying is not interrupted


def _at_a_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


@dataclass(slots=True)
class _Ear:
    """Whether a signal may still interrupt."""

    open: bool = True


@contextmanager
def _told_to_stop() -> Iterator[_Ear]:
    """End the block quietly at SIGTERM, SIGINT or SIGHUP, for as long as the ear is open."""
    ear = _Ear()
    numbers = [signal.SIGTERM, signal.SIGINT]
    if hasattr(signal, "SIGHUP"):
        numbers.append(signal.SIGHUP)

    def told(_number: int, _frame: FrameType | None) -> None:
        # No lock may be taken here: whoever was interrupted may hold it.
        if ear.open:
            ear.open = False
            raise _Told

    before = {number: signal.signal(number, told) for number in numbers}
    try:
        yield ear
    except _Told:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Told(BaseException):
    """A signal asked for the end: unwinds everything, and is no failure."""


def _serve(running: RunningDemo, duration: float | None) -> None:
    _tell(running)
    threading.Event().wait(duration)  # for ever, or until a signal interrupts


def _tell(running: RunningDemo) -> None:
    from hms.simulation.demo.accounts import ACCOUNTS

    if current().json:
        accounts = [account.as_json() for account in ACCOUNTS]
        show_json({"address": running.wall, "port": running.port, "accounts": accounts})
        return
    say(phrase("the wall is served at {wall}; stop with Ctrl+C", wall=running.wall))
    rows = [[a.login, a.password, a.role.value, a.full_name, a.says] for a in ACCOUNTS]
    show_table(["account", "password", "role", "name", "to"], rows)
    sys.stdout.write(f"wall\t{running.wall}\n")
    sys.stdout.flush()


def _run_console(running: RunningDemo, duration: float | None) -> None:
    from hms.simulation.demo.accounts import ACCOUNTS

    account: Any = load(f"{SIGN_IN}:DemoAccount")
    shown: Any = load(f"{SIGN_IN}:Demo")
    people = [account(a.login, a.password, a.says) for a in ACCOUNTS]
    bell = threading.Timer(duration or 0, os.kill, (os.getpid(), signal.SIGTERM))
    bell.daemon = True
    if duration is not None:
        bell.start()
    try:
        settings = running.application.settings
        code = load(CONSOLE)(settings, plain=False, demo=shown(people, running.wall))
    finally:
        bell.cancel()
    if code:
        raise typer.Exit(code)
