"""The only way text of people or files gets onto a screen: shown, never obeyed.

A patient named ``[/bold]`` would crash a widget that reads markup, one with an
escape sequence would drive the terminal (trust.md 3.4).
"""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size
from textual import events
from textual.content import Content

from hms.kernel.i18n import tr_phrase
from hms.kernel.text import show

_LINE_BREAKS = str.maketrans({"\r": " ", "\n": " ", "\t": " ", "\v": " ", "\f": " "})


def plain(value: object, style: str = "") -> Content:
    """Return ``value`` as content without markup; ``style`` is ours, never a user's."""
    text = show(tr_phrase(value))
    return Content.styled(text, style) if style else Content(text)


def one_line(value: object) -> str:
    """Return ``value`` as harmless text on one line."""
    value = tr_phrase(value)
    text = value if isinstance(value, str) else str(value)
    return show(text.translate(_LINE_BREAKS))


def fit(value: object, width: int, *, right: bool = False) -> str:
    """Return ``value`` in exactly ``width`` cells; what is cut off ends in an ellipsis."""
    text = one_line(value)
    if width <= 0:
        return ""
    length = cell_len(text)
    if length > width:
        return set_cell_size(set_cell_size(text, width - 1).rstrip() + "…", width)
    return " " * (width - length) + text if right else text + " " * (width - length)


def plain_paste(event: events.Paste) -> events.Paste:
    """Return ``event`` with its text on one line and without characters a terminal obeys."""
    event.text = one_line(event.text)
    return event
