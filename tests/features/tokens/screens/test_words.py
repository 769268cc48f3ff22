"""States, waits and classes in the desk's words."""

from __future__ import annotations

import pytest

from hms.features.tokens.rules import Status, TokenClass
from hms.features.tokens.screens.words import (
    CLASS_KEYS,
    ahead_words,
    class_word,
    state_of,
    status_tone,
    status_word,
    token_line,
    wait_words,
)
from hms.features.tokens.service import start
from tests.support import Hospital


def test_every_state_has_a_word_and_a_colour() -> None:
    """No state reaches the desk as a name from the database."""
    for status in Status:
        assert "_" not in status_word(status.value)
        assert status_tone(status.value) in ("", "call", "good", "warn", "muted")


def test_every_class_has_its_own_key() -> None:
    """One key each, the first letter of what the desk says."""
    assert set(CLASS_KEYS.values()) == set(TokenClass)
    for key, token_class in CLASS_KEYS.items():
        assert class_word(token_class).startswith(key)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [(None, None, "unknown"), (5, None, "unknown"), (5, 5, "5 min"), (0, 12, "0–12 min")],
)
def test_a_wait_is_a_range_or_unknown(low: int | None, high: int | None, words: str) -> None:
    """Never a made-up number."""
    assert wait_words(low, high) == words


def test_people_ahead_in_words() -> None:
    """What the patient asks."""
    assert [ahead_words(n) for n in (None, 0, 1, 7)] == [
        "", "next in line", "1 person ahead", "7 people ahead",
    ]  # fmt: skip


def test_a_called_token_names_its_room(hospital: Hospital) -> None:
    """Where to go stands in the state and in the line of the day."""
    waiting = hospital.token(hospital.issue().id)
    assert state_of(waiting) == "waiting"
    assert "next in line · wait unknown · given 09:00" in token_line(waiting, "UTC")
    called = hospital.called(room="Room 9")
    assert state_of(called) == "called to Room 9"
    assert token_line(called, "UTC").startswith("GM-001  ")
    assert state_of(hospital.do("nils", start, called.id)) == "in Room 9"
