"""Identifiers that nobody guesses, and the check digit."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from hms.kernel import ids

DIGITS = st.text("0123456789", min_size=1, max_size=12)


def test_operation_ids_differ_and_fit_their_column() -> None:
    made = [ids.op_id() for _ in range(1000)]
    assert len(set(made)) == 1000
    assert {len(one) for one in made} == {28}


def test_a_secret_has_the_bits_it_says() -> None:
    assert len(ids.secret(256)) == 43
    assert ids.secret(256) != ids.secret(256)


def test_the_check_digit_is_damms() -> None:
    assert ids.check_digit("572") == "4"


@given(DIGITS, st.data())
def test_one_wrong_digit_is_found(digits: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(digits) - 1))
    other = data.draw(st.sampled_from("0123456789"))
    assume(other != digits[place])
    wrong = digits[:place] + other + digits[place + 1 :]
    assert ids.check_digit(wrong) != ids.check_digit(digits)


@given(st.text("0123456789", min_size=2, max_size=12), st.data())
def test_two_swapped_neighbours_are_found(digits: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(digits) - 2))
    assume(digits[place] != digits[place + 1])
    pair = digits[place + 1] + digits[place]
    swapped = digits[:place] + pair + digits[place + 2 :]
    assert ids.check_digit(swapped) != ids.check_digit(digits)
