"""A busy floor on one machine: consoles, desks and screens, a day's arrivals in ten minutes."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from itertools import cycle

from benchmarks.measure import Row, p99, row
from benchmarks.memory import resident_mb
from benchmarks.stage import PASSWORD, Stage, hms, stage
from benchmarks.terminal import Terminal
from benchmarks.wall import crowd, drain, line_of, server
from hms.bootstrap import Application, wire
from hms.features.tokens import service as tokens
from hms.kernel.errors import HmsError

CONSOLES, DESKS, SCREENS, QUEUES = 8, 32, 200, 8
ARRIVALS, SECONDS, QUICK_SECONDS = 4_000, 600, 45
APPLICATIONS = 4  # programs with a connection of their own
WARM_UP = 0.25  # of the time, before a console's memory is taken as its own
KEY_SECONDS = 0.7
ECHO_KEYS = "ßøþð"  # in nothing that the screen says by itself
MOST_ECHO_MS, MOST_GROWTH_MB = 100.0, 5.0
DESK = "Find"


@dataclass
class Floor:
    """What the day came to."""

    echo_ms: list[float] = field(default_factory=list)
    growth_mb: list[float] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    done: int = 0


def rows(quick: bool) -> list[Row]:
    """Return the bounds of a busy floor."""
    seconds = QUICK_SECONDS if quick else SECONDS
    floor = Floor()
    with stage(queues=QUEUES) as place, ExitStack() as stack:
        consoles = [stack.enter_context(_console(place)) for _ in range(CONSOLES)]
        asyncio.run(_day(place, floor, consoles, seconds))
    name = f"{CONSOLES} consoles, {DESKS} desks, {SCREENS} screens, {floor.done:,} arrivals"
    return [
        row(f"{name}: key to echo, p99", p99(floor.echo_ms), "ms", MOST_ECHO_MS,
            taken_ms=floor.echo_ms),
        row(f"{name}: key to echo, slowest", max(floor.echo_ms), "ms", MOST_ECHO_MS),
        row(f"{name}: refused", len(floor.troubles), "use cases", 0),
        row(f"{name}: a console grows", max(floor.growth_mb), "MB", MOST_GROWTH_MB),
    ]  # fmt: skip


def _console(place: Stage) -> Terminal:
    terminal = Terminal(hms("--config", str(place.config), "console"), place.environment)
    terminal.wait_for("Please sign in")
    terminal.rest(0.5)
    terminal.write("receptionist\r")
    terminal.rest(0.5)
    terminal.write(f"{PASSWORD}\r")
    terminal.wait_for(DESK)
    terminal.rest(2.0)
    return terminal


def _types(floor: Floor, terminal: Terminal, number: int, until: float) -> None:
    """Type a letter now and then and note how long it took to be seen.

    Eight people do not type in step, nor all empty the field at once: each begins later
    than the one before.
    """
    terminal.rest(KEY_SECONDS * number * (1 + 1 / CONSOLES))
    begun = time.monotonic()
    warm = begun + (until - begun) * WARM_UP
    before: float | None = None
    for typed, key in enumerate(cycle(ECHO_KEYS)):
        if time.monotonic() >= until:
            break
        if before is None and time.monotonic() >= warm:
            before = resident_mb(terminal.pid)
        terminal.forget()
        began = time.perf_counter()
        terminal.write(key)
        terminal.wait_for(key)
        floor.echo_ms.append((time.perf_counter() - began) * 1000)
        terminal.rest(KEY_SECONDS)
        if typed % 8 == 7:
            terminal.write("\x15")  # ctrl+u empties the field
            terminal.rest(0.2)
    floor.growth_mb.append(resident_mb(terminal.pid) - (before or 0.0))


async def _day(place: Stage, floor: Floor, consoles: list[Terminal], seconds: float) -> None:
    """Let people come as evenly as they come in a day, be called and be done with.

    The day begins when all screens are up.
    """
    applications = [wire(place.application.settings) for _ in range(APPLICATIONS)]
    try:
        async with AsyncExitStack() as stack:
            _, address = await stack.enter_async_context(server(place))
            screens = await stack.enter_async_context(crowd(address, SCREENS, 0, 0))
            await line_of(screens)
            readers = asyncio.create_task(drain(screens))
            every, until = DESKS * SECONDS / ARRIVALS, time.monotonic() + seconds
            people = [
                threading.Thread(target=_types, args=(floor, one, number, until))
                for number, one in enumerate(consoles)
            ]
            for person in people:
                person.start()
            await asyncio.gather(
                *(
                    _desk(place, applications[n % APPLICATIONS], floor, n, every, until)
                    for n in range(DESKS)
                )
            )
            for person in people:
                await asyncio.to_thread(person.join)
            readers.cancel()
    finally:
        for application in applications:
            await application.close()
        await place.application.close()


async def _desk(
    place: Stage, application: Application, floor: Floor, number: int, every: float, until: float
) -> None:
    """Give a token every so often, call the next to this desk's room, be done with the last."""
    queue = "GM" if number % QUEUES == 0 else f"Q{number % QUEUES}"
    due = time.monotonic() + every * number / DESKS
    while due < until:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        due += every
        try:
            await application.do(place.desk, tokens.issue, tokens.IssueToken(queue))
            room = f"Desk {number}"
            await application.do(place.nurse, tokens.call_next, queue, room=room, finish=True)
        except HmsError as error:
            floor.troubles.append(error.message)
        else:
            floor.done += 1
