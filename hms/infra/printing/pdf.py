"""The same slips as a PDF, one page each, for where there is no printer."""

from __future__ import annotations

import io
from collections.abc import Sequence

from hms.infra.printing.document import Slip
from hms.infra.printing.escpos import PrintingMissing
from hms.infra.printing.raster import draw_slip
from hms.infra.settings import PrintingSettings

DOTS_PER_INCH = 203.0  # what receipt printers have
MARGIN = 24


def to_pdf(slips: Sequence[Slip], config: PrintingSettings) -> bytes:
    """Return ``slips`` as a PDF of pages as wide as the paper.

    Raises:
        PrintingMissing: Pillow is not installed.
        BadLogo: the configured logo cannot be read.
    """
    try:
        from PIL import ImageOps
    except ImportError:
        raise PrintingMissing("Pillow is not installed") from None
    pages = [ImageOps.expand(draw_slip(slip, config), MARGIN, fill=1) for slip in slips]
    out = io.BytesIO()
    pages[0].save(
        out, "PDF", save_all=True, append_images=pages[1:], resolution=DOTS_PER_INCH, title="slip"
    )
    return out.getvalue()
