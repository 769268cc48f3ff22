"""A slip as the bytes that ESC/POS printers understand, made by python-escpos.

A line goes as letters where a code page of the printer has them all, and as a
picture otherwise: scripts that join or run from right to left are drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hms.infra.printing import raster
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
from hms.infra.settings import PrintingSettings
from hms.kernel.errors import InvalidInput, Unavailable
from hms.kernel.i18n import phrase
from hms.kernel.text import show

if TYPE_CHECKING:
    from PIL.Image import Image

INITIALISE = b"\x1b@"
_ALSO_PLAIN = range(0x2000, 0x20D0)  # dashes, quotation marks, the euro


class PrinterUnknown(InvalidInput):
    """The configuration names a model or a code page that python-escpos does not know."""

    code = "printing.unknown_printer"
    hint = "see [printing] profile and codepage in docs/printing.md"


class PrintingMissing(Unavailable):
    """The packages for printing are not installed."""

    code = "printing.missing"
    hint = "install them: pip install 'hms[print]'"


def to_bytes(slips: Sequence[Slip], config: PrintingSettings) -> bytes:
    """Return ``slips`` as the printer of ``config`` is told them, each with its cut.

    Raises:
        PrinterUnknown: the configured model or code page does not exist.
        PrintingMissing: python-escpos is not installed.
        BadLogo: the configured logo cannot be read.
    """
    writer = _Writer(config)
    for slip in slips:
        writer.write(slip)
    return INITIALISE + writer.out


class _Writer:
    def __init__(self, config: PrintingSettings) -> None:
        try:
            from escpos.magicencode import Encoder, MagicEncode
            from escpos.printer import Dummy
        except ImportError:
            raise PrintingMissing("python-escpos is not installed") from None
        self._config = config
        try:
            self._printer: Any = Dummy(profile=config.profile)
            self._tell_width()
            pages = self._printer.profile.get_code_pages()
            if config.codepage:
                name = Encoder(pages).get_encoding_name(config.codepage)
                pages = {name: pages[name]}
        except (KeyError, ValueError) as error:
            known = f"{show(config.profile)} {show(config.codepage)}".strip()
            raise PrinterUnknown(phrase("no printer is known as {known}", known=known)) from error
        self._encoder = Encoder(pages)
        self._printer.magic = MagicEncode(self._printer, encoder=self._encoder)

    @property
    def out(self) -> bytes:
        return bytes(self._printer.output)

    def _tell_width(self) -> None:
        """Say how wide the paper is: where a profile does not, every image complains."""
        profile = self._printer.profile
        media = {"width": {"mm": "Unknown", "pixels": self._config.width_dots}}
        profile.profile_data = {**profile.profile_data, "media": media}

    def write(self, slip: Slip) -> None:
        for item in slip.items:
            if isinstance(item, Text):
                self._text(item, slip)
            elif isinstance(item, QrCode):
                self._qr(item.data)
            elif isinstance(item, Logo):
                logo = raster.logo_image(self._config)
                if logo is not None:
                    self._image(logo)
            elif isinstance(item, Rule):
                self._plain("-" * self._config.width_chars, "left", 1, bold=False)
            elif isinstance(item, Space):
                self._plain("", "left", 1, bold=False)
        self._printer.cut()

    def _text(self, item: Text, slip: Slip) -> None:
        size = fitting_size(item, self._config.width_chars)
        for text in wrapped(item, self._config.width_chars):
            if self._has(text):
                self._plain(text, item.align, size, bold=item.bold)
            else:
                rtl = raster.reads_left(text, slip.right_to_left)
                self._image(raster.draw_or_mark(text, item, size, self._config, rtl=rtl))

    def _has(self, text: str) -> bool:
        return all(
            char.isascii()
            or (
                (ord(char) < LAST_PLAIN or ord(char) in _ALSO_PLAIN)
                and self._encoder.find_suitable_encoding(char) is not None
            )
            for char in text
        )

    def _plain(self, text: str, align: str, size: int, *, bold: bool) -> None:
        self._printer.set(align=align, bold=bold, custom_size=True, width=size, height=size)
        self._printer.text(f"{text}\n")

    def _image(self, image: Image) -> None:
        self._printer.set(align="left")
        self._printer.image(image)

    def _qr(self, data: str) -> None:
        if self._config.qr == "raster":
            self._image(raster.qr_image(data, self._config))
            return
        self._printer.set(align="center")
        self._printer.qr(data, ec=1, size=6, native=True)  # 1: medium, as we draw it
        self._printer.set(align="left")
