"""Drawing with Pillow: lines in scripts that no printer has, QR codes, the logo, a whole slip."""

from __future__ import annotations

from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from hms.infra.printing.document import (
    LAST_PLAIN,
    Logo,
    QrCode,
    Rule,
    Slip,
    Space,
    Text,
    fitting_size,
    wrapped,
)
from hms.infra.printing.fonts import NoFont, font_for
from hms.infra.settings import PrintingSettings
from hms.kernel.errors import InvalidInput
from hms.kernel.i18n import phrase
from hms.kernel.text import show

if TYPE_CHECKING:
    from PIL.Image import Image

LETTER_RATIO = 1.9  # height of a line to the width of a letter
SMALLEST_POINTS = 8
QR_ERROR = "m"
QR_QUIET = 4  # modules of white around (ISO/IEC 18004)
LOGO_HEIGHT = 160
LOGO_BYTES = 2_000_000
LOGO_PIXELS = 4_000_000


class BadLogo(InvalidInput):
    """The logo of the configuration is no image that can be printed."""

    code = "printing.bad_logo"
    hint = "see [printing] logo: a PNG or JPEG file of at most 2 MB"


def draw_line(text: str, look: Text, size: int, config: PrintingSettings, *, rtl: bool) -> Image:
    """Return one line as black on white, as wide as the paper.

    Raises:
        NoFont: no font of this machine has its letters.
    """
    from PIL import Image, ImageDraw, ImageFont, features

    height = round(config.width_dots / config.width_chars * LETTER_RATIO * size)
    shaping = features.check("raqm")
    engine = ImageFont.Layout.RAQM if shaping else ImageFont.Layout.BASIC
    runs = runs_of(text, config.font, bold=look.bold)
    ways = [("rtl" if reads_left(run, rtl) else "ltr") if shaping else None for run, _ in runs]
    points = round(height * 0.72)
    while True:
        fonts = [ImageFont.truetype(str(path), points, layout_engine=engine) for _, path in runs]
        parts = list(zip((run for run, _ in runs), fonts, ways, strict=True))
        widths = [font.getlength(run, direction=way) for run, font, way in parts]
        width = ceil(sum(widths))
        if width <= config.width_dots or points <= SMALLEST_POINTS:
            break
        points = max(SMALLEST_POINTS, min(points - 1, int(points * config.width_dots / width)))
    image = Image.new("1", (config.width_dots, height), 1)
    free = max(0, config.width_dots - width)
    x = float({"left": 0, "center": free // 2, "right": free}[look.align])
    pen = ImageDraw.Draw(image)
    pen.fontmode = "1"
    shown = list(zip(parts, widths, strict=True))
    for (run, font, way), wide in reversed(shown) if rtl else shown:
        up, down = font.getmetrics()
        pen.text((x, (height - up - down) // 2), run, font=font, fill=0, direction=way)
        x += wide
    return image


def runs_of(text: str, wanted: str, *, bold: bool) -> list[tuple[str, Path]]:
    """Return a line as pieces with the font of each: one where a font has all of it.

    Otherwise it is parted where a script that is always drawn meets Latin letters
    or digits, for few fonts of the one have the other.

    Raises:
        NoFont: no font has the letters of a piece.
    """
    try:
        return [(text, font_for(text, wanted, bold=bold))]
    except NoFont:
        if wanted or len(text) < 2:
            raise
    runs: list[tuple[str, Path]] = []
    for piece in pieces_of(text):
        near = runs[-1][1] if piece.isspace() and runs else font_for(piece, bold=bold)
        runs.append((piece, near))
    if len(runs) < 2:
        raise NoFont(phrase("no font on this machine has the letters of {text}", text=text[:20]))
    return runs


def pieces_of(text: str) -> list[str]:
    """Part a line where scripts meet; the space between two scripts is a piece of its own."""
    found: list[tuple[str, str]] = []  # kind, text
    for char in text:
        kind = "space" if char.isspace() else "drawn" if ord(char) >= LAST_PLAIN else "plain"
        if found and found[-1][0] == kind:
            found[-1] = (kind, found[-1][1] + char)
        elif len(found) > 1 and found[-1][0] == "space" and found[-2][0] == kind:
            (_, space), (_, before) = found.pop(), found.pop()
            found.append((kind, before + space + char))
        else:
            found.append((kind, char))
    return [piece for _, piece in found]


def qr_image(data: str, config: PrintingSettings) -> Image:
    """Return a QR code about half as wide as the paper."""
    import segno
    from PIL import Image

    matrix = segno.make(data, error=QR_ERROR, micro=False, boost_error=False).matrix
    modules = len(matrix) + 2 * QR_QUIET
    scale = max(2, config.width_dots // 2 // modules)
    image = Image.new("1", (config.width_dots, modules * scale), 1)
    x0 = (config.width_dots - modules * scale) // 2
    for row, cells in enumerate(matrix):
        for column, dark in enumerate(cells):
            if dark:
                x, y = x0 + (column + QR_QUIET) * scale, (row + QR_QUIET) * scale
                image.paste(0, (x, y, x + scale, y + scale))
    return image


def logo_image(config: PrintingSettings) -> Image | None:
    """Return the logo, None when none is configured.

    Raises:
        BadLogo: the file is no image, or far too large.
    """
    from PIL import Image, UnidentifiedImageError

    if not config.logo:
        return None
    path = Path(config.logo)
    try:
        if path.stat().st_size > LOGO_BYTES:
            raise BadLogo(phrase("{path} is larger than 2 MB", path=show(path)))
        with Image.open(path, formats=("PNG", "JPEG", "GIF", "BMP")) as file:
            if file.width * file.height > LOGO_PIXELS:
                raise BadLogo(
                    phrase(
                        "{path} has more than {logo_pixels} megapixels",
                        path=show(path),
                        logo_pixels=LOGO_PIXELS // 1_000_000,
                    )
                )
            seen = file.convert("RGBA")
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise BadLogo(phrase("{path} cannot be read as an image", path=show(path))) from error
    page = Image.new("RGBA", seen.size, "white")
    page.alpha_composite(seen)
    page.thumbnail((config.width_dots, LOGO_HEIGHT))
    image = Image.new("1", (config.width_dots, page.height), 1)
    image.paste(page.convert("1"), ((config.width_dots - page.width) // 2, 0))
    return image


def draw_slip(slip: Slip, config: PrintingSettings) -> Image:
    """Return the whole slip as one picture, for a PDF or to look at."""
    from PIL import Image

    strips = [strip for item in slip.items for strip in _strips(item, slip, config)]
    height = sum(strip.height for strip in strips)
    page = Image.new("1", (config.width_dots, max(1, height)), 1)
    y = 0
    for strip in strips:
        page.paste(strip, (0, y))
        y += strip.height
    return page


def _strips(
    item: Text | Rule | Space | QrCode | Logo, slip: Slip, config: PrintingSettings
) -> list[Image]:
    from PIL import Image

    line = round(config.width_dots / config.width_chars * LETTER_RATIO)
    if isinstance(item, Text):
        size = fitting_size(item, config.width_chars)
        return [
            draw_or_mark(text, item, size, config, rtl=reads_left(text, slip.right_to_left))
            for text in wrapped(item, config.width_chars)
        ]
    if isinstance(item, QrCode):
        return [qr_image(item.data, config)]
    if isinstance(item, Logo):
        logo = logo_image(config)
        return [] if logo is None else [logo]
    strip = Image.new("1", (config.width_dots, line), 1)
    if isinstance(item, Rule):
        strip.paste(0, (0, line // 2, config.width_dots, line // 2 + 2))
    return [strip]


def draw_or_mark(text: str, look: Text, size: int, config: PrintingSettings, *, rtl: bool) -> Image:
    """Draw a line; letters that no font has become question marks, so that the rest is printed."""
    try:
        return draw_line(text, look, size, config, rtl=rtl)
    except NoFont:
        marked = "".join(char if char.isascii() else "?" for char in text)
        return draw_line(marked, look, size, config, rtl=False)


def reads_left(text: str, otherwise: bool) -> bool:
    """Return whether a line is read from right to left: its first letter decides (UAX 9, P2)."""
    import unicodedata

    for char in text:
        kind = unicodedata.bidirectional(char)
        if kind in ("R", "AL"):
            return True
        if kind == "L":
            return False
    return otherwise
