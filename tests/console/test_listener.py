"""What others commit is told, once and in order, and a database out of reach is tried again."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from hms.bootstrap import open_application
from hms.console.listener import follow
from hms.features.tokens import service as tokens
from hms.kit.base import HospitalChanged
from tests.console.scratch import settings_at

pytestmark = pytest.mark.asyncio


async def test_each_commit_is_told_with_its_queue_and_kind(folder: Path, nora: Any) -> None:
    told: list[HospitalChanged] = []
    application = open_application(settings=settings_at(folder))
    task = asyncio.create_task(follow(application, told.append))
    await asyncio.sleep(0.2)
    token = nora.do(tokens.issue, tokens.IssueToken("GM"))
    for _ in range(200):
        if told:
            break
        await asyncio.sleep(0.01)
    assert told[0].topics == {token.queue_id}
    assert told[0].kinds == {"TokenIssued"}
    nora.do(tokens.cancel, token.id)
    await asyncio.sleep(0.3)
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
