"""The slip speaks eleven languages, each wholly."""

from __future__ import annotations

import re

import pytest

from hms.features.tokens.rules import TokenClass
from hms.features.tokens.slip.words import _KEYS, _TEXTS, language_of, say
from tests.house.sources import ROOT


@pytest.mark.parametrize("language", sorted(_TEXTS))
def test_every_language_has_every_phrase_with_its_places(language: str) -> None:
    assert len(_TEXTS[language]) == len(_KEYS)
    for key, english, own in zip(_KEYS, _TEXTS["en"], _TEXTS[language], strict=True):
        assert own.strip(), key
        assert sorted(re.findall(r"\{\w\}|\{room\}", own)) == sorted(
            re.findall(r"\{\w\}|\{room\}", english)
        ), key


def test_the_wall_and_the_slip_speak_the_same_languages() -> None:
    page = (ROOT / "kiosk_display/page/place_words.js").read_text(encoding="utf-8")
    assert set(_TEXTS) == set(re.findall(r"^  (\w\w): \[", page, re.MULTILINE))


def test_every_class_but_the_usual_one_has_its_word() -> None:
    words = {token_class: say("en", token_class.value) for token_class in TokenClass}
    assert [name for name, word in words.items() if not word] == [TokenClass.NORMAL]


def test_the_first_language_that_is_spoken_is_taken() -> None:
    assert language_of(("tlh", "pt-BR", "en")) == "pt"
    assert language_of(()) == "en"
