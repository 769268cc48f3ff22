"""Letters are as wide as the terminal draws them, so that columns stand below each other."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from hms.kit.cells import cells, measure_as_terminals_do
from hms.kit.tui_text import fit


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("रोगी", 4),  # two letters, two vowel signs that take a cell (wcwidth of glibc)
        ("कमरे", 3),  # the sign above the line takes none
        ("प्रतीक्षा", 7),  # joined letters count one by one
        ("استدعاء", 7),
        ("مُحَمَّد", 4),  # vowel points take none
        ("日本", 4),
        ("GM-042", 6),
    ],
)
def test_width_of_a_word(text: str, width: int) -> None:
    measure_as_terminals_do()
    assert cell_len(text) == width
    assert cell_len(fit(text, 12)) == 12


def test_a_second_call_changes_nothing() -> None:
    measure_as_terminals_do()
    known = cells.load_cell_table
    measure_as_terminals_do()
    assert cells.load_cell_table is known
