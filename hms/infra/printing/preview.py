"""A slip as a terminal shows it: a frame as wide as the paper, the QR code in half blocks."""

from __future__ import annotations

from hms.infra.printing.document import Logo, QrCode, Rule, Slip, Space, Text, width_of, wrapped
from hms.infra.printing.raster import QR_ERROR


def to_text(slip: Slip, width_chars: int) -> str:
    """Return the slip as lines of ``width_chars`` characters inside a frame."""
    lines = [line for item in slip.items for line in _lines(item, width_chars)]
    edge = "─" * (width_chars + 2)
    body = [f"│ {line}{' ' * (width_chars - width_of(line))} │" for line in lines]
    return "\n".join([f"┌{edge}┐", *body, f"└{edge}┘"])


def _lines(item: Text | Rule | Space | QrCode | Logo, width: int) -> list[str]:
    if isinstance(item, Text):
        spread = [_spread(line, item, width) for line in wrapped(item, width)]
        return [_placed(line, item.align, width) for line in spread]
    if isinstance(item, Rule):
        return ["-" * width]
    if isinstance(item, Space):
        return [""]
    if isinstance(item, Logo):
        return []
    return [_placed(line, "center", width) for line in _qr(item.data)]


def _spread(line: str, item: Text, width: int) -> str:
    """Show large letters by space between them, where there is room for it."""
    wide = " ".join(line)
    return wide if item.size > 2 and len(wide) <= width else line


def _placed(line: str, align: str, width: int) -> str:
    free = max(0, width - width_of(line))
    before = {"left": 0, "center": free // 2, "right": free}[align]
    return " " * before + line


def _qr(data: str) -> list[str]:
    import segno

    code = segno.make(data, error=QR_ERROR, micro=False, boost_error=False)
    rows = [[bool(cell) for cell in row] for row in code.matrix_iter(border=1)]
    rows += [[False] * len(rows[0])] if len(rows) % 2 else []
    blocks = {(True, True): " ", (True, False): "▄", (False, True): "▀", (False, False): "█"}
    return [
        "".join(blocks[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(rows[::2], rows[1::2], strict=True)
    ]
