"""The token's life and its place in the line: states, legal moves, rank, wait range; pure.

States and moves are the union of the systems read in field.md 3.6.  A call never
picks a held or missed token; a finished one returns only by undo.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import ceil, floor
from typing import TypeVar

from hms.kernel.errors import InvalidInput
from hms.kernel.i18n import phrase, word

T = TypeVar("T")
_NUMBERED = re.compile(r"\d+[^\W\d_]?")


class Status(StrEnum):
    """Where a token is in its life."""

    WAITING = "waiting"
    CALLED = "called"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    COMPLETED = "completed"
    NO_SHOW = "no_show"
    LEFT = "left"
    CANCELLED = "cancelled"
    ENTERED_IN_ERROR = "entered_in_error"
    TRANSFERRED = "transferred"
    EXPIRED = "expired"


ACTIVE = (Status.WAITING, Status.CALLED, Status.IN_PROGRESS, Status.ON_HOLD)
SERVING = (Status.CALLED, Status.IN_PROGRESS)
STARTED = (*SERVING, Status.ON_HOLD)  # a patient is with us, or about to be
OPEN = (*ACTIVE, Status.NO_SHOW)


class TokenClass(StrEnum):
    """Why a token may come before others."""

    EMERGENCY = "emergency"
    ELDERLY = "elderly"
    PREGNANT = "pregnant"
    DISABLED = "disabled"
    CHILD = "child"
    STAFF = "staff"
    APPOINTMENT = "appointment"
    NORMAL = "normal"


class QueueKind(StrEnum):
    """What people of a queue wait for."""

    DOCTOR = "doctor"
    SERVICE = "service"
    ROOM = "room"


class Policy(StrEnum):
    """How the next token is chosen.

    ``due``: the smallest due time (arrival less the head start of the class);
    ``strict``: every priority token before every normal one; ``arrival``: first
    come, first called; ``alternate``: one priority, one normal.  An emergency is
    first under each of them.
    """

    DUE = "due"
    STRICT = "strict"
    ARRIVAL = "arrival"
    ALTERNATE = "alternate"


class Rejoin(StrEnum):
    """Where a patient who missed the call comes back in: the old place, or the end."""

    KEEP = "keep"
    END = "end"


class Move(StrEnum):
    """A verb of the desk that changes a token's status."""

    CALL = "call"
    RECALL = "recall"
    START = "start"
    COMPLETE = "complete"
    HOLD = "hold"
    RESUME = "resume"
    PUT_BACK = "put_back"
    NO_SHOW = "no_show"
    REJOIN = "rejoin"
    CANCEL = "cancel"
    LEAVE = "leave"
    TRANSFER = "transfer"
    EXPIRE = "expire"


LEGAL: dict[Move, tuple[frozenset[Status], Status]] = {
    Move.CALL: (frozenset({Status.WAITING}), Status.CALLED),
    Move.RECALL: (frozenset({Status.CALLED}), Status.CALLED),
    Move.START: (frozenset({Status.CALLED}), Status.IN_PROGRESS),
    Move.COMPLETE: (frozenset(SERVING), Status.COMPLETED),
    Move.HOLD: (frozenset(SERVING), Status.ON_HOLD),
    Move.RESUME: (frozenset({Status.ON_HOLD}), Status.IN_PROGRESS),
    Move.PUT_BACK: (frozenset({Status.CALLED, Status.ON_HOLD}), Status.WAITING),
    Move.NO_SHOW: (frozenset({Status.CALLED}), Status.NO_SHOW),
    Move.REJOIN: (frozenset({Status.NO_SHOW}), Status.WAITING),
    Move.CANCEL: (
        frozenset({Status.WAITING, Status.CALLED, Status.ON_HOLD, Status.NO_SHOW}),
        Status.CANCELLED,
    ),
    Move.LEAVE: (
        frozenset({Status.WAITING, Status.CALLED, Status.ON_HOLD, Status.NO_SHOW}),
        Status.LEFT,
    ),
    Move.TRANSFER: (frozenset(ACTIVE), Status.TRANSFERRED),
    Move.EXPIRE: (
        frozenset({Status.WAITING, Status.CALLED, Status.ON_HOLD}),
        Status.EXPIRED,
    ),
}

ENDED = (
    Status.COMPLETED,
    Status.NO_SHOW,
    Status.LEFT,
    Status.CANCELLED,
    Status.ENTERED_IN_ERROR,
    Status.TRANSFERRED,
    Status.EXPIRED,
)


def allowed_pairs() -> dict[Status, frozenset[Status]]:
    """Return every status change the database lets through: moves, and their undoing."""
    pairs: dict[Status, set[Status]] = {status: set() for status in Status}
    for sources, target in LEGAL.values():
        for source in sources:
            pairs[source].add(target)
            pairs[target].add(source)
    pairs[Status.WAITING].add(Status.ENTERED_IN_ERROR)
    pairs[Status.EXPIRED] = set()  # a closed day stays closed
    return {status: frozenset(to - {status}) for status, to in pairs.items()}


# --- the line ---------------------------------------------------------------

_EMERGENCY_MS = 10**13  # 317 years: before everything else, first come first among themselves
_STRICT_MS = 10**12
_CODE = re.compile(r"\A(?:([A-Z][A-Z0-9]{0,7})-|([A-Z]{1,8}))(\d{1,6})\Z", re.ASCII)
_QUEUE_CODE = re.compile(r"\A[A-Z][A-Z0-9]{0,7}\Z", re.ASCII)


def to_ms(at: datetime) -> int:
    """Return milliseconds since 1970 in UTC."""
    return round(at.timestamp() * 1000)


def from_ms(ms: int) -> datetime:
    """Return the UTC instant of ``to_ms``."""
    return datetime.fromtimestamp(ms / 1000, UTC)


def rank_of(
    token_class: TokenClass, arrived_at: datetime, head_start_minutes: int, policy: Policy
) -> int:
    """Return the token's rank: the smaller is called first.

    It is the instant the token is due, in milliseconds since 1970: its arrival
    less the head start of its class.  So priority ages by itself and nobody
    starves: who came more than the head start earlier is called earlier.
    """
    arrived = to_ms(arrived_at)
    if token_class is TokenClass.EMERGENCY:
        return arrived - _EMERGENCY_MS
    if policy is Policy.STRICT and is_priority(token_class):
        return arrived - _STRICT_MS
    if policy is Policy.DUE:
        return arrived - head_start_minutes * 60_000
    return arrived


def is_priority(token_class: TokenClass) -> bool:
    """Return whether the class goes before normal ones."""
    return token_class is not TokenClass.NORMAL


def in_turn(priority: Sequence[T], normal: Sequence[T], *, priority_first: bool) -> list[T]:
    """Return the order in which an ``alternate`` queue calls two lines that are in order."""
    first, second = (priority, normal) if priority_first else (normal, priority)
    pairs = min(len(first), len(second))
    turns = [one for pair in zip(first, second, strict=False) for one in pair]
    return [*turns, *first[pairs:], *second[pairs:]]


@dataclass(frozen=True, slots=True)
class Line:
    """What made a token's place, for the sentence of ``why``; times of the hospital's clock.

    ``came_back`` says that it lost its old place by missing a call.
    """

    token_class: TokenClass
    policy: Policy
    arrived: str
    due: str
    head_start_minutes: int
    came_back: bool = False


def why_sentence(line: Line) -> str:
    """Return why a token has its place, in words for a patient."""
    kind = word(line.token_class.value)
    times = {"arrived": line.arrived, "due": line.due}
    if line.token_class is TokenClass.EMERGENCY:
        return phrase("an emergency goes before everyone; arrived {arrived}", **times)
    if line.came_back:
        return phrase("due {due}: came back then after a missed call; arrived {arrived}", **times)
    if line.policy is Policy.STRICT and is_priority(line.token_class):
        return phrase(
            "{kind} goes before every normal token in this queue; arrived {arrived}",
            kind=kind,
            **times,
        )
    if line.policy is Policy.ALTERNATE:
        return phrase(
            "this queue takes one priority and one normal token in turn; arrived {arrived}", **times
        )
    if line.policy is Policy.DUE and line.head_start_minutes:
        return phrase(
            "due {due}: arrived {arrived}, {kind} goes {minutes} minutes ahead",
            kind=kind,
            minutes=line.head_start_minutes,
            **times,
        )
    return phrase("due {due}: in order of arrival", **times)


# --- waiting time -----------------------------------------------------------

RECENT_SERVICES = 20
FEWEST_SERVICES = 5


def wait_range(ahead: int, service_minutes: Sequence[float], rooms: int) -> tuple[int, int] | None:
    """Return the wait in whole minutes as (low, high), None when too little is known.

    Learnt from the queue's own recent services (minutes from call to end, at
    most ``RECENT_SERVICES``): the lower quartile for every person ahead, up to
    the upper quartile for them and the one now inside, shared by ``rooms``.
    There is no constant in it: fewer than ``FEWEST_SERVICES`` means unknown.
    """
    if len(service_minutes) < FEWEST_SERVICES:
        return None
    ordered = sorted(service_minutes)
    low = _quantile(ordered, 0.25)
    high = _quantile(ordered, 0.75)
    servers = max(rooms, 1)
    return floor(ahead * low / servers), ceil((ahead + 1) * high / servers)


def _quantile(ordered: Sequence[float], part: float) -> float:
    place = part * (len(ordered) - 1)
    below = floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


# --- places -----------------------------------------------------------------

COUNTER_MAX = 200


def counter_of(room: str | None, queue_code: str) -> str:
    """Return the key of the place that serves one token at a time.

    It is the room, in one case and one form, or the queue itself where it has none.
    """
    if room is None:
        return f"queue {queue_code}"
    return f"room {unicodedata.normalize('NFKC', room).casefold()}"[:COUNTER_MAX]


def room_words(room: str, numbered: str = "") -> str:
    """Return a room as people say it: a bare ``3`` or ``3B`` is "Room 3", as on the wall."""
    if not _NUMBERED.fullmatch(room):
        return room
    return numbered.replace("{n}", room) if numbered else phrase("Room {n}", n=room)


# --- what people type -------------------------------------------------------


def token_code(prefix: str, number: int) -> str:
    """Return the code on the slip: ``GM-042``."""
    return f"{prefix}-{number:03d}"


def parse_token_code(typed: str) -> str | None:
    """Return the code that ``typed`` means (``gm42`` is ``GM-042``), None when it is no code."""
    match = _CODE.match(typed.strip().upper())
    return token_code(match[1] or match[2], int(match[3])) if match else None


def parse_queue_code(typed: str) -> str:
    """Return a queue's code in capitals.

    Raises:
        InvalidInput: not one letter followed by at most seven letters or digits.
    """
    code = typed.strip().upper()
    if not _QUEUE_CODE.match(code):
        raise InvalidInput(
            "a queue code is a letter and up to seven more letters or digits",
            hint="for example GM, ENT or LAB2",
            field="queue",
        )
    return code


def parse_class(typed: str) -> TokenClass:
    """Return the class named ``typed``.

    Raises:
        InvalidInput: no such class.
    """
    try:
        return TokenClass(typed.strip().lower())
    except ValueError:
        names = ", ".join(c.value for c in TokenClass)
        raise InvalidInput(
            "there is no such class", hint=phrase("use one of: {names}", names=names), field="class"
        ) from None


def undo_open(done_at: datetime, now: datetime, undo_seconds: int) -> bool:
    """Return whether what was done at ``done_at`` may still be undone."""
    return timedelta(0) <= now - done_at <= timedelta(seconds=undo_seconds)
