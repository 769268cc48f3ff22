"""When somebody was born, as far as it is known: a date, a year, or "about 40"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from hms.features.patients.rules.mrn import ascii_digits
from hms.kernel.errors import InvalidInput
from hms.kernel.i18n import phrase

OLDEST_YEARS = 130
_HOW = "type 1987-04-12, or a year such as 1987, or an age such as 'about 40'"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YEAR_FIRST = re.compile(r"(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})\Z")
_YEAR_LAST = re.compile(r"(\d{1,2})([-/. ])(\d{1,2})\2(\d{4})\Z")
_NAMED = re.compile(r"(\d{1,2})[-. ]?([a-z]{3})[a-z]*[-., ]+(\d{4})\Z")
_SHORT_YEAR = re.compile(r"\d{1,2}[-/. ]\d{1,2}[-/. ]\d{1,2}\Z")
_ABOUT = re.compile(r"(?:about|approx\.?|ca\.?|circa|around|age|aged|~)\s*(.+)\Z")
_AGE = re.compile(r"(\d{1,3})\s*(y|yr|yrs|years?|years? old|m|mo|months?|w|weeks?|d|days?)?\Z")
_YEAR = re.compile(r"\d{4}\Z")
_DAYS = {"d": 1, "w": 7, "m": 30.44, "y": 365.2425}


class BadBirth(InvalidInput):
    """A birth date, year or age that cannot be right; the message says why."""

    code = "patients.birth"

    def __init__(self, message: str, *, hint: str = _HOW) -> None:
        super().__init__(message, hint=hint, field="birth")


@dataclass(frozen=True, slots=True)
class Birth:
    """A birth as far as it is known; ``estimated`` when the year follows from a guessed age."""

    day: date | None = None
    year: int | None = None
    estimated: bool = False

    @property
    def text(self) -> str:
        """Return it as it may be typed again: ``1987-04-12``, ``1987``, ``about 1987`` or empty."""
        if self.day is not None:
            return self.day.isoformat()
        if self.year is None:
            return ""
        return f"about {self.year}" if self.estimated else str(self.year)

    def age(self, today: date) -> int | None:
        """Return the age in whole years on ``today``; from a year alone perhaps one too many."""
        if self.day is not None:
            before = (today.month, today.day) < (self.day.month, self.day.day)
            return today.year - self.day.year - before
        return None if self.year is None else today.year - self.year


UNKNOWN = Birth()


def read_birth(text: str, today: date) -> Birth:
    """Return the birth that ``text`` means on ``today``; empty text is an unknown birth.

    Raises:
        BadBirth: no such day, in the future, over 130 years ago, ambiguous, or not understood.
    """
    said = ascii_digits(text[:80]).strip().lower()
    if not said:
        return UNKNOWN
    about = _ABOUT.match(said)
    if about is not None:
        said = about.group(1).strip()
    if _YEAR.match(said):
        return _of_year(int(said), today, estimated=about is not None)
    aged = _AGE.match(said)
    if aged is not None:
        return _of_age(int(aged.group(1)), (aged.group(2) or "y")[0], today)
    return Birth(day := _checked(_day(said), today), day.year, estimated=about is not None)


def birth_of_age(years: int, today: date) -> Birth:
    """Return the estimated birth of somebody who says to be ``years`` old on ``today``.

    Raises:
        BadBirth: below 0 or over 130.
    """
    return _of_age(years, "y", today)


def _of_age(count: int, unit: str, today: date) -> Birth:
    days = count * _DAYS[unit]
    if not 0 <= days <= OLDEST_YEARS * 365.2425:
        raise BadBirth(
            phrase("an age of {count} cannot be right", count=count),
            hint="an age is 0 to 130 years",
        )
    if unit == "y":
        return Birth(None, today.year - count, estimated=True)
    return Birth(None, (today - timedelta(days=days)).year, estimated=True)


def _of_year(year: int, today: date, *, estimated: bool) -> Birth:
    if year > today.year:
        raise BadBirth(phrase("the birth year {year} is in the future", year=year))
    if year < today.year - OLDEST_YEARS:
        raise BadBirth(
            phrase(
                "the birth year {year} is more than {oldest_years} years ago",
                year=year,
                oldest_years=OLDEST_YEARS,
            )
        )
    return Birth(None, year, estimated=estimated)


def _day(said: str) -> date:
    found = _YEAR_FIRST.match(said)
    if found is not None:
        return _date(int(found.group(1)), int(found.group(2)), int(found.group(3)))
    found = _YEAR_LAST.match(said)
    if found is not None:
        return _year_last(
            int(found.group(1)), int(found.group(3)), int(found.group(4)), found.group(2)
        )
    found = _NAMED.match(said)
    if found is not None and found.group(2) in _MONTHS:
        month = _MONTHS.index(found.group(2)) + 1
        return _date(int(found.group(3)), month, int(found.group(1)))
    if _SHORT_YEAR.match(said):
        raise BadBirth("the birth year needs four digits")
    raise BadBirth("this is not a birth date")


def _year_last(first: int, second: int, year: int, between: str) -> date:
    """Read 25/04/1987 and 04/25/1987; with points the day is first everywhere."""
    if first > 12 or between == "." or first == second:
        return _date(year, second, first)
    if second > 12:
        return _date(year, first, second)
    either, other = f"{year}-{second:02d}-{first:02d}", f"{year}-{first:02d}-{second:02d}"
    raise BadBirth(
        phrase(
            "{first}{between}{second}{between}{year} may be {first} {name} or {second} {name2}",
            first=first,
            between=between,
            second=second,
            year=year,
            name=_name(second),
            name2=_name(first),
        ),
        hint=phrase("type the year first: {either} or {other}", either=either, other=other),
    )


def _name(month: int) -> str:
    return _MONTHS[month - 1].capitalize() if 1 <= month <= 12 else f"month {month}"


def _date(year: int, month: int, day: int) -> date:
    if not 1 <= month <= 12:
        raise BadBirth(phrase("there is no month {month}", month=month))
    try:
        return date(year, month, day)
    except ValueError:
        raise BadBirth(
            phrase("there is no {day} {name} {year}", day=day, name=_name(month), year=year)
        ) from None


def _checked(day: date, today: date) -> date:
    if day > today:
        raise BadBirth(
            phrase("the birth date {isoformat} is in the future", isoformat=day.isoformat())
        )
    if day.year < today.year - OLDEST_YEARS:
        raise BadBirth(
            phrase(
                "the birth date {isoformat} is more than {oldest_years} years ago",
                isoformat=day.isoformat(),
                oldest_years=OLDEST_YEARS,
            )
        )
    return day
