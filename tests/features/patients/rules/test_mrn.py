"""Medical record numbers as they are typed, scanned and mistyped."""

from __future__ import annotations

import pytest

from hms.features.patients.rules.mrn import (
    LAST_NUMBER,
    NotAnMrn,
    NumbersUsedUp,
    WrongCheckDigit,
    is_mrn,
    make_mrn,
    mrn_part,
    read_mrn,
)


def test_a_number_is_m_and_seven_digits_and_a_check_digit() -> None:
    assert make_mrn(1) == "M00000013"
    assert len(make_mrn(LAST_NUMBER)) == 9


def test_no_number_is_given_past_the_last() -> None:
    with pytest.raises(NumbersUsedUp):
        make_mrn(LAST_NUMBER + 1)


@pytest.mark.parametrize(
    "typed",
    ["M00000013", "m00000013", " M 0000 0013 ", "M0000-001-3", "00000013", "*M00000013*",
     "Ｍ００００００１３", "M٠٠٠٠٠٠١٣"],
)  # fmt: skip
def test_a_number_is_read_as_people_and_scanners_write_it(typed: str) -> None:
    assert read_mrn(typed) == "M00000013"


@pytest.mark.parametrize("place", range(8))
def test_every_single_wrong_digit_is_found(place: int) -> None:
    right = make_mrn(4_710_852)
    for digit in "0123456789":
        wrong = right[: place + 1] + digit + right[place + 2 :]
        if wrong != right:
            with pytest.raises(WrongCheckDigit, match="check digit"):
                read_mrn(wrong)


def test_every_swap_of_neighbours_is_found() -> None:
    right = make_mrn(4_710_852)
    for i in range(1, 8):
        swapped = right[:i] + right[i + 1] + right[i] + right[i + 2 :]
        if swapped != right:
            with pytest.raises(WrongCheckDigit) as refused:
                read_mrn(swapped)
            assert refused.value.field == "mrn"


@pytest.mark.parametrize(
    "typed", ["", "M", "M1234567", "M123456789", "GM-042", "Maria", "M1234567x"]
)
def test_what_is_no_number_is_told_what_one_looks_like(typed: str) -> None:
    with pytest.raises(NotAnMrn) as refused:
        read_mrn(typed)
    assert "M00000013" in refused.value.hint


def test_the_beginning_of_a_number_is_recognised_while_typing() -> None:
    assert mrn_part("m0001") == "M0001"
    assert mrn_part("M") is None
    assert mrn_part("Maria") is None
    assert is_mrn("m 0000 0014")
    assert not is_mrn("00000013")
