"""Changing one's own password at the console."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.console.scratch import PASSWORD

Sit = Callable[..., Any]
pytestmark = pytest.mark.asyncio
NEW = "quiet lamps over the harbour"


async def fill(at: Any, *values: str) -> None:
    await at.keys("ctrl+p")
    await at.types("my password")
    await at.keys("enter")
    await at.sees("Old password")
    for value in values:
        await at.types(value)
        await at.keys("enter")


async def test_the_new_password_opens_the_lock(sit: Sit) -> None:
    async with sit("asha") as at:
        await fill(at, PASSWORD, NEW, NEW)
        await at.sees("Your password is changed.")
        await at.keys("ctrl+l")
        await at.types(NEW)
        await at.keys("enter")
        await at.sees("Doctor's desk")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (("wrong", NEW, NEW), "not your password"),
        ((PASSWORD, NEW, "another thing altogether"), "these two differ"),
        ((PASSWORD, "short", "short"), "characters"),
    ],
)
async def test_what_will_not_do_is_said_beside_its_field(
    sit: Sit, values: tuple[str, ...], words: str
) -> None:
    async with sit("asha") as at:
        await fill(at, *values)
        await at.sees(words, "Old password")
