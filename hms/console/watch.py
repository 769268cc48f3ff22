"""Watches an empty chair: warns, then covers the work; covers it when the session is over, too.

The warning stands in the message line over whatever was said there, which comes
back at the first key.  It is no dialog: that key goes where it belongs.
"""

from __future__ import annotations

import asyncio
import math
from typing import Any, Protocol

from textual.screen import Screen

from hms.kernel.errors import HmsError, NotSignedIn
from hms.kernel.i18n import phrase
from hms.kit.base import Faceplate

LOOK_SECONDS = 1.0
WARN_SECONDS = 30.0
TELL_SECONDS = 60.0  # how long before its end a session says so


class SessionOver(NotSignedIn):
    """Whoever works here has worked as long as one session lasts."""

    code = "session.over"


class Watched(Protocol):
    """What is asked of the console."""

    @property
    def at_the_door(self) -> bool:
        """Return whether nobody works: there is nothing to cover."""
        ...

    @property
    def session_seconds(self) -> float:
        """Return how long the session of whoever works here still lasts."""
        ...

    @property
    def screen_stack(self) -> list[Screen[Any]]:
        """Return the open screens."""
        ...

    def action_lock(self) -> None:
        """Cover the work."""
        ...

    def session_over(self, error: HmsError) -> None:
        """Cover the work and say why."""
        ...

    def say(self, text: str, tone: str = "") -> None:
        """Say something on the screen one is on."""
        ...


class Watch:
    """Covers the work of ``console`` after ``idle_seconds`` without a key or click."""

    def __init__(self, console: Watched, idle_seconds: float) -> None:
        self._console = console
        self._idle_seconds = idle_seconds
        self._warn_seconds = min(WARN_SECONDS, idle_seconds / 2)
        self._last_typed = 0.0
        self._warned = False
        self._told = False

    def typed(self) -> None:
        """Note that somebody is here; the warning goes."""
        self._last_typed = asyncio.get_running_loop().time()
        if self._warned:
            self._warn("")

    def look(self) -> None:
        """Warn or lock when it is time; to be called every ``LOOK_SECONDS``."""
        if self._console.at_the_door:
            return
        self._look_at_session()
        left = self._last_typed + self._idle_seconds - asyncio.get_running_loop().time()
        if left <= 0:
            self._warn("")
            self._console.action_lock()
        elif left <= self._warn_seconds:
            self._warn(
                phrase(
                    "Nobody is typing: this desk locks in {seconds} s. Any key keeps it open.",
                    seconds=math.ceil(left),
                )
            )

    def _look_at_session(self) -> None:
        left = self._console.session_seconds
        if left <= 0:
            over = SessionOver("Your session has ended; your password begins a new one")
            self._console.session_over(over)
        elif left <= TELL_SECONDS and not self._told:
            self._console.say(
                "Your session ends in a minute. Your password begins a new one, your work stays.",
                "warn",
            )
        self._told = 0 < left <= TELL_SECONDS

    def _warn(self, text: str) -> None:
        self._warned = bool(text)
        stack = self._console.screen_stack
        for screen in stack[-1:] if text else stack:  # once, above a dialog's screen below
            if isinstance(screen, Faceplate):
                screen.say_over(text)
