"""The lock covers the work and keeps it; another person takes over without seeing it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.console.scratch import PASSWORD

Sit = Callable[..., Any]
pytestmark = pytest.mark.asyncio


async def unlock(at: Any, password: str = PASSWORD) -> None:
    await at.types(password)
    await at.keys("enter")


async def test_idle_minutes_lock_the_console(sit: Sit) -> None:
    async with sit("asha", idle_seconds=1.5) as at:
        await at.sees("Locked by asha", seconds=6)
        assert "Lakshmi" not in at.text
        assert "Dr. Asha Rao" not in at.text


async def test_somebody_who_types_is_not_locked_out(sit: Sit) -> None:
    async with sit("asha", idle_seconds=4.0) as at:
        for _ in range(12):
            await asyncio.sleep(0.4)
            await at.keys("down")
        assert "Locked" not in at.text


async def test_the_same_person_returns_to_the_same_field(sit: Sit) -> None:
    async with sit("asha") as at:
        await at.sees("GM-001")
        await at.keys("down", "f4")
        await at.sees("is called to")
        await at.keys("f7")
        await at.types("blood te")
        await at.keys("ctrl+l")
        await at.sees("Locked by asha")
        assert "blood te" not in at.text
        await unlock(at)
        await at.sees("blood te")
        await at.types("st")
        await at.keys("enter")
        await at.sees("is on hold")


async def test_a_wrong_password_opens_nothing(sit: Sit) -> None:
    async with sit("asha") as at:
        await at.keys("ctrl+l")
        await unlock(at, "not the password")
        await at.sees("the name or the password is wrong")
        assert "Doctor's desk" not in at.text


@pytest.mark.parametrize("key", ["escape", "f1", "ctrl+p", "ctrl+k", "ctrl+o", "ctrl+l", "f4"])
async def test_no_key_leads_round_the_lock(sit: Sit, key: str) -> None:
    async with sit("asha") as at:
        await at.sees("GM-001")
        await at.keys("ctrl+l")
        await at.sees("Locked by asha")
        await at.keys(key, "escape")
        assert "GM-001" not in at.text
        assert "Lakshmi" not in at.text


async def test_another_takes_over_and_the_first_finds_his_desk_closed(sit: Sit) -> None:
    async with sit("asha") as at:
        await at.sees("GM-001")
        await at.keys("ctrl+k")
        await at.sees("Who takes over from asha?")
        await at.signs_in("ben")
        await at.sees("Dr. Ben Okoye", "ENT-001")
        assert "Lakshmi" not in at.text
        assert at.console.owner == "ben"


async def test_a_take_over_that_fails_leaves_the_first_person_signed_in(sit: Sit) -> None:
    async with sit("asha") as at:
        await at.keys("ctrl+k")
        await at.signs_in("ben", "wrong password")
        await at.sees("the name or the password is wrong")
        assert at.console.link.person is not None
        assert at.console.link.person.login == "asha"


async def test_a_session_that_was_ended_elsewhere_locks_the_desk(sit: Sit, nora: Any) -> None:
    from hms.features.staff import service as staff

    async with sit("asha") as at:
        await at.sees("GM-001")
        service = nora.application.as_service("tests")
        nora.application.do_now(service, staff.disable_user, "asha")
        await at.keys("f4")
        await at.sees("Locked by asha")
        await unlock(at)
        await at.sees_no("One moment")
        assert "Doctor's desk" not in at.text
