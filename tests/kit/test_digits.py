"""A token's code stands five rows high."""

from __future__ import annotations

import string

import pytest
from textual.app import ComposeResult

from hms.kit.base import HmsScreen
from hms.kit.digits import ROWS, BigCode, big
from tests.kit.screens import OneScreen, shown


def test_every_letter_and_digit_of_a_code_is_five_rows_of_equal_width() -> None:
    for character in string.ascii_uppercase + string.digits + "-":
        rows = big(character)
        assert len(rows) == ROWS
        assert len({len(row) for row in rows}) == 1
        assert "█" in "".join(rows)


def test_no_two_characters_look_the_same_but_o_and_zero() -> None:
    glyphs: dict[str, str] = {}
    for character in string.ascii_uppercase + string.digits:
        glyphs.setdefault("\n".join(big(character)), character)
    assert set(string.ascii_uppercase + string.digits) - set(glyphs.values()) <= set("01OIS5BZ2")


def test_a_code_of_six_characters_fits_beside_the_state_at_80_columns() -> None:
    assert len(big("GM-042")[0]) <= 51


class Large(HmsScreen[None]):
    def __init__(self, code: str) -> None:
        super().__init__()
        self.code = code

    def compose_body(self) -> ComposeResult:
        yield BigCode(self.code)


@pytest.mark.asyncio
@pytest.mark.parametrize(("code", "blocks"), [("GM-042", "██"), ("PHARMACY-123456", "█")])
async def test_a_long_code_gets_narrower_blocks(code: str, blocks: str) -> None:
    app = OneScreen(Large(code))
    async with app.run_test(size=(80, 24)):
        assert blocks in shown(app)
        assert code not in shown(app)
