"""What every screen offers, and where it does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hms.console.palette import EVERYWHERE

Sit = Callable[..., Any]
pytestmark = pytest.mark.asyncio


async def test_every_action_has_its_method_on_the_console(sit: Sit) -> None:
    async with sit("asha") as at:
        for action in EVERYWHERE:
            assert hasattr(at.console, f"action_{action.name}")


async def test_the_colours_change_with_one_key_and_from_the_palette(sit: Sit) -> None:
    async with sit("asha") as at:
        await at.keys("ctrl+t")
        await at.sees("Colours: light")
        await at.keys("ctrl+p")
        await at.types("colour")
        await at.keys("enter")
        await at.sees("Colours: contrast")


async def test_the_palette_lists_own_and_common_actions(sit: Sit) -> None:
    async with sit("asha") as at:
        await at.keys("ctrl+p")
        await at.sees("Call the next patient")
        await at.types("lock")
        await at.sees("Lock the console")
        await at.keys("enter")
        await at.sees("Locked by asha")


async def test_the_help_is_written_for_the_desk_one_is_at(sit: Sit) -> None:
    async with sit("asha") as at:
        await at.keys("f1")
        await at.sees("Doctor's desk", "The large code is the token in your room", "F4")
