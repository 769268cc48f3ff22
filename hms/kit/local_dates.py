"""Days in words, in the order of the person's language: 12 Nov, नवं 12, 12 de nov."""

from __future__ import annotations

from datetime import date

from hms.kernel.i18n import Phrase, phrase, word

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def short_date(day: date) -> Phrase:
    """Return day and month: 12 Nov."""
    return phrase("{day} {month}", day=day.day, month=_month(day))


def weekday_date(day: date) -> Phrase:
    """Return weekday, day and month: Thu 12 Nov."""
    weekday = word(WEEKDAYS[day.weekday()], "date")
    return phrase("{weekday} {day} {month}", weekday=weekday, day=day.day, month=_month(day))


def full_date(day: date) -> Phrase:
    """Return day, month and year: 12 Nov 2026."""
    return phrase("{day} {month} {year}", day=day.day, month=_month(day), year=day.year)


def _month(day: date) -> Phrase:
    return word(MONTHS[day.month - 1], "date")
