"""Slips as a command shows or keeps them: in the terminal, or as a PDF."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hms.kernel.errors import InvalidInput
from hms.kernel.i18n import phrase
from hms.kernel.text import show
from hms.kit.invocation import current
from hms.kit.output import say, show_json

if TYPE_CHECKING:
    from hms.infra.printing.document import Slip


class CannotWrite(InvalidInput):
    """The file of the PDF cannot be written."""

    code = "printing.cannot_write"


def write_pdf(path: Path, slips: Sequence[Slip]) -> None:
    """Write ``slips`` to ``path`` as a PDF; one that exists is replaced.

    Raises:
        CannotWrite: the folder is missing, or may not be written.
        PrintingMissing: Pillow is not installed.
    """
    from hms.infra.printing.pdf import to_pdf

    data = to_pdf(slips, current().settings().printing)
    try:
        path.write_bytes(data)
    except OSError as error:
        raise CannotWrite(
            phrase("{path} cannot be written: {strerror}", path=show(path), strerror=error.strerror)
        ) from error
    if current().json:
        show_json({"file": str(path), "pages": len(slips), "bytes": len(data)})
    else:
        say(
            phrase(
                "{path}: {count} page{value}",
                path=path,
                count=len(slips),
                value="s" if len(slips) > 1 else "",
            )
        )


def show_slips(slips: Sequence[Slip]) -> None:
    """Show ``slips`` as the terminal can; with ``--json`` their fields, lines and drawing."""
    from hms.infra.printing.preview import to_text

    width = current().settings().printing.width_chars
    pictures = [to_text(slip, width) for slip in slips]
    if current().json:
        drawn = zip(slips, pictures, strict=True)
        show_json([{**slip.as_json(), "drawing": said.split("\n")} for slip, said in drawn])
        return
    for picture in pictures:
        sys.stdout.write("\n".join(show(line) for line in picture.split("\n")) + "\n")
