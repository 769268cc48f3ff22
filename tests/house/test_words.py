"""The catalogues of the desks and the command line: nothing missing, nothing cut, nothing stale."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest

from tests.house.sources import ROOT

HINT = "run: python .ci/desk_catalogues.py --missing, then translate (docs/languages.md)"
LANGUAGES = ("ar", "es", "hi")


@pytest.fixture(scope="module")
def catalogues() -> Any:
    """Return the program that keeps the catalogues."""
    sys.path.insert(0, str(ROOT / ".ci"))
    try:
        import desk_catalogues  # type: ignore[import-not-found]
    finally:
        sys.path.remove(str(ROOT / ".ci"))
    return desk_catalogues


def test_every_word_has_a_translation(catalogues: Any) -> None:
    assert tuple(catalogues.languages()) == LANGUAGES
    for language in LANGUAGES:
        gone = [f"{word.file}: {word.text!r}" for word in catalogues.missing(language)]
        assert not gone, f"{language}: {gone}; {HINT}"


def test_places_keys_and_room_are_those_of_the_english_text(catalogues: Any) -> None:
    """Also: no format string with words stands where a person reads it."""
    assert not catalogues.faults()


def test_what_the_program_reads_is_what_the_catalogues_say(catalogues: Any) -> None:
    for language in LANGUAGES:
        compiled = io.BytesIO()
        catalogues.write_mo(compiled, catalogues.current(language))
        file = catalogues.LOCALE / f"{language}.mo"
        assert file.read_bytes() == compiled.getvalue(), f"{file.name} is out of date; {HINT}"


def test_a_fault_is_found(catalogues: Any) -> None:
    """A check that finds nothing would prove nothing."""
    word, found = catalogues.Word, catalogues._faults_of
    assert found(word("{code} left"), "se fue") == ["has other places"]
    assert found(word("F4 calls"), "F5 llama") == ["names other keys, options or codes"]
    assert found(word("Next", "key"), "siguiente")
    assert found(word("Wait", "column", room=4), "espera")
    assert not found(word("{code} left"), "{code} se fue")
