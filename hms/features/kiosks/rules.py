"""What a kiosk offers and when, and what it may ask for; no patient's name is in any of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import TYPE_CHECKING, Any

from hms.kernel.errors import InvalidInput
from hms.kernel.i18n import phrase
from hms.kernel.text import fold

if TYPE_CHECKING:
    from hms.infra.settings import KioskSettings

RATE_WINDOW = timedelta(minutes=1)
CARD_WINDOW = timedelta(minutes=10)
WRONG_CARDS = 8  # in one window; then no card is looked up before the window is over
_TOUCH = re.compile(r"[0-9a-f]{32}")
_TOKEN_LENGTH = 128
_CODE_LENGTH = 20
_CARD_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Look:
    """A kiosk, known by its device token, asks what it may offer."""

    device: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Take:
    """Somebody at a kiosk asks for a number.

    ``touch`` is made once by the page for a person and a queue: the same touch gives the
    same number.  ``card`` is what a scanner read, "" without one.
    """

    device: str = field(repr=False)
    touch: str
    queue: str
    card: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Offer:
    """What the settings say of one kiosk; no ``queues`` are all, no ``hours`` always."""

    queues: tuple[str, ...]
    hours: str
    daily_limit: int
    per_minute: int
    idle_seconds: int
    languages: tuple[str, ...]
    cards: bool

    def offers(self, code: str) -> bool:
        """Return whether the queue ``code`` has a button here."""
        return not self.queues or code.upper() in {one.upper() for one in self.queues}

    def open_at(self, local: time) -> bool:
        """Return whether numbers are given out at this time of day, in the hospital's zone."""
        if not self.hours:
            return True
        begins, _, ends = self.hours.partition("-")
        first, last = time.fromisoformat(begins), time.fromisoformat(ends)
        if first <= last:
            return first <= local < last
        return local >= first or local < last


def offer_of(settings: KioskSettings, name: str) -> Offer:
    """Return what ``[kiosk]`` and the part of this kiosk in it say together."""
    place = next((one for key, one in settings.places.items() if same(key, name)), None)

    def chosen(field_name: str) -> Any:
        own = None if place is None else getattr(place, field_name)
        return getattr(settings, field_name) if own is None else own

    return Offer(
        queues=chosen("queues"),
        hours=chosen("hours"),
        daily_limit=chosen("daily_limit"),
        per_minute=settings.per_minute,
        idle_seconds=settings.idle_seconds,
        languages=chosen("languages"),
        cards=settings.cards,
    )


def same(one: str, other: str) -> bool:
    """Return whether two names mean one kiosk."""
    return fold(one).split() == fold(other).split()


def read_look(body: Mapping[str, Any]) -> Look:
    """Return the question that the display server passes on.

    Raises:
        InvalidInput: there is no device token in it.
    """
    return Look(_text(body, "device", _TOKEN_LENGTH))


def read_take(body: Mapping[str, Any]) -> Take:
    """Return the wish that the display server passes on.

    A card may be any text: whether it is one is told to nobody before it is looked up.

    Raises:
        InvalidInput: a member is missing or of a wrong kind.
    """
    touch = _text(body, "touch", 32)
    if not _TOUCH.fullmatch(touch):
        raise InvalidInput("touch must be 32 hexadecimal digits", field="touch")
    card = body.get("card", "")
    if not isinstance(card, str):
        raise InvalidInput("card must be a text", field="card")
    return Take(
        _text(body, "device", _TOKEN_LENGTH),
        touch,
        _text(body, "queue", _CODE_LENGTH),
        card[:_CARD_LENGTH],
    )


def _text(body: Mapping[str, Any], name: str, most: int) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= most:
        raise InvalidInput(phrase("{name} must be a text", name=name), field=name)
    return value
