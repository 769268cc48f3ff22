"""What happens to queues and tokens; never a person in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hms.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueAdded(Event):
    """A queue was made."""

    wall_frames: ClassVar[int] = 1
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueChanged(Event):
    """A queue's name, rooms or rules changed."""

    wall_frames: ClassVar[int] = 1
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePaused(Event):
    """A queue stopped calling."""

    wall_frames: ClassVar[int] = 1
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueOpened(Event):
    """A paused queue calls again."""

    wall_frames: ClassVar[int] = 1
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEvent(Event):
    """Something happened to a token: its code, the status it has now, its room, calls so far."""

    wall_frames: ClassVar[int] = 2
    token: str
    status: str
    room: str | None = None
    call_no: int = 0


class TokenIssued(TokenEvent):
    """A token was given out, or came from another queue."""


class TokenCalled(TokenEvent):
    """A waiting token was called to a room."""

    wall_frames: ClassVar[int] = 3


class TokenRecalled(TokenEvent):
    """A called token was called once more."""

    wall_frames: ClassVar[int] = 3


class TokenStarted(TokenEvent):
    """The patient came in."""


class TokenCompleted(TokenEvent):
    """The service ended."""


class TokenHeld(TokenEvent):
    """The token was put aside, to be resumed."""


class TokenResumed(TokenEvent):
    """A held token is served again."""


class TokenPutBack(TokenEvent):
    """A called or held token waits again, in its old place."""


class TokenNoShow(TokenEvent):
    """Nobody came to the call."""


class TokenRejoined(TokenEvent):
    """Who missed the call waits again."""


class TokenCancelled(TokenEvent):
    """The token was given up."""


class TokenLeft(TokenEvent):
    """The patient left before being served."""


class TokenTransferred(TokenEvent):
    """The token went on to another queue; this leg is closed."""


class TokenExpired(TokenEvent):
    """The day was closed over a token nobody had served."""


class TokenUndone(TokenEvent):
    """The last change of a token was taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientAttached(Event):
    """A token without a patient got one; no wall is told."""

    token: str
