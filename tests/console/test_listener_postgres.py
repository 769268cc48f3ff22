"""The line to PostgreSQL is cut: the desk says since when, and comes back by itself."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import make_url

from hms.bootstrap import wire
from hms.console.listener import follow
from hms.features.staff.service import service_actor
from hms.features.tokens import service as tokens
from hms.infra.db import open_database
from hms.infra.settings import DatabaseSettings
from hms.infra.uow import Work
from hms.kit.base import HospitalChanged
from tests.cutting_proxy import line_to
from tests.postgres import database
from tests.support import opened


def issue(work: Work) -> None:
    tokens.issue(work, service_actor(1, "tests"), tokens.IssueToken("GM"))


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():
            await asyncio.sleep(0.05)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_cut_line_is_told_once_and_mended_by_itself(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)

    async def play() -> None:
        told: list[HospitalChanged] = []
        reached: list[datetime | None] = []
        url = make_url(settings.database.url)
        async with line_to(url.host or "127.0.0.1", url.port or 5432) as line:
            through = url.set(host="127.0.0.1", port=line.port).render_as_string(False)
            desk = wire(replace(settings, database=DatabaseSettings(url=through)))
            elsewhere = open_database(settings)
            following = asyncio.create_task(follow(desk, told.append, reached.append))
            await until(lambda: following.done() or bool(desk.db.bell._far[0].hears))
            line.cut()
            await until(lambda: len(reached) >= 3)
            await elsewhere.write(issue)  # the others go on
            line.mend()
            await until(lambda: None in reached)
            await until(lambda: any("TokenIssued" in change.kinds for change in told))
            assert len(set(reached)) == 2, "one instant, then that it is back"
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
            await desk.close()
            await elsewhere.close()

    with database() as settings:
        with opened(settings, furnished=False):
            pass
        asyncio.run(play())
        gc.collect()  # the driver leaves a socket whose handshake was cut to the collector
    assert len(caplog.records) <= 3, [one.getMessage() for one in caplog.records]
