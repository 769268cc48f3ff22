"""How much two records look like one person; a warning follows, never a refusal to go on.

The numbers were set on ``tests/features/patients/duplicate_pairs.py``: a name
alone says little, a birth date and a phone number say much, and a different
birth date with the same name is usually another person (a parent, a cousin).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from hms.features.patients.rules.person import Sex
from hms.kernel.text import fold

WARN_FROM = 88  # likeness in percent from which somebody is asked "is it this one?"
SAME_PHONE_DIGITS = 7
ESTIMATE_YEARS = 5  # how far a guessed age is off
_WORD_FLOOR = 0.7  # below, two words have nothing to do with each other
_SHORT_WORD_FLOOR = 0.6  # one slip in a word of three letters
_TOGETHER_FLOOR = 0.85  # two whole names, their spaces aside
_MISSING_WORD = 0.03

# Percent added to the likeness of the names.
_BORN_SAME_DAY = 8
_BORN_NEARLY = 2  # days or digits swapped, or one digit wrong
_BORN_SAME_YEAR = 4
_BORN_UNKNOWN = -4
_BORN_OTHERWISE = -30
_SAME_PHONE = 6
_OTHER_PHONE = -1
_OTHER_SEX = -12

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """What is compared of a record; ``phone`` holds the digits from the last to the first."""

    name: str
    born_on: date | None = None
    born_in: int | None = None
    estimated: bool = False
    sex: Sex = Sex.UNKNOWN
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two records are, in percent, and what made it so, in words for the desk."""

    percent: int
    reasons: tuple[str, ...]

    @property
    def warns(self) -> bool:
        """Return whether somebody should look at the two side by side."""
        return self.percent >= WARN_FROM


def compare(one: Person, other: Person) -> Likeness:
    """Return how much ``one`` looks like ``other``."""
    names = name_likeness(one.name, other.name)
    points = 100 * names
    reasons = [
        "same name" if names == 1 else "similar name" if names >= _WORD_FLOOR else "other name"
    ]
    for weigh in (_weigh_birth, _weigh_phone, _weigh_sex):
        weight, reason = weigh(one, other)
        points += weight
        if reason:
            reasons.append(reason)
    return Likeness(max(0, min(100, round(points))), tuple(reasons))


def name_likeness(one: str, other: str) -> float:
    """Return from 0 to 1 how alike two names are, in any order of their parts."""
    first, second = _letters(one), _letters(other)
    if not first or not second:
        return 0.0
    if sorted(first) == sorted(second):
        return 1.0
    like = _measure()
    together = like("".join(first), "".join(second))
    swapped = like("".join(first), "".join(reversed(second)))
    whole = max(together, swapped)
    return max(_by_words(first, second, like), whole if whole >= _TOGETHER_FLOOR else 0.0)


@lru_cache(maxsize=2048)
def _letters(name: str) -> tuple[str, ...]:
    """Return the words of ``name``; a Hangul syllable counts as its letters."""
    return tuple(unicodedata.normalize("NFD", fold(name)).split())


def date_variants(day: date) -> Iterator[date]:
    """Yield the other days that a slip of the hand makes of ``day``: parts or digits swapped."""
    digits = f"{day.year:04d}{day.month:02d}{day.day:02d}"
    texts = {digits[:4] + digits[6:] + digits[4:6]}
    texts |= {digits[:i] + digits[i + 1] + digits[i] + digits[i + 2 :] for i in (1, 2, 4, 6)}
    texts |= {f"{day.year + years:04d}{digits[4:]}" for years in (-10, -1, 1, 10)}
    for text in sorted(texts - {digits}):
        try:
            yield date(int(text[:4]), int(text[4:6]), int(text[6:]))
        except ValueError:
            continue


def _by_words(first: Words, second: Words, like: Callable[[str, str], float]) -> float:
    """Give each word of the shorter name its best partner in the longer one."""
    short, long = sorted((first, second), key=len)
    left = list(long)
    total = weight = 0.0
    for word in sorted(short, key=len, reverse=True):
        best = max(left, key=lambda candidate: _word(word, candidate, like))
        size = max(len(word), len(best)) if len(word) > 1 else 1
        total += size * _word(word, best, like)
        weight += size
        left.remove(best)
    return max(0.0, total / weight - _MISSING_WORD * len(left) - (0.1 if len(short) == 1 else 0))


def _word(one: str, other: str, like: Callable[[str, str], float]) -> float:
    if one == other:
        return 1.0
    if min(len(one), len(other)) == 1:
        return 0.9 if one[0] == other[0] else 0.0
    alike = like(one, other)
    floor = _SHORT_WORD_FLOOR if max(len(one), len(other)) <= 3 else _WORD_FLOOR
    return alike if alike >= floor else 0.0


def _measure() -> Callable[[str, str], float]:
    from rapidfuzz.distance import OSA

    return OSA.normalized_similarity


def _weigh_birth(one: Person, other: Person) -> tuple[int, str]:
    if one.born_on is not None and other.born_on is not None:
        if one.born_on == other.born_on:
            return _BORN_SAME_DAY, "same birth date"
        if _one_slip(one.born_on, other.born_on):
            return _BORN_NEARLY, "birth date nearly the same"
        return _BORN_OTHERWISE, "other birth date"
    if one.born_in is None or other.born_in is None:
        return _BORN_UNKNOWN, ""
    apart = abs(one.born_in - other.born_in)
    guessed = one.estimated or other.estimated
    if apart > (ESTIMATE_YEARS if guessed else 0):
        return _BORN_OTHERWISE, "other birth year"
    return (0, "about the same age") if guessed else (_BORN_SAME_YEAR, "same birth year")


def _one_slip(one: date, other: date) -> bool:
    if other in _slips(one):
        return True
    a, b = f"{one:%Y%m%d}", f"{other:%Y%m%d}"
    return sum(x != y for x, y in zip(a, b, strict=True)) == 1


@lru_cache(maxsize=64)
def _slips(day: date) -> frozenset[date]:
    return frozenset(date_variants(day))


def _weigh_phone(one: Person, other: Person) -> tuple[int, str]:
    if min(len(one.phone), len(other.phone)) < SAME_PHONE_DIGITS:
        return 0, ""
    if one.phone[:SAME_PHONE_DIGITS] == other.phone[:SAME_PHONE_DIGITS]:
        return _SAME_PHONE, "same phone"
    return _OTHER_PHONE, ""


def _weigh_sex(one: Person, other: Person) -> tuple[int, str]:
    known = (Sex.MALE, Sex.FEMALE)
    if one.sex in known and other.sex in known and one.sex is not other.sex:
        return _OTHER_SEX, "other sex"
    return 0, ""
