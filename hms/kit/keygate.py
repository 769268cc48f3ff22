"""The key gate: one key or paste at a time, each only after the last one has had its whole effect.

Textual hands a key at once to the widget that has focus *now*, while Tab, Enter
and function keys act only after they have bubbled through screen and app.  A
fast typist, a scanner, or a line that stalled and then delivers everything at
once would so type into the wrong field.  The gate keeps later keys back until
the queues of focused widget, screen and app have drained.

What screens must keep: an action pushes its screen synchronously and loads data
inside it.  What can only be pushed after the database has answered belongs into
``HmsScreen.perform``, which holds the gate until it is done.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any, Protocol

from textual import events
from textual.message_pump import MessagePump

from hms.kit.scanner import Scanner
from hms.kit.tui_text import plain_paste

SETTLE_SECONDS = 2.0  # a screen that takes longer to settle gets the next key anyway
HOLD_SECONDS = 8.0  # longer than the database's own patience (busy_timeout, 5 s)
REPEAT_SECONDS = 0.5  # the same command key again this soon after its command is a slip
ECHO_SECONDS = 0.02  # with no other key waiting, the screen is let paint first

Typed = events.Key | events.Paste


class Scan:
    """A whole scanned code, in its turn among the keys."""

    def __init__(self, code: str) -> None:
        self.code = code


class Gated(Protocol):
    """What the gate needs of the app that it stands in front of."""

    @property
    def pumps(self) -> list[MessagePump]:
        """Return focused widget, its ancestors, screen and app, in the order keys bubble."""
        ...

    def hand_over(self, event: Typed) -> bool:
        """Let the app have ``event``."""
        ...

    def scanned(self, code: str) -> None:
        """Take a scanned code."""
        ...

    def repeat_ignored(self, key: str) -> None:
        """Say that ``key`` was struck again while its command was under way."""
        ...


class KeyGate:
    """Keeps keys in order in front of ``app``."""

    def __init__(self, app: Gated, scanner: Scanner[events.Key] | None = None) -> None:
        self._app = app
        self._scanner: Scanner[events.Key] = scanner or Scanner()
        self._waiting: deque[Typed | Scan] = deque()
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._arrived = asyncio.Event()
        self._holds = 0
        self._released = asyncio.Event()
        self._current = ""
        self._guarded = ""
        self._guard_ends = 0.0

    @property
    def idle(self) -> bool:
        """Return whether no key is waiting or being dealt with."""
        return self._task is None

    def arrive(self, event: Typed) -> bool:
        """Take a key or paste from the terminal; hand it over now or in its turn."""
        if isinstance(event, events.Paste):
            self._queue(plain_paste(event))
            return True
        verdict = self._scanner.take(_as_meant(event))
        for item in verdict.passed:
            self._queue(item)
        if verdict.code is not None:
            self._queue(Scan(verdict.code))
        self._await_silence()
        return True

    @contextmanager
    def hold(self, *, once: bool = True) -> Iterator[None]:
        """Keep all keys back inside the block, for at most ``HOLD_SECONDS``.

        With ``once``, the key that led here is ignored when it is struck again
        meanwhile or within ``REPEAT_SECONDS`` after, with no other key between.
        """
        self._holds += 1
        self._released.clear()
        if once and _is_command(self._current):
            self._guarded = self._current
            self._guard_ends = float("inf")
        try:
            yield
        finally:
            self._holds -= 1
            if not self._holds:
                self._guard_ends = monotonic() + REPEAT_SECONDS
                self._released.set()

    def allow_again(self) -> None:
        """Take the same key again at once: what it led to was refused."""
        self._guarded = ""

    def close(self) -> None:
        """Stop handing over; what is waiting is dropped."""
        self._waiting.clear()
        if self._task is not None:
            self._task.cancel()
        if self._timer is not None:
            self._timer.cancel()

    def _await_silence(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._scanner.collecting:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._scanner.silence_seconds, self._give_back)

    def _give_back(self) -> None:
        self._timer = None
        for event in self._scanner.give_up():
            self._queue(event)

    def _queue(self, item: Typed | Scan) -> None:
        if self._task is not None:
            self._waiting.append(item)
            self._arrived.set()
            return
        self._hand(item)
        self._task = asyncio.create_task(self._follow(), name="key gate")

    def _hand(self, item: Typed | Scan) -> None:
        if isinstance(item, Scan):
            self._current = ""
            self._app.scanned(item.code)
            return
        key = item.key if isinstance(item, events.Key) else ""
        if key and key == self._guarded and item.time < self._guard_ends:
            self._app.repeat_ignored(key)
            return
        self._guarded = ""  # another key lies between: the next stroke is meant
        self._current = key
        self._app.hand_over(item)

    async def _follow(self) -> None:
        try:
            await self._let_paint()
            await self._settle()
            while self._waiting:
                self._hand(self._waiting.popleft())
                await self._settle()
        finally:
            self._task = None

    async def _let_paint(self) -> None:
        self._arrived.clear()
        with suppress(TimeoutError):
            await _at_most(self._arrived.wait(), ECHO_SECONDS)

    async def _settle(self) -> None:
        loop = asyncio.get_running_loop()
        limit = loop.time() + SETTLE_SECONDS
        settled = False
        try:
            while not settled:
                if self._holds:
                    await _at_most(self._released.wait(), HOLD_SECONDS)
                    limit = loop.time() + SETTLE_SECONDS
                async with asyncio.timeout_at(limit):
                    await self._pass_all()
                    settled = await self._is_quiet()
        except TimeoutError:
            return

    async def _pass_all(self) -> None:
        """Let every pump on the way pass its queue, one after the other as a key bubbles."""
        for pump in self._app.pumps:
            await _passed(pump)

    async def _is_quiet(self) -> bool:
        """Return whether nothing is under way, nor anything that was posted backwards.

        All pumps are asked at once: on a busy machine each turn of the event loop may
        hold a whole repainting.
        """
        way = self._app.pumps
        if any(pump.message_queue_size for pump in way):
            return False
        await asyncio.gather(*(_passed(pump) for pump in way))
        idle = not any(pump.message_queue_size for pump in way)
        return idle and not self._holds and way == self._app.pumps


def _as_meant(event: events.Key) -> events.Key:
    """Return Enter for a line feed.

    What is typed before the console runs goes through the terminal's own line
    discipline, which turns Enter into one; some scanners end with one as well.
    """
    if event.key != "ctrl+j":
        return event
    enter = events.Key("enter", "\r")
    enter.time = event.time
    return enter


def _is_command(key: str) -> bool:
    return key.startswith("ctrl+") or (len(key) > 1 and key[0] == "f" and key[1:].isdigit())


async def _passed(pump: MessagePump) -> None:
    """Wait until ``pump`` has dealt with everything that is in its queue now."""
    done = asyncio.Event()  # not by call_later, which inspects its partial anew each time
    if pump.post_message(events.Callback(callback=done.set)):
        await done.wait()


async def _at_most(waiting: Any, seconds: float) -> None:
    async with asyncio.timeout(seconds):
        await waiting
