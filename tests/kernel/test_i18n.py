"""Text for people: English in itself, in another language where a face shows it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import ClassVar

import pytest

from hms.kernel import i18n
from hms.kernel.errors import Refused
from hms.kernel.i18n import Phrase, counted, joined, msgid, phrase, tr, tr_phrase, word


class Backwards:
    """A language of which three texts are known."""

    KNOWN: ClassVar[dict[object, str]] = {
        "{code} goes to {place}": "{place} <- {code}",
        "Room {n}": "{n} mooR",
        "Save": "evaS",
        ("key", "Save"): "eva",
        ("word", "busy"): "ysub",
    }

    def gettext(self, message: str) -> str:
        return self.KNOWN.get(message, message)

    def pgettext(self, context: str, message: str) -> str:
        return self.KNOWN.get((context, message), message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"{msgid1}/{msgid2}" if n == 2 else msgid1


@pytest.fixture
def _backwards() -> Iterator[None]:
    i18n.use(Backwards())
    yield
    i18n.use(None)


def test_it_is_english_in_itself() -> None:
    """A log, JSON and the audit get the same text as before there were languages."""
    said = phrase("{code} goes to {place}", code="GM-042", place=phrase("Room {n}", n=3))
    assert said == "GM-042 goes to Room 3"
    assert json.dumps(said) == '"GM-042 goes to Room 3"'
    assert tr(said) is said
    assert counted("{count} person", "{count} people", 1) == "1 person"
    assert counted("{count} person", "{count} people", 2) == "2 people"
    assert word("busy") == "busy"
    assert msgid("{code} left") == "{code} left"


@pytest.mark.usefixtures("_backwards")
def test_a_face_shows_it_in_the_language_with_its_values_in_the_language_s_order() -> None:
    said = phrase("{code} goes to {place}", code="GM-042", place=phrase("Room {n}", n=3))
    assert tr(said) == "3 mooR <- GM-042"
    assert tr(joined(" · ", [said, phrase("Room {n}", n=4)])) == "3 mooR <- GM-042 · 4 mooR"
    assert tr(counted("{count} a", "{count} b", 2)) == "2 a/2 b"
    assert tr("Save") == "evaS"
    assert tr("Save", "key") == "eva"
    assert tr(word("busy")) == "ysub"
    assert tr("nothing of the kind") == "nothing of the kind"
    assert tr("") == ""


@pytest.mark.usefixtures("_backwards")
def test_data_is_never_translated() -> None:
    """A patient may be called Save."""
    assert tr_phrase("Save") == "Save"
    assert tr(phrase("{code} goes to {place}", code="Save", place="{n}")) == "{n} <- Save"


@pytest.mark.usefixtures("_backwards")
def test_an_error_keeps_its_english_for_programs() -> None:
    error = Refused(phrase("Room {n}", n=3))
    assert error.as_dict()["message"] == "Room 3"
    assert tr(error.message) == "3 mooR"
    assert isinstance(error.message, Phrase)
