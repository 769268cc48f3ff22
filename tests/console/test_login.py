"""Sign-in: the right desk for each person, a plain sentence for a wrong password."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hms.console.login import Demo, DemoAccount
from tests.console.scratch import SECRET

Sit = Callable[..., Any]
pytestmark = pytest.mark.asyncio

DESKS = {
    "asha": "Doctor's desk",
    "nora": "Nurse's desk",
    "bela": "My profile",
}


@pytest.mark.parametrize("login", DESKS)
async def test_each_role_comes_to_its_desk(sit: Sit, login: str) -> None:
    async with sit(login) as at:
        await at.sees(DESKS[login])


async def test_a_wrong_password_says_so_and_can_be_typed_again(sit: Sit) -> None:
    async with sit(None) as at:
        await at.signs_in("asha", "wrong password")
        await at.sees("the name or the password is wrong")
        assert "asha" in at.text
        assert "•" not in at.text
        await at.types("seven calm green rivers")
        await at.keys("enter")
        await at.sees("Doctor's desk", "Dr. Asha Rao")


@pytest.mark.parametrize("name", ["nobody", "' OR 1=1", "[/bold]", "asha\u0301" * 30, "x" * 250])
async def test_an_unknown_name_is_answered_in_a_sentence(sit: Sit, name: str) -> None:
    async with sit(None) as at:
        await at.signs_in(name, "wrong password")
        await at.sees_no("One moment")
        assert "Please sign in" in at.text
        assert "unexpected" not in at.text


async def test_empty_fields_are_named(sit: Sit) -> None:
    async with sit(None) as at:
        await at.keys("enter", "enter")
        await at.sees("type your name")
        await at.types("asha")
        await at.keys("enter", "enter")
        await at.sees("type your password")


async def test_a_one_time_secret_leads_to_an_own_password(sit: Sit) -> None:
    async with sit(None) as at:
        await at.signs_in("new", SECRET)
        await at.sees("New password", "one-time secret")
        await at.types("short")
        await at.keys("enter")
        await at.types("short")
        await at.keys("enter")
        await at.sees_no("One moment")
        assert "New password" in at.text
        for _ in range(2):
            await at.keys(*["backspace"] * 5)
            await at.types("quiet lamps over the harbour")
            await at.keys("enter")
        await at.sees_no("Please sign in")
        assert at.console.link.person is not None
        assert at.console.link.person.login == "new"


async def test_two_new_passwords_that_differ_are_not_taken(sit: Sit) -> None:
    async with sit(None) as at:
        await at.signs_in("new", SECRET)
        await at.sees("New password")
        await at.types("quiet lamps over the harbour")
        await at.keys("enter")
        await at.types("quiet lamps over the harbor")
        await at.keys("enter")
        await at.sees("these two differ")


async def test_a_demo_shows_its_accounts_and_its_wall(sit: Sit) -> None:
    demo = Demo((DemoAccount("doctor", "seven calm", "calls"),), "http://127.0.0.1:8765/")
    async with sit(None, demo=demo) as at:
        await at.sees("doctor", "seven calm", "calls", "http://127.0.0.1:8765/")


async def test_nothing_of_the_desk_works_before_sign_in(sit: Sit) -> None:
    async with sit(None) as at:
        await at.keys("ctrl+l", "ctrl+k", "ctrl+o")
        assert "Please sign in" in at.text
        assert len(at.console.screen_stack) == 2
