"""Telephone numbers as they are said."""

from __future__ import annotations

import pytest

from hms.features.patients.rules.phone import BadPhone, Phone, backwards, read_phone


def test_a_number_keeps_its_text_and_gets_its_international_form() -> None:
    phone = read_phone(" 020 7946 0018 ", "gb")
    assert phone == Phone("020 7946 0018", "+442079460018", "810064970244")


def test_an_international_number_needs_no_country() -> None:
    assert read_phone("+91 98765 43210").e164 == "+919876543210"


def test_a_number_of_no_known_country_is_kept_as_it_was_said() -> None:
    assert read_phone("4711 22", "GB") == Phone("4711 22", None, "221174")
    assert read_phone("098765 43210") == Phone("098765 43210", None, "0123456789")


def test_the_last_digits_are_the_first_ones_backwards() -> None:
    assert backwards("+44 (0)20 7946-0018 ext. 12").startswith("8100")


def test_nothing_is_no_phone() -> None:
    assert read_phone("") == Phone()


@pytest.mark.parametrize(
    "typed", ["abcdef", "call my son", "12a34", "[/bold]", "' OR 1=1", "+", "😀", "---"]
)
def test_a_phone_of_letters_is_refused(typed: str) -> None:
    with pytest.raises(BadPhone) as refused:
        read_phone(typed)
    assert refused.value.field == "phone"


@pytest.mark.parametrize("typed", ["12", "1" * 21])
def test_a_phone_has_3_to_20_digits(typed: str) -> None:
    with pytest.raises(BadPhone, match="digits"):
        read_phone(typed)
