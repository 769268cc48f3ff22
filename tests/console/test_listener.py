"""What others commit is told, once and in order, and a database out of reach is tried again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from hms.bootstrap import open_application
from hms.console.listener import follow
from hms.features.tokens import service as tokens
from hms.kit.base import HospitalChanged
from tests.console.scratch import settings_at

pytestmark = pytest.mark.asyncio


async def until(happened: Callable[[], bool]) -> None:
    for _ in range(1_000):
        if happened():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never happened")


async def test_each_commit_is_told_with_its_queue_and_kind(folder: Path, nora: Any) -> None:
    told: list[HospitalChanged] = []
    application = open_application(settings=settings_at(folder))
    task = asyncio.create_task(follow(application, told.append))
    await asyncio.sleep(0.2)
    token = nora.do(tokens.issue, tokens.IssueToken("GM"))
    await until(lambda: bool(told))
    assert told[0].topics == {token.queue_id}
    assert told[0].kinds == {"TokenIssued"}
    nora.do(tokens.cancel, token.id)
    await until(lambda: len(told) > 1)
    assert [kind for change in told for kind in change.kinds] == ["TokenIssued", "TokenCancelled"]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await application.close()


async def test_nothing_of_before_is_told(folder: Path, nora: Any) -> None:
    told: list[HospitalChanged] = []
    nora.do(tokens.issue, tokens.IssueToken("GM"))
    application = open_application(settings=settings_at(folder))
    task = asyncio.create_task(follow(application, told.append))
    await asyncio.sleep(0.3)
    assert told == []
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await application.close()


async def test_a_busy_floor_is_told_five_times_a_second_and_nothing_is_left_out(
    folder: Path, nora: Any
) -> None:
    """Told each time, eight desks on one machine drew so often that keys came late."""
    told: list[tuple[float, HospitalChanged]] = []
    loop = asyncio.get_running_loop()
    application = open_application(settings=settings_at(folder))
    task = asyncio.create_task(follow(application, lambda new: told.append((loop.time(), new))))
    await asyncio.sleep(0.2)
    for _ in range(12):
        token = await asyncio.to_thread(nora.do, tokens.issue, tokens.IssueToken("GM"))
        await asyncio.to_thread(nora.do, tokens.cancel, token.id)
        await asyncio.sleep(0.02)
    await asyncio.to_thread(nora.do, tokens.issue, tokens.IssueToken("GM"))
    await asyncio.to_thread(nora.do, tokens.call_next, "GM")
    await until(lambda: any("TokenCalled" in change.kinds for _, change in told))
    instants = [at for at, _ in told]
    assert all(later - before >= 0.19 for before, later in pairwise(instants))
    assert {"TokenIssued", "TokenCancelled"} <= {kind for _, one in told for kind in one.kinds}
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await application.close()


async def test_a_desk_that_takes_long_to_draw_is_told_less_often(folder: Path, nora: Any) -> None:
    told: list[float] = []
    loop = asyncio.get_running_loop()
    application = open_application(settings=settings_at(folder))

    async def drawn() -> None:
        await asyncio.sleep(0.15)

    def tell(_change: HospitalChanged) -> None:
        told.append(loop.time())

    task = asyncio.create_task(follow(application, tell, drawn=drawn))
    await asyncio.sleep(0.2)
    while len(told) < 4:
        await asyncio.to_thread(nora.do, tokens.issue, tokens.IssueToken("GM"))
    assert all(later - before >= 0.59 for before, later in pairwise(told))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await application.close()
