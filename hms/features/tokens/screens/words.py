"""How a desk says states, waits and classes."""

from __future__ import annotations

from hms.features.tokens.queries import QueueView, TokenView
from hms.features.tokens.rules import Status, TokenClass
from hms.kernel.clock import local_hm

_STATUS = {
    Status.WAITING: "waiting",
    Status.CALLED: "called",
    Status.IN_PROGRESS: "in the room",
    Status.ON_HOLD: "on hold",
    Status.COMPLETED: "done",
    Status.NO_SHOW: "did not come",
    Status.LEFT: "left",
    Status.CANCELLED: "cancelled",
    Status.ENTERED_IN_ERROR: "taken back",
    Status.TRANSFERRED: "sent on",
    Status.EXPIRED: "day closed",
}
_TONES = {
    Status.CALLED: "call",
    Status.IN_PROGRESS: "good",
    Status.ON_HOLD: "warn",
    Status.NO_SHOW: "warn",
    Status.WAITING: "",
}

# One key each; the first letter of the word that the desk says.
CLASS_KEYS: dict[str, TokenClass] = {
    "n": TokenClass.NORMAL,
    "e": TokenClass.EMERGENCY,
    "o": TokenClass.ELDERLY,
    "p": TokenClass.PREGNANT,
    "d": TokenClass.DISABLED,
    "c": TokenClass.CHILD,
    "s": TokenClass.STAFF,
    "a": TokenClass.APPOINTMENT,
}
_CLASS_WORDS = {TokenClass.ELDERLY: "older"}


def class_word(token_class: TokenClass) -> str:
    """Return a class in one word that begins with its key."""
    return _CLASS_WORDS.get(token_class, token_class.value)


def status_word(status: str) -> str:
    """Return a state in the desk's words."""
    return _STATUS[Status(status)]


def status_tone(status: str) -> str:
    """Return the colour of a state; finished ones are pale."""
    return _TONES.get(Status(status), "muted")


def state_of(token: TokenView) -> str:
    """Return a token's state, with the room where there is one to go to."""
    word = status_word(token.status)
    if token.status == Status.CALLED and token.room:
        return f"called to {token.place}"
    if token.status == Status.IN_PROGRESS and token.room:
        return f"in {token.place}"
    return word


def wait_words(low: int | None, high: int | None) -> str:
    """Return a wait as a range, or that it is not known."""
    if low is None or high is None:
        return "unknown"
    return f"{low} min" if low == high else f"{low}–{high} min"


def queue_wait(view: QueueView) -> str:
    """Return the wait that somebody who comes now may expect."""
    return wait_words(view.wait_low_minutes, view.wait_high_minutes)


def ahead_words(ahead: int | None) -> str:
    """Return how many are called before."""
    if ahead is None:
        return ""
    if ahead == 0:
        return "next in line"
    return "1 person ahead" if ahead == 1 else f"{ahead} people ahead"


def token_line(token: TokenView, zone: str) -> str:
    """Return a token of today in one line."""
    parts = [token.queue_name, state_of(token)]
    if token.ahead is not None:
        wait = wait_words(token.wait_low_minutes, token.wait_high_minutes)
        parts += [ahead_words(token.ahead), f"wait {wait}"]
    parts.append(f"given {local_hm(token.issued_at, zone)}")
    return f"{token.code}  {' · '.join(parts)}"
