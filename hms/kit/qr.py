"""A QR code as text: two rows of modules in each line of half blocks."""

from __future__ import annotations

QUIET_MODULES = 2  # readers ask for four, and are content with two
_BLOCKS = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}


def qr_lines(content: str) -> list[str]:
    """Return the QR code of ``content``: blocks are dark, to be drawn black on white."""
    import segno

    code = segno.make(content, error="l", boost_error=False, micro=False)
    rows = [[bool(dark) for dark in row] for row in code.matrix_iter(border=QUIET_MODULES)]
    rows += [[False] * len(rows[0])] * (len(rows) % 2)
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return ["".join(_BLOCKS[pair] for pair in zip(up, down, strict=True)) for up, down in pairs]
