"""What a patient is found by, and what a search line means."""

from __future__ import annotations

from datetime import date

import pytest

from hms.features.patients.rules.mrn import WrongCheckDigit
from hms.features.patients.rules.terms import (
    NothingToSearch,
    Wanted,
    holds,
    name_terms,
    read_search,
    search_text,
)
from hms.kernel.errors import InvalidInput
from hms.kernel.text import fold

TODAY = date(2026, 11, 20)


def test_a_name_is_found_by_each_of_its_parts() -> None:
    assert name_terms("José Núñez-Ortiz") == ("jose", "nunez", "ortiz", "nunezortiz")
    assert name_terms("Siobhán O'Brien") == ("siobhan", "o", "brien", "obrien")


def test_a_name_without_spaces_is_found_by_its_given_part() -> None:
    assert name_terms("王小明") == ("王小明", "小明", "明")
    assert "민수" in name_terms("김민수")


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("प्रिया", "प्रिया"),
        ("ใจดี", "ใจดี"),
        ("أحمد", "احمد"),
        ("Łukasz Øye", "lukasz oye"),
        ("ΕΛΕΝΗΣ", "ελενησ"),
    ],
)
def test_words_of_every_script_stay_whole(name: str, folded: str) -> None:
    assert fold(name) == folded


def test_the_terms_hold_year_and_the_end_of_the_phone() -> None:
    assert search_text("Ann Lee", year=1987, phone="8100649702") == "ann lee 1987 ·8100"
    assert search_text("Ann", year=None, phone="") == "ann"
    assert search_text("Bo", year=None, phone="", other_name="Unknown B") == "bo unknown b"


def test_words_are_beginnings_in_any_order() -> None:
    assert read_search(" Smi  JO ", TODAY) == Wanted(words=("smi", "jo"))


def test_four_digits_are_a_birth_year_or_the_end_of_a_phone() -> None:
    assert read_search("ann 1987", TODAY) == Wanted(("ann",), either=(("1987", "·7891"),))
    assert read_search("0018", TODAY) == Wanted(words=("·8100",))


def test_more_digits_are_a_phone_however_they_are_grouped() -> None:
    for typed in ("020 7946 0018", "2079460018", "(020) 7946-0018"):
        assert read_search(typed, TODAY) == Wanted(phone="8100649702")
    assert read_search("maria 020 7946 0018", TODAY) == Wanted(("maria",), phone="8100649702")


def test_eight_digits_may_be_a_phone_or_an_mrn_without_its_letter() -> None:
    assert read_search("47108528", TODAY).mrn in (None, "M47108528")
    assert read_search("00000013", TODAY).mrn == "M00000013"


def test_a_birth_date_is_one() -> None:
    assert read_search("lee 1987-04-12", TODAY) == Wanted(("lee",), born_on=date(1987, 4, 12))


def test_an_mrn_is_checked_as_soon_as_it_is_whole() -> None:
    assert read_search("m00000013", TODAY) == Wanted(mrn="M00000013")
    assert read_search("m0000001", TODAY) == Wanted(mrn_prefix="M0000001")
    with pytest.raises(WrongCheckDigit):
        read_search("M00000031", TODAY)


@pytest.mark.parametrize("typed", ["", "   ", "***", "[/]", "\u202e"])
def test_nothing_is_no_search(typed: str) -> None:
    with pytest.raises(NothingToSearch):
        read_search(typed, TODAY)


def test_a_long_text_is_no_search() -> None:
    with pytest.raises(InvalidInput, match="too long"):
        read_search("a" * 10_000, TODAY)


def test_a_patient_holds_what_is_wanted() -> None:
    terms = search_text("José Núñez", year=1987, phone="8100649702")
    assert holds(read_search("nun jos", TODAY), terms)
    assert holds(read_search("jose 1987", TODAY), terms)
    assert holds(read_search("jose 0018", TODAY), terms)
    assert not holds(read_search("jose 1988", TODAY), terms)
    assert not holds(read_search("jose maria", TODAY), terms)
