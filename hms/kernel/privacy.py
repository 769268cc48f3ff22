"""How much of a person is told where: the one ladder for wall, voice, slip, desk and log.

number < initials < alias < name.  The strictest of hospital, queue and patient
holds; a place in public is never told more than the number; a name never stands
beside a department.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from unicodedata import category, normalize


class Level(IntEnum):
    """A step of the ladder; the smaller tells less."""

    NUMBER = 0
    INITIALS = 1
    ALIAS = 2
    NAME = 3

    @property
    def word(self) -> str:
        """Return the step as settings, tables and commands write it."""
        return self.name.lower()


class Place(StrEnum):
    """Where something is told."""

    WALL = "wall"
    VOICE = "voice"
    PHONE = "phone"
    LOG = "log"
    SLIP = "slip"
    DESK = "desk"


# No frame, no sentence spoken aloud, no public page and no log ever holds more (contracts 3).
MOST: dict[Place, Level] = {
    Place.WALL: Level.NUMBER,
    Place.VOICE: Level.NUMBER,
    Place.PHONE: Level.NUMBER,
    Place.LOG: Level.NUMBER,
    Place.SLIP: Level.NAME,
    Place.DESK: Level.NAME,
}
WORDS: tuple[str, ...] = tuple(level.word for level in Level)


def level_of(word: str | None) -> Level | None:
    """Return the step of that word, None when there is no such step."""
    return Level[word.upper()] if word in WORDS else None


def allowed(place: Place, *levels: Level | None, beside_department: bool = False) -> Level:
    """Return how much of a person may be told at ``place``.

    ``levels`` are what hospital, queue and patient allow; None says nothing.
    """
    strictest = min([MOST[place], *(level for level in levels if level is not None)])
    return min(strictest, Level.ALIAS) if beside_department else strictest


def told(level: Level, name: str, alias: str = "") -> str:
    """Return what is told of a person at ``level``; "" where only the number may be.

    Without an alias that step tells the initials.
    """
    if level is Level.NAME:
        return name
    if level is Level.ALIAS and alias:
        return alias
    return "" if level is Level.NUMBER else initials(name)


def initials(name: str) -> str:
    """Return the first letters of a name's words, with their marks: "Ana de Sá" is "A. D. S."."""
    words = normalize("NFC", name).replace("-", " ").replace("'", " ").replace("’", " ").split()
    firsts = [_first_letter(word) for word in words]
    return " ".join(f"{first.upper()}." for first in firsts if first)[:40]


def _first_letter(word: str) -> str:
    letters = [place for place, char in enumerate(word) if category(char).startswith("L")]
    if not letters:
        return ""
    end = letters[0] + 1
    while end < len(word) and category(word[end]) in ("Mn", "Mc"):
        end += 1
    return word[letters[0] : end]
