"""Who looks like whom: 30 slips of the hand are found, 20 pairs of two people are left alone."""

from __future__ import annotations

import random
from datetime import date

from hms.features.patients import rules
from hms.features.patients.rules.likeness import (
    Person,
    compare,
    date_variants,
    name_likeness,
)
from tests.features.patients.duplicate_pairs import SAME_PERSON, TWO_PEOPLE, Entry

TODAY = date(2026, 11, 20)


def person(entry: Entry) -> Person:
    name, birth, sex, phone = entry
    said = rules.RegisterPatient(name=name, birth=birth, sex=sex, phone=phone)
    facts = rules.check(said, today=TODAY)
    born = facts.birth
    return Person(facts.name, born.day, born.year, born.estimated, facts.sex, facts.phone.backwards)


def test_at_least_nine_of_ten_slips_are_found() -> None:
    missed = [why for why, a, b in SAME_PERSON if not compare(person(a), person(b)).warns]
    assert len(SAME_PERSON) == 30
    assert len(missed) <= 3, missed


def test_at_most_one_of_twenty_other_people_is_taken_for_the_same() -> None:
    alarms = [why for why, a, b in TWO_PEOPLE if compare(person(a), person(b)).warns]
    assert len(TWO_PEOPLE) == 20
    assert len(alarms) <= 1, alarms


def test_it_does_not_matter_who_was_there_first() -> None:
    for _why, a, b in SAME_PERSON + TWO_PEOPLE:
        assert compare(person(a), person(b)).warns == compare(person(b), person(a)).warns


def test_slips_at_random_are_found_too() -> None:
    """The pairs above were used to set the numbers; these were not."""
    dice = random.Random(7)
    found = 0
    originals = [a for _why, a, _b in SAME_PERSON if a[1].count("-") == 2]
    for number in range(200):
        name, birth, sex, phone = originals[number % len(originals)]
        at = dice.randrange(1, len(name) - 1)
        slip = dice.choice((name[:at] + name[at + 1 :], name[:at] + name[at] + name[at:]))
        found += compare(person((name, birth, sex, phone)), person((slip, birth, sex, ""))).warns
    assert found >= 180


def test_the_reasons_are_told_in_words() -> None:
    likeness = compare(
        person(("Ann Lee", "1987-04-12", "F", "")), person(("Lee Ann", "1987-12-04", "F", ""))
    )
    assert likeness.reasons == ("same name", "birth date nearly the same")


def test_slips_of_a_date_are_days_that_exist() -> None:
    slips = set(date_variants(date(1987, 4, 12)))
    assert {date(1987, 12, 4), date(1978, 4, 12), date(1987, 4, 21), date(1986, 4, 12)} <= slips
    assert date(1987, 4, 12) not in slips


def test_an_empty_name_is_like_nobody() -> None:
    assert name_likeness("", "Ann") == 0.0
