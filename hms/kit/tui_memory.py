"""What Textual would keep of every dialog that was ever open, how it lets go, and how quickly.

A widget remembers its drawn lines in its ``StylesCache``.  Textual 8.2 remembers a pair of
background styles for the last 1,024 of these objects, and with each all lines of a widget that
is long gone: 0.3 MB for every dialog opened and closed, up to 50 MB, and what stood on a screen
stays in memory after the screen, the lock and the next person.  The pair depends on the two
colours only, so remembering it by them alone gives the same and holds nothing else.
"""

from __future__ import annotations

import gc
from functools import lru_cache

from textual._styles_cache import StylesCache
from textual.color import Color
from textual.style import Style

COLOURS_KEPT = 1024
OBJECTS_BETWEEN_SEARCHES = (5_000, 20, 20)  # of each generation; the first takes about 1 ms


@lru_cache(COLOURS_KEPT)
def _backgrounds(base: Color, own: Color) -> tuple[Style, Style]:
    return Style(background=base + own), Style(background=base)


def _of_colours(_lines: StylesCache, base: Color, own: Color) -> tuple[Style, Style]:
    return _backgrounds(base, own)


def let_go_of_closed_screens() -> None:
    """Let Textual remember backgrounds by their colours; done again, it changes nothing."""
    StylesCache.get_inner_outer = _of_colours  # type: ignore[assignment,method-assign]


def search_in_short_steps() -> None:
    """Let Python's search for garbage hold up no key, now that the program has started.

    It would go through 150,000 objects of the start again and again, 50 to 90 ms in which
    no key is answered.  They stay as long as the program does, so they are left out, once:
    what is a screen by then is never found to be garbage.
    """
    if not gc.get_freeze_count():
        gc.freeze()
        gc.set_threshold(*OBJECTS_BETWEEN_SEARCHES)
