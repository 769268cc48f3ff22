"""Text of people reaches a widget as text: never as markup, never as an order to the terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual import events

from hms.kit.tui_text import fit, one_line, plain, plain_paste

HOSTILE = ("\x1b[31m", "\x1b]52;c;aGk=\x07", "\x9b5n", "\u202e", "\x00", "\x7f", "\ud800")


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_terminal_obeys_is_replaced(text: str) -> None:
    for made in (plain(text).plain, one_line(text), fit(text, 20)):
        assert not set(text) & set(made) - set("[]0123456789;caGkmn=5")
        assert "\ufffd" in made


def test_markup_stays_what_was_typed() -> None:
    assert plain("[/bold] Zola [@click=x]").plain == "[/bold] Zola [@click=x]"


def test_line_breaks_become_spaces_on_one_line() -> None:
    assert one_line("a\nb\tc\rd") == "a b c d"


@given(st.text(max_size=60), st.integers(0, 40), st.booleans())
def test_a_fitted_text_has_exactly_its_width(text: str, width: int, right: bool) -> None:
    assert cell_len(fit(text, width, right=right)) == width


def test_what_is_cut_off_shows_that_it_was() -> None:
    assert fit("Hohenstein", 6) == "Hohen…"
    assert fit("42", 6, right=True) == "    42"


def test_a_paste_comes_in_on_one_line_without_orders() -> None:
    assert plain_paste(events.Paste("Rao\n\x1b[2JLakshmi")).text == "Rao \ufffd[2JLakshmi"
