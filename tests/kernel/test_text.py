"""Text is checked on the way in and harmless on the way out."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hms.kernel.errors import InvalidInput
from hms.kernel.text import clean, fold, show

HOSTILE = [
    "\x1b]52;c;cm0gLXJmIC8=\x07",
    "\x1b[2J",
    "\x9b31m",
    "\x90q\x9c",
    "bell\x07",
    "null\x00",
    "del\x7f",
    "a\u202eb",
    "a\u2066b",
    "a\u200fb",
    "a\u200bb",
    "\ufeffa",
    "\ud800",
    "a\udc41",
    "tag\U000e0041",
    "line\nbreak",
    "\u2063hidden",
]
KEPT = [
    "[/bold]", "[@click=app.quit]x[/]", "<script>alert(1)</script>", "' OR 1=1 --", "=1+1",
    "Σοφία Παπαδοπούλου", "محمد علی", "सुनीता शर्मा", "王小明", "O'Brien-Smith, Jr.", "👩‍⚕️ Ann",
    "Nguyễn Thị Ánh",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_what_a_terminal_would_obey_is_refused_by_its_field(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        clean(text, field="name")
    assert refused.value.field == "name"
    assert refused.value.message.isprintable()


@pytest.mark.parametrize("text", KEPT)
def test_every_script_and_what_only_looks_dangerous_is_kept(text: str) -> None:
    assert clean(text, field="name") == unicodedata.normalize("NFC", text)


def test_spaces_are_made_single_and_outer_ones_go() -> None:
    assert clean("  Ann \t  Lee ", field="name") == "Ann Lee"


def test_text_is_kept_in_one_form() -> None:
    assert clean("Jose\u0301", field="name") == "Jos\u00e9"


@pytest.mark.parametrize("text", ["x" * 201, "x" * 10_000, "e\u0301" * 300])
def test_too_long_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="too long"):
        clean(text, field="name", max_length=200)


def test_length_is_of_what_is_kept() -> None:
    assert len(clean("e\u0301" * 200, field="name", max_length=200)) == 200


@pytest.mark.parametrize("empty", ["", "  ", "\t", "\u200d"])
def test_empty_is_refused_where_something_is_needed(empty: str) -> None:
    assert clean(empty, field="name") == ""
    with pytest.raises(InvalidInput, match="name is empty"):
        clean(empty, field="name", required=True)


@given(st.text(max_size=60))
def test_what_was_cleaned_is_clean(text: str) -> None:
    try:
        kept = clean(text, field="x")
    except InvalidInput:
        return
    assert clean(kept, field="x") == kept
    assert show(kept) == kept


@given(st.text())
def test_what_is_shown_has_nothing_that_a_terminal_obeys(text: str) -> None:
    shown = show(text)
    assert not any(unicodedata.category(c) in ("Cc", "Cs") for c in shown)
    assert len(shown) == len(text)


@given(st.one_of(st.none(), st.integers(), st.floats(), st.binary(max_size=9)))
def test_anything_can_be_shown(value: object) -> None:
    assert isinstance(show(value), str)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("José Núñez-Ortiz", "jose nunez ortiz"),
        ("ŁÓDŹ", "lodz"),
        ("Straße", "strasse"),
        ("O'Brien", "o brien"),
        ("٠١٢ ۳۴", "012 34"),
        ("  A  B ", "a b"),
        ("İstanbul", "istanbul"),
        ("", ""),
    ],
)
def test_what_is_compared_has_no_case_and_no_diacritics(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(max_size=40))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
