"""The bell of PostgreSQL: a commit wakes who listens, on whichever machine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import aclosing

import pytest
from sqlalchemy import text

from hms.features.tokens import service as tokens
from hms.infra import outbox
from hms.infra.bell import HEARING_SECONDS, Far
from hms.infra.db import open_database
from hms.infra.postgres_bell import PostgresBell
from hms.infra.settings import Settings
from hms.infra.uow import Work
from tests.postgres import database
from tests.support import opened

_CUT = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE application_name = 'hms bell' AND datname = current_database()"
)


@pytest.fixture
def settings() -> Iterator[Settings]:
    with database() as made:
        with opened(made, furnished=False):
            pass
        yield made


def issue(work: Work) -> None:
    from hms.features.staff.service import service_actor

    tokens.issue(work, service_actor(1, "tests"), tokens.IssueToken("GM"))


async def _until_it_hears(bell: Far, cut: bool = False) -> None:
    async with asyncio.timeout(15):
        while bell.hears is cut:
            await asyncio.sleep(0.01)


@pytest.mark.asyncio
async def test_a_commit_is_heard_at_once_and_after_a_cut_again(settings: Settings) -> None:
    desk = open_database(settings)
    wall = PostgresBell(settings.database.url)
    rung, said = asyncio.Event(), list[int]()

    def wake(upto: int) -> None:
        said.append(upto)
        rung.set()

    listening = asyncio.create_task(wall.hear(wake))
    await _until_it_hears(wall)
    for cut in (False, True):
        if cut:
            await desk.read(lambda work: work.db.execute(_CUT).all())
            await _until_it_hears(wall, cut=True)
            await _until_it_hears(wall)
        rung.clear()
        began = time.perf_counter()
        await desk.write(issue)
        await asyncio.wait_for(rung.wait(), 5)
        assert time.perf_counter() - began < 2
        assert said[-1] == await desk.read(lambda work: outbox.last_id(work.db))
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await desk.close()


@pytest.mark.asyncio
async def test_a_commit_that_is_heard_by_several_bells_is_looked_at_once(
    settings: Settings,
) -> None:
    db, looks, read_to = open_database(settings), 0, 0

    async def look_on() -> None:
        nonlocal looks, read_to
        async with aclosing(db.bell.listen(db.backend.data_version, seen=lambda: read_to)) as rings:
            async for _ in rings:
                looks += 1
                read_to = await db.read(lambda work: outbox.last_id(work.db))

    looking = asyncio.create_task(look_on())
    await _until_it_hears(db.bell._far[0])
    began = time.monotonic()
    await asyncio.sleep(0.2)
    before = looks
    for _ in range(20):
        await db.write(issue)
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.05)
    by_itself = (time.monotonic() - began) / HEARING_SECONDS
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)
    await db.close()
    assert 10 <= looks - before <= 20 + by_itself + 1


@pytest.mark.asyncio
async def test_nobody_asks_the_database_fifty_times_a_second(settings: Settings) -> None:
    db = open_database(settings)
    looks, until = 0, time.monotonic() + 3
    async with aclosing(db.bell.listen(db.backend.data_version)) as rings:
        async for _ in rings:
            looks += 1
            if time.monotonic() > until:
                break
    assert looks < 25
    await db.close()


@pytest.mark.asyncio
async def test_a_server_that_is_not_there_is_tried_again_in_silence(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bell = PostgresBell("postgresql+asyncpg://nobody@127.0.0.1:1/none")
    listening = asyncio.create_task(bell.hear(lambda _: None))
    await asyncio.sleep(1.5)
    assert not bell.hears
    assert len(caplog.records) == 1
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
