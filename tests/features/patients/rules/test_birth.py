"""Births as people state them: a date, a year, an age; and the ones that cannot be."""

from __future__ import annotations

from datetime import date

import pytest

from hms.features.patients.rules.birth import BadBirth, Birth, birth_of_age, read_birth

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    "typed",
    ["1987-04-12", "1987/4/12", "12.4.1987", "12.04.1987", "12 Apr 1987", "12 april 1987",
     "1987-04-12 ", "١٩٨٧-٠٤-١٢"],
)  # fmt: skip
def test_a_date_is_read_in_every_clear_form(typed: str) -> None:
    assert read_birth(typed, TODAY) == Birth(date(1987, 4, 12), 1987)


def test_day_and_month_are_told_apart_when_only_one_can_be_the_month() -> None:
    assert read_birth("25/04/1987", TODAY).day == date(1987, 4, 25)
    assert read_birth("04/25/1987", TODAY).day == date(1987, 4, 25)


def test_an_ambiguous_date_is_refused_with_both_readings() -> None:
    with pytest.raises(BadBirth, match="12 Apr or 4 Dec") as refused:
        read_birth("12/04/1987", TODAY)
    assert "1987-04-12" in refused.value.hint
    assert "1987-12-04" in refused.value.hint


def test_a_year_alone_is_enough() -> None:
    assert read_birth("1987", TODAY) == Birth(None, 1987)


@pytest.mark.parametrize(
    ("typed", "year"),
    [("about 40", 1986), ("40", 1986), ("~40", 1986), ("age 40", 1986), ("40 years", 1986),
     ("0", 2026), ("about 6 months", 2026), ("18m", 2025), ("about 1987", 1987)],
)  # fmt: skip
def test_a_guessed_age_gives_an_estimated_year(typed: str, year: int) -> None:
    assert read_birth(typed, TODAY) == Birth(None, year, estimated=True)


def test_nothing_typed_is_an_unknown_birth() -> None:
    assert read_birth("  ", TODAY) == Birth()
    assert Birth().age(TODAY) is None


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("1987-02-31", "there is no 31 Feb 1987"),
        ("2023-02-29", "there is no 29 Feb 2023"),
        ("1987-13-01", "there is no month 13"),
        ("2026-11-21", "in the future"),
        ("2027", "in the future"),
        ("1895-01-01", "more than 130 years ago"),
        ("1850", "more than 130 years ago"),
        ("131", "an age of 131"),
        ("12.4.87", "four digits"),
        ("yesterday", "not a birth date"),
        ("[/bold]", "not a birth date"),
        ("99999-01-01", "not a birth date"),
        ("1" * 10_000, "not a birth date"),
    ],
)
def test_what_cannot_be_a_birth_is_refused_with_the_reason(typed: str, says: str) -> None:
    with pytest.raises(BadBirth, match=says) as refused:
        read_birth(typed, TODAY)
    assert refused.value.field == "birth"


def test_the_age_turns_on_the_birthday() -> None:
    born = Birth(date(2000, 11, 20), 2000)
    assert born.age(date(2026, 11, 19)) == 25
    assert born.age(TODAY) == 26


def test_someone_born_on_29_february_has_a_birthday_every_year() -> None:
    assert Birth(date(2004, 2, 29), 2004).age(date(2025, 3, 1)) == 21


@pytest.mark.parametrize(
    "birth", [Birth(date(1987, 4, 12), 1987), Birth(None, 1987), Birth(None, 1987, True), Birth()]
)
def test_what_was_read_can_be_typed_again(birth: Birth) -> None:
    assert read_birth(birth.text, TODAY) == birth


def test_an_age_in_years_is_checked_too() -> None:
    assert birth_of_age(40, TODAY) == Birth(None, 1986, estimated=True)
    with pytest.raises(BadBirth):
        birth_of_age(-1, TODAY)
