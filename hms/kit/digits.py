"""A token's code five rows high, readable across the desk."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from hms.kit.tui_text import one_line

ROWS = 5

# Five rows of pixels a glyph, written as the rows of a 3 × 5 (or 5 × 5) bitmap.
_PIXELS = {
    "0": "111 101 101 101 111", "1": "010 110 010 010 111", "2": "111 001 111 100 111",
    "3": "111 001 111 001 111", "4": "101 101 111 001 001", "5": "111 100 111 001 111",
    "6": "111 100 111 101 111", "7": "111 001 001 010 010", "8": "111 101 111 101 111",
    "9": "111 101 111 001 111", "A": "010 101 111 101 101", "B": "110 101 110 101 110",
    "C": "111 100 100 100 111", "D": "110 101 101 101 110", "E": "111 100 110 100 111",
    "F": "111 100 110 100 100", "G": "0111 1000 1011 1001 0111", "H": "101 101 111 101 101",
    "I": "111 010 010 010 111", "J": "001 001 001 101 111", "K": "101 101 110 101 101",
    "L": "100 100 100 100 111", "M": "10001 11011 10101 10001 10001",
    "N": "1001 1101 1011 1001 1001", "O": "111 101 101 101 111", "P": "111 101 111 100 100",
    "Q": "1110 1010 1010 1110 0011", "R": "110 101 110 101 101", "S": "111 100 111 001 111",
    "T": "111 010 010 010 010", "U": "101 101 101 101 111", "V": "101 101 101 101 010",
    "W": "10001 10001 10101 11011 10001", "X": "101 101 010 101 101",
    "Y": "101 101 010 010 010", "Z": "111 001 010 100 111", "-": "00 00 11 00 00",
    " ": "00 00 00 00 00",
}  # fmt: skip


def big(code: str, *, pixel: int = 2) -> list[str]:
    """Return ``code`` as ``ROWS`` lines of blocks, ``pixel`` cells wide a dot.

    Characters without a glyph are left out.
    """
    glyphs = [_PIXELS[c].split() for c in code.upper() if c in _PIXELS]
    gap = " " * pixel
    return [
        gap.join("".join("█" * pixel if d == "1" else " " * pixel for d in g[row]) for g in glyphs)
        for row in range(ROWS)
    ]


class BigCode(Widget):
    """Shows ``code`` as large as its width allows, otherwise in plain bold."""

    DEFAULT_CSS = "BigCode { height: 5; width: 1fr; color: $hms-text; }"

    code: reactive[str] = reactive("")

    def __init__(
        self,
        code: str = "",
        *,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.set_reactive(BigCode.code, code)

    def render(self) -> Content:
        """Return the lines."""
        for pixel in (2, 1):
            lines = big(self.code, pixel=pixel)
            if cell_len(lines[0]) <= self.size.width:
                return Content("\n".join(lines))
        return Content.styled(one_line(self.code), "bold")
