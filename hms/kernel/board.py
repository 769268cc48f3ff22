"""The only things a wall may be told; there is no field for a person."""

from __future__ import annotations

from dataclasses import dataclass

NEXT_SHOWN = 20  # token codes of a queue that a wall gets in call order
RECENT_CALLS = 10


@dataclass(frozen=True, slots=True)
class Serving:
    """A token at a room: called, or with its doctor; ``called_at`` ISO 8601 UTC."""

    token: str
    room: str | None
    status: str
    call_no: int
    called_at: str


@dataclass(frozen=True, slots=True)
class QueueBoard:
    """One queue as a wall shows it; the wait is a range in minutes or unknown (None)."""

    code: str
    name: str
    room: str | None
    paused: bool
    waiting: int
    next: tuple[str, ...] = ()
    serving: tuple[Serving, ...] = ()
    wait_low_minutes: int | None = None
    wait_high_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One announcement of a token at a room; ``at`` ISO 8601 UTC."""

    call_id: int
    token: str
    queue: str
    room: str | None
    call_no: int
    at: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A line for the public, written by staff for the public.

    ``zone`` None is every wall; ``until`` (ISO 8601 UTC) is when it leaves by itself.
    """

    id: int
    text: str
    urgent: bool = False
    emergency: bool = False
    zone: str | None = None
    until: str | None = None
