"""A dialog that was closed leaves nothing behind: neither its widgets nor what they showed."""

from __future__ import annotations

import gc
import subprocess
import sys
from functools import _lru_cache_wrapper

import pytest
from textual._styles_cache import StylesCache
from textual.color import Color

from hms.kit import tui_memory
from hms.kit.base import HmsScreen
from hms.kit.modals import Answer, Ask
from tests.kit.screens import OneScreen


def kept() -> int:
    """Return how many widgets' drawn lines are in memory."""
    gc.collect()
    return sum(isinstance(one, StylesCache) for one in gc.get_objects())


@pytest.mark.asyncio
async def test_closed_dialogs_keep_no_line() -> None:
    app = OneScreen(HmsScreen())
    async with app.run_test() as pilot:
        seen = []
        for _ in range(6):
            app.push_screen(Ask("Call Lakshmi Rao?", [Answer("y", "call", "yes")]))
            await pilot.pause()
            await pilot.press("escape")
            await pilot.pause()
            seen.append(kept())
        assert seen[-1] == seen[1]


def test_the_backgrounds_are_those_of_textual() -> None:
    base, own = Color(10, 20, 30), Color(200, 100, 50, 0.5)
    inner, outer = StylesCache().get_inner_outer(base, own)
    assert inner.background == base + own
    assert outer.background == base


def test_they_are_remembered_within_a_bound() -> None:
    assert isinstance(tui_memory._backgrounds, _lru_cache_wrapper)
    assert tui_memory._backgrounds.cache_info().maxsize == tui_memory.COLOURS_KEPT


_PACE = """
import gc
from hms.kit.tui_memory import OBJECTS_BETWEEN_SEARCHES, search_in_short_steps
begun = [[number] for number in range(150_000)]
search_in_short_steps()
left_out = gc.get_freeze_count()
later = [[number] for number in range(1_000)]
search_in_short_steps()
assert left_out >= 150_000, left_out
assert gc.get_freeze_count() == left_out, "once: a closed screen must be found to be garbage"
assert gc.get_threshold() == OBJECTS_BETWEEN_SEARCHES
"""


def test_the_search_for_garbage_leaves_out_what_the_start_made() -> None:
    subprocess.run([sys.executable, "-c", _PACE], check=True)
