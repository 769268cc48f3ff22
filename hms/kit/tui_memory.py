"""What Textual would keep of every dialog that was ever open, and how it lets go.

A widget remembers its drawn lines in its ``StylesCache``.  Textual 8.2 remembers a pair of
background styles for the last 1,024 of these objects, and with each all lines of a widget that
is long gone: 0.3 MB for every dialog opened and closed, up to 50 MB, and what stood on a screen
stays in memory after the screen, the lock and the next person.  The pair depends on the two
colours only, so remembering it by them alone gives the same and holds nothing else.
"""

from __future__ import annotations

from functools import lru_cache

from textual._styles_cache import StylesCache
from textual.color import Color
from textual.style import Style

COLOURS_KEPT = 1024


@lru_cache(COLOURS_KEPT)
def _backgrounds(base: Color, own: Color) -> tuple[Style, Style]:
    return Style(background=base + own), Style(background=base)


def _of_colours(_lines: StylesCache, base: Color, own: Color) -> tuple[Style, Style]:
    return _backgrounds(base, own)


def let_go_of_closed_screens() -> None:
    """Let Textual remember backgrounds by their colours; done again, it changes nothing."""
    StylesCache.get_inner_outer = _of_colours  # type: ignore[assignment,method-assign]
