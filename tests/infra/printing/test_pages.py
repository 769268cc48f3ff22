"""The same slip in the terminal, as a picture and as a PDF."""

from __future__ import annotations

import shutil

import pytest
from PIL.Image import Image

from hms.infra.printing.document import Logo, QrCode, Rule, Slip, Space, Text, width_of
from hms.infra.printing.fonts import NoFont, font_for
from hms.infra.printing.pdf import to_pdf
from hms.infra.printing.preview import to_text
from hms.infra.printing.raster import draw_slip, pieces_of, reads_left, runs_of
from hms.infra.settings import PrintingSettings
from tests.printer import matrix_of, modules

CONFIG = PrintingSettings("file", "x")
LINK = "http://10.0.0.5:8765/t/AAAAAAAqCwR0m1Q3r8b2u5l9z7xY"
SLIP = Slip(
    (
        Logo(), Text("St. Test", "center"), Space(), Text("GM-042", "center", 6, bold=True),
        Rule(), Text("王小明", "right"), QrCode(LINK),
    )
)  # fmt: skip


def test_the_terminals_frame_is_straight_whatever_the_script() -> None:
    lines = to_text(SLIP, 42).split("\n")
    assert {width_of(line) for line in lines} == {46}
    assert "G M - 0 4 2" in lines[3]
    assert lines[5].endswith("王小明 │")


def test_the_picture_holds_the_code() -> None:
    image = draw_slip(SLIP, CONFIG)
    assert image.width == 512
    dark = [[image.getpixel((x, y)) == 0 for x in range(512)] for y in range(image.height)]
    first = next(y for y in range(image.height - 1, 0, -1) if any(dark[y]))
    for top in range(first, 0, -1):
        if not any(dark[top]):
            break
    assert modules(dark[top + 1 : first + 1]) == [list(row) for row in matrix_of(LINK)]


def test_a_pdf_has_a_page_for_each_slip() -> None:
    data = to_pdf([SLIP, SLIP, SLIP], CONFIG)
    assert data.startswith(b"%PDF-")
    assert data.count(b"/Type /Page\n") + data.count(b"/Type /Page ") == 3


@pytest.mark.skipif(shutil.which("fc-list") is None, reason="no fontconfig on this machine")
def test_a_font_is_found_that_has_the_letters() -> None:
    assert font_for("GM-042").is_file()
    with pytest.raises(NoFont) as missing:
        font_for("\U000fffff")
    assert "U+FFFFF" in missing.value.message


def test_a_font_that_is_configured_is_taken_or_missed() -> None:
    found = font_for("GM")
    assert font_for("GM", str(found)) == found
    with pytest.raises(NoFont):
        font_for("GM", "/nonexistent.ttf")


@pytest.mark.parametrize("text", ["कृपया Room 3 में जाएँ", "অনুগ্রহ করে Room 3-এ যান", "请前往 Room 3"])
def test_a_line_of_two_scripts_is_drawn_with_a_font_for_each(text: str) -> None:
    runs = runs_of(text, "", bold=False)
    assert "".join(run for run, _ in runs) == text
    image = draw_slip(Slip((Text(text),)), CONFIG)
    whole, marks = ink(image), ink(draw_slip(Slip((Text("????? Room 3 ??? ????"),)), CONFIG))
    assert whole != marks


def test_a_room_keeps_its_words_together_among_other_letters() -> None:
    assert pieces_of("براہِ کرم Room 3 تشریف لے") == ["براہِ کرم", " ", "Room 3", " ", "تشریف لے"]
    assert pieces_of("Room 3-এ") == ["Room 3-", "এ"]


def ink(image: Image) -> int:
    return sum(image.convert("L").point(lambda level: level == 0).tobytes())


def test_letters_that_no_font_has_leave_the_rest_of_the_slip() -> None:
    assert draw_slip(Slip((Text("a\U000fffff"),)), CONFIG).height > 0


@pytest.mark.parametrize(
    ("text", "left"), [("abc", False), ("سامان 3", True), ("3 سامان", True), ("12:30", False)]
)
def test_the_first_letter_decides_which_way_a_line_runs(text: str, left: bool) -> None:
    assert reads_left(text, otherwise=False) is left
