"""The wall's words: every language has all of them, and what is shipped is made of them."""

from __future__ import annotations

import importlib.util
from typing import Any

from tests.house.sources import ROOT

LANGUAGES = {"en", "es", "fr", "pt", "de", "hi", "bn", "ar", "ur", "sw", "zh"}
SCRIPTS = {  # a letter of each script that is not Latin
    "hi": ("\u0900", "\u097f"), "bn": ("\u0980", "\u09ff"), "ar": ("\u0600", "\u06ff"),
    "ur": ("\u0600", "\u06ff"), "zh": ("\u4e00", "\u9fff"),
}  # fmt: skip


def catalogues() -> Any:
    """Return the program that makes what is shipped."""
    place = importlib.util.spec_from_file_location("catalogues", ROOT / ".ci/catalogues.py")
    assert place is not None
    assert place.loader is not None
    module = importlib.util.module_from_spec(place)
    place.loader.exec_module(module)
    return module


def test_no_language_lacks_a_word_or_has_other_places_in_it() -> None:
    """Missing, left over, marked as uncertain, or with another {place}: each is named."""
    assert catalogues().faults() == []


def test_every_language_is_there_in_its_own_script() -> None:
    texts = catalogues().translations()
    assert set(texts) == LANGUAGES
    for language, (first, last) in SCRIPTS.items():
        for context, text in texts[language].items():
            own = any(first <= letter <= last for letter in text)
            assert own, f"{language}: {context} is {text!r}"


def test_what_is_shipped_is_what_the_catalogues_say() -> None:
    """Otherwise: python .ci/catalogues.py."""
    for path, text in catalogues().made().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name} is out of date"


def test_a_fault_is_found() -> None:
    """A check that finds nothing would prove nothing."""
    module = catalogues()
    whole = module.translations()
    whole["hi"] = {**whole["hi"], "page.stale": "{x} से", "page.next": " "}
    module.translations = lambda: whole
    assert module.faults() == [
        "hi: page.next has no translation",
        "hi: page.stale has other places than the English text",
    ]
