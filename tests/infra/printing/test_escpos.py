"""The bytes of a slip, decoded back to what stands on it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from hms.infra.printing.document import Logo, QrCode, Rule, Slip, Space, Text
from hms.infra.printing.escpos import PrinterUnknown, to_bytes
from hms.infra.printing.raster import BadLogo
from hms.infra.settings import PrintingSettings
from tests.printer import Decoder, Paper, matrix_of

LINK = "http://10.0.0.5:8765/t/AAAAAAAqCwR0m1Q3r8b2u5l9z7xY"


def printed(*items: Any, rtl: bool = False, **config: Any) -> Paper:
    decoder = Decoder()
    decoder.read(to_bytes([Slip(items, rtl)], PrintingSettings(driver="file", **config)))
    [slip] = decoder.slips
    return slip


@pytest.mark.parametrize(
    "text", ["GM-042", "Zürich naïve", "Łódź", "Привет", "Ελλάδα", "12 € – “q”", "São"]
)
def test_letters_that_the_printer_has_arrive_as_letters(text: str) -> None:
    slip = printed(Text(text))
    assert (slip.lines, slip.pictures) == ([text], [])


@pytest.mark.parametrize("text", ["سامان", "अनिता", "王小明", "ঢাকা", "שלום"])
def test_other_scripts_are_drawn(text: str) -> None:
    slip = printed(Text(text, "center"))
    assert slip.lines == []
    [picture] = slip.pictures
    assert sum(cell for row in picture for cell in row) > 50
    assert len(picture[0]) == 512


def test_a_printer_with_one_code_page_gets_the_rest_drawn() -> None:
    assert printed(Text("Zürich"), codepage="CP437").lines == ["Zürich"]
    assert printed(Text("Łódź"), codepage="CP437").lines == []


def test_a_line_from_right_to_left_stands_on_the_right() -> None:
    [left] = printed(Text("سامان", "left")).pictures
    [right] = printed(Text("سامان", "right")).pictures
    assert first_column(left) < 20 < first_column(right)


def first_column(picture: list[list[bool]]) -> int:
    return min(x for row in picture for x, cell in enumerate(row) if cell)


def test_large_letters_shrink_until_the_word_fits() -> None:
    assert printed(Text("GM-042", size=6)).sizes == [6]
    assert printed(Text("ABCDEFGH-123456", size=6)).sizes == [2]


def test_long_lines_break_between_words() -> None:
    lines = printed(Text("one two three four five six seven eight nine ten eleven")).lines
    assert [len(line) <= 42 for line in lines] == [True, True]


def test_the_codes_modules_are_those_of_the_address() -> None:
    assert printed(QrCode(LINK)).qr() == matrix_of(LINK)
    assert printed(QrCode(LINK), width_dots=384, width_chars=32).qr() == matrix_of(LINK)


def test_a_printer_may_draw_the_code_itself() -> None:
    slip = printed(QrCode(LINK), qr="native")
    assert (slip.codes, slip.pictures) == ([LINK], [])


def test_nothing_in_a_name_reaches_the_printer_as_a_command() -> None:
    slip = printed(Text("a\x1b@\x1dV\x00b"))
    assert (slip.lines, len(slip.pictures)) == ([], 1)  # drawn, with marks for what it was


def test_rule_and_space() -> None:
    assert printed(Rule(), Space(), width_chars=20).lines == ["-" * 20, ""]


def test_a_logo_is_drawn_and_a_bad_one_refused(tmp_path: Path) -> None:
    good, bad = tmp_path / "logo.png", tmp_path / "bad.png"
    Image.new("RGB", (900, 300), "black").save(good)
    bad.write_text("no image")
    [picture] = printed(Logo(), logo=str(good)).pictures
    assert (len(picture[0]), len(picture)) == (512, 160)
    for wrong in (bad, tmp_path / "none.png"):
        with pytest.raises(BadLogo):
            printed(Logo(), logo=str(wrong))


@pytest.mark.parametrize("config", [{"profile": "no such"}, {"codepage": "CP9999"}])
def test_a_printer_nobody_knows_is_refused(config: dict[str, Any]) -> None:
    with pytest.raises(PrinterUnknown):
        printed(Text("x"), **config)


def test_each_slip_is_cut() -> None:
    decoder = Decoder()
    slip = Slip((Text("x"),))
    decoder.read(to_bytes([slip, slip, slip], PrintingSettings(driver="file")))
    assert [one.lines for one in decoder.slips] == [["x"]] * 3
