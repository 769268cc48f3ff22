"""How a desk says states, waits and classes."""

from __future__ import annotations

from hms.features.tokens.queries import QueueView, TokenView
from hms.features.tokens.rules import Status, TokenClass
from hms.kernel.clock import local_hm
from hms.kernel.i18n import Phrase, counted, phrase, tr, word

_STATUS = {
    Status.WAITING: phrase("waiting"),
    Status.CALLED: phrase("called"),
    Status.IN_PROGRESS: phrase("in the room"),
    Status.ON_HOLD: phrase("on hold"),
    Status.COMPLETED: phrase("done"),
    Status.NO_SHOW: phrase("did not come"),
    Status.LEFT: phrase("left"),
    Status.CANCELLED: phrase("cancelled"),
    Status.ENTERED_IN_ERROR: phrase("taken back"),
    Status.TRANSFERRED: phrase("sent on"),
    Status.EXPIRED: phrase("day closed"),
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


def class_word(token_class: TokenClass) -> Phrase:
    """Return a class in one word that begins with its key."""
    return word(_CLASS_WORDS.get(token_class, token_class.value))


def status_word(status: str) -> Phrase:
    """Return a state in the desk's words."""
    return _STATUS[Status(status)]


def status_tone(status: str) -> str:
    """Return the colour of a state; finished ones are pale."""
    return _TONES.get(Status(status), "muted")


def state_of(token: TokenView) -> Phrase:
    """Return a token's state, with the room where there is one to go to."""
    if token.status == Status.CALLED and token.room:
        return phrase("called to {place}", place=token.place)
    if token.status == Status.IN_PROGRESS and token.room:
        return phrase("in {place}", place=token.place)
    return status_word(token.status)


def wait_words(low: int | None, high: int | None) -> Phrase:
    """Return a wait as a range, or that it is not known."""
    if low is None or high is None:
        return phrase("unknown")
    if low == high:
        return phrase("{minutes} min", minutes=low)
    return phrase("{low}–{high} min", low=low, high=high)


def queue_wait(view: QueueView) -> Phrase:
    """Return the wait that somebody who comes now may expect."""
    return wait_words(view.wait_low_minutes, view.wait_high_minutes)


def wait_range(view: QueueView) -> str:
    """Return the same wait as numbers alone, for a column of minutes."""
    low, high = view.wait_low_minutes, view.wait_high_minutes
    if low is None or high is None:
        return phrase("unknown")
    return str(low) if low == high else f"{low}–{high}"


def ahead_words(ahead: int | None) -> Phrase:
    """Return how many are called before."""
    if ahead is None:
        return phrase("")
    if ahead == 0:
        return phrase("next in line")
    return counted("{count} person ahead", "{count} people ahead", ahead)


def token_line(token: TokenView, zone: str) -> str:
    """Return a token of today in one line."""
    parts: list[str] = [token.queue_name, tr(state_of(token))]
    if token.ahead is not None:
        wait = wait_words(token.wait_low_minutes, token.wait_high_minutes)
        parts += [tr(ahead_words(token.ahead)), tr(phrase("wait {wait}", wait=wait))]
    parts.append(tr(phrase("given {time}", time=local_hm(token.issued_at, zone))))
    return f"{token.code}  {' · '.join(parts)}"
