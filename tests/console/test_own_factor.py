"""A second factor at the console: set up, asked for, removed; sessions seen and ended."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyotp
import pytest

from hms.bootstrap import open_application
from hms.features.staff import service as staff
from hms.infra.sessions import SessionEnded
from hms.infra.settings import SecuritySettings
from tests.console.scratch import PASSWORD, settings_at
from tests.console.sitting import Sitting, sit_down

Sit = Callable[..., Any]
pytestmark = pytest.mark.asyncio
GROUPS = re.compile(r"\b[A-Z2-7]{4}\b")


def key_on(at: Sitting) -> str:
    """Return the key that stands on the screen."""
    return "".join(GROUPS.findall(at.text.replace("Scan this", "")))


def code_of(key: str, steps: int = 0) -> str:
    return pyotp.TOTP(key).at(int(time.time()) + 30 * steps)


async def types_code(at: Sitting, code: str) -> None:
    await at.types(code)
    await at.keys("enter")


async def finds(at: Sitting, words: str) -> None:
    """Do what the palette finds by ``words``."""
    await at.keys("ctrl+p")
    await at.sees("What do you want to do?")
    await at.types(words)
    await at.keys("enter")


@pytest.mark.parametrize("size", [(80, 24), (132, 43)])
async def test_a_role_that_needs_one_is_led_to_it_and_comes_in_by_its_code(
    folder: Path, size: tuple[int, int]
) -> None:
    security = SecuritySettings(second_factor_roles=("admin",))
    settings = replace(settings_at(folder), security=security)
    async with sit_down(settings, None, size) as at:
        await at.signs_in("ada")
        await at.sees("Second factor", "Scan this", "█▀▀▀▀▀█")
        key = key_on(at)
        assert len(key) == 32
        await types_code(at, "000000")
        await at.sees("this code is not right")
        assert at.console.link.person is None
        await types_code(at, code_of(key, -1))
        await at.sees("Shown only now")
        await at.keys("escape")
        await at.sees("cannot be shown again")
        await at.keys("f9")
        await at.sees("Administration", "Users")
        await at.keys("ctrl+o")
        await at.sees("Please sign in")
        await at.signs_in("ada")
        await at.sees("six digits")
        await types_code(at, "000000")
        await at.sees("this code is not right")
        await types_code(at, code_of(key))
        await at.sees("Administration")


async def test_whoever_leaves_the_setting_up_does_not_come_in(folder: Path) -> None:
    security = SecuritySettings(second_factor_roles=("admin",))
    async with sit_down(replace(settings_at(folder), security=security), None, (80, 24)) as at:
        await at.signs_in("ada")
        await at.sees("Second factor")
        await at.keys("escape")
        await at.sees("nobody comes in without it", "Please sign in")
        assert at.console.link.person is None


async def test_anybody_sets_up_their_own_and_removes_it(sit: Sit) -> None:
    async with sit("nora") as at:
        await finds(at, "my second factor")
        await at.sees("It is not set up")
        await at.types("wrong password")
        await at.keys("enter")
        await at.sees("not your password")
        await at.keys(*["backspace"] * 20)
        await at.types(PASSWORD)
        await at.keys("enter")
        await at.sees("Scan this")
        key = key_on(at)
        await types_code(at, code_of(key, -1))
        await at.sees("Shown only now")
        await at.keys("f9")
        await finds(at, "my second factor")
        await at.sees("10 recovery codes are left")
        await at.types(PASSWORD)
        await at.keys("enter", "enter")
        await at.sees("type a code, too")
        await types_code(at, "000000")
        await at.sees("this code is not right")
        await types_code(at, code_of(key))
        await at.sees("Your second factor is removed")


async def test_my_sessions_are_shown_and_the_others_end(sit: Sit, nora: Any) -> None:
    async with sit("nora") as at:
        await finds(at, "my sessions")
        await at.sees("My sessions", "other desk", "this one")
        await at.keys("f9")
        await at.sees("but this one?")
        await at.keys("f4")
        await at.sees_no("other desk")
        await at.sees("ended")
    with pytest.raises(SessionEnded):
        nora.ask(staff.who_am_i)


async def test_a_session_that_an_administrator_ends_is_covered_at_its_next_key(
    sit: Sit, folder: Path
) -> None:
    other = open_application(settings=settings_at(folder))
    try:
        async with sit("nora") as at:
            ada = staff.sign_in_now(other.db, "ada", PASSWORD, "other desk")
            other.do_now(ada, staff.end_sessions_of_user, "nora")
            await finds(at, "my sessions")
            await at.sees("Locked by nora", "your session has ended")
            await at.types(PASSWORD)
            await at.keys("enter")
            await at.sees("My sessions")
    finally:
        other.close_now()


async def test_an_administrator_sees_where_somebody_is_signed_in_and_ends_it(
    sit: Sit, nora: Any
) -> None:
    async with sit("ada") as at:
        await at.types("nora")
        await at.keys("enter")
        await at.sees("Sessions of nora", "other desk")
        await at.keys("f4")
        await at.sees("End the session at other desk?")
        await at.keys("f9")
        await at.sees("not signed in anywhere")
    with pytest.raises(SessionEnded):
        nora.ask(staff.who_am_i)
