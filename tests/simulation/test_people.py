"""Made-up people fit the arrival they stand for, and are the same for the same seed."""

from __future__ import annotations

from datetime import date
from random import Random

from hms.features.patients.rules import check
from hms.simulation.people import make_person

TODAY = date(2031, 3, 3)


def test_everybody_could_be_registered_and_has_an_age_of_the_group() -> None:
    chance = Random(5)
    for ages in ((0, 17), (18, 24), (75, 115)):
        for sex in ("male", "female", "unknown"):
            for _ in range(40):
                said = make_person(chance, today=TODAY, sex=sex, ages=ages)
                facts = check(said, today=TODAY)
                assert facts.birth.day is not None
                age = (TODAY - facts.birth.day).days / 365.25
                assert ages[0] - 0.1 <= age <= ages[1] + 1.1
                assert facts.sex.value == sex


def test_on_the_29th_of_february_people_have_a_birthday_too() -> None:
    said = make_person(Random(1), today=date(2032, 2, 29), ages=(21, 21))
    assert date.fromisoformat(said.birth).year in (2010, 2011)


def test_the_same_seed_makes_the_same_people() -> None:
    one, other = Random(7), Random(7)
    assert [make_person(one, today=TODAY) for _ in range(20)] == [
        make_person(other, today=TODAY) for _ in range(20)
    ]
