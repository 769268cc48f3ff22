"""The address of one's own place: nobody guesses it, changes it or keeps it over night."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from hms.infra.place_link import LENGTH, find_secret, make_secret, secret_file, sign, verify
from tests.support import sqlite_settings

SECRET, OTHER = b"a" * 32, b"b" * 32
DAY, NEXT = date(2031, 3, 4), date(2031, 3, 5)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@given(st.integers(0, 2**40 - 1))
def test_it_leads_to_its_own_token(token: int) -> None:
    signed = sign(SECRET, token, DAY)
    assert len(signed) == LENGTH
    assert verify(SECRET, signed, DAY) == token


def test_any_other_letter_leads_nowhere() -> None:
    signed = sign(SECRET, 42, DAY)
    for place in range(LENGTH):
        for letter in LETTERS:
            changed = signed[:place] + letter + signed[place + 1 :]
            assert verify(SECRET, changed, DAY) == (42 if changed == signed else None)


def test_yesterdays_and_another_hospitals_lead_nowhere() -> None:
    assert verify(SECRET, sign(SECRET, 42, DAY), NEXT) is None
    assert verify(SECRET, sign(OTHER, 42, DAY), DAY) is None


def test_no_two_tokens_and_no_two_days_share_one() -> None:
    made = {sign(SECRET, token, day) for token in range(500) for day in (DAY, NEXT)}
    assert len(made) == 1000


@given(st.text(max_size=40))
def test_whatever_else_is_sent_leads_nowhere(text: str) -> None:
    assert verify(SECRET, text, DAY) is None


def test_the_secret_is_made_once_and_is_ours_alone(tmp_path: Path) -> None:
    settings = sqlite_settings(tmp_path / "data" / "hms.db")
    assert find_secret(settings) is None
    made = make_secret(settings)
    assert make_secret(settings) == made == find_secret(settings)
    assert secret_file(settings).stat().st_mode & 0o777 == 0o600


def test_a_secret_that_others_may_read_is_not_used(tmp_path: Path) -> None:
    settings = sqlite_settings(tmp_path / "data" / "hms.db")
    make_secret(settings)
    secret_file(settings).chmod(0o644)
    assert find_secret(settings) is None
