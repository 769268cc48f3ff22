"""How wide a letter is: Hindi and other Indic vowel signs take the cell that terminals give them.

Rich counts every combining mark as no cell.  xterm, GNOME's terminal, PuTTY, tmux and the C
library count a *spacing* mark (Unicode category Mc, as in रोगी) as one, so that each such letter
would shift the rest of its line (docs/decisions/languages.md).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from rich import cells as rich_cells
from rich._unicode_data import load

cells: Any = rich_cells


def measure_as_terminals_do() -> None:
    """Count spacing marks as one cell in this process; a second call changes nothing."""
    if cells.load_cell_table is not _table:
        cells.load_cell_table = _table
        cells.get_character_cell_size.cache_clear()
        cells.cached_cell_len.cache_clear()


@lru_cache(maxsize=2)
def _table(version: str = "auto") -> rich_cells.CellTable:
    told = load(version)
    widths = tuple(part for entry in told.widths for part in _without_spacing_marks(*entry))
    return rich_cells.CellTable(told.unicode_version, widths, told.narrow_to_wide)


def _without_spacing_marks(start: int, end: int, width: int) -> Iterator[tuple[int, int, int]]:
    """Give the ranges of ``start`` to ``end`` that hold no spacing mark: the rest is one cell."""
    if width or end - start > 0x400:  # the one long range holds variation selectors and tags
        yield start, end, width
        return
    first = start
    for point in range(start, end + 1):
        if unicodedata.category(chr(point)) == "Mc":
            if first < point:
                yield first, point - 1, width
            first = point + 1
    if first <= end:
        yield first, end, width
