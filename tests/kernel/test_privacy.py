"""The ladder: the strictest wins, public places get the number alone."""

from __future__ import annotations

from itertools import product

import pytest

from hms.kernel.privacy import Level, Place, allowed, initials, level_of, told

PUBLIC = (Place.WALL, Place.VOICE, Place.PHONE, Place.LOG)


@pytest.mark.parametrize("place", PUBLIC)
def test_a_public_place_is_told_the_number_whatever_anybody_allows(place: Place) -> None:
    for levels in product(Level, repeat=3):
        assert allowed(place, *levels) is Level.NUMBER


def test_the_strictest_of_hospital_queue_and_patient_holds_on_a_slip() -> None:
    for levels in product(Level, repeat=3):
        assert allowed(Place.SLIP, *levels) == min(levels)


def test_who_says_nothing_restricts_nothing() -> None:
    assert allowed(Place.SLIP, Level.NAME, None, Level.ALIAS) is Level.ALIAS


def test_a_name_never_stands_beside_a_department() -> None:
    for levels in product(Level, repeat=3):
        assert allowed(Place.SLIP, *levels, beside_department=True) < Level.NAME


@pytest.mark.parametrize(
    ("level", "said"),
    [
        (Level.NUMBER, ""),
        (Level.INITIALS, "A. M. S."),
        (Level.ALIAS, "Falcon"),
        (Level.NAME, "Ana-María Silva"),
    ],
)
def test_each_step_tells_what_it_is_called(level: Level, said: str) -> None:
    assert told(level, "Ana-María Silva", "Falcon") == said


def test_without_an_alias_the_initials_stand_for_it() -> None:
    assert told(Level.ALIAS, "Ana Silva") == "A. S."


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("अनिता कुमार", "अ. कु."),
        ("محمد علي", "م. ع."),
        ("王小明", "王."),
        ("O’Brien", "O. B."),
        ("  ", ""),
    ],
)
def test_initials_are_first_letters_with_their_marks(name: str, said: str) -> None:
    assert initials(name) == said


def test_steps_are_known_by_their_words() -> None:
    assert [level_of(word) for word in ("number", "name", "all", None)] == [
        Level.NUMBER, Level.NAME, None, None,
    ]  # fmt: skip
