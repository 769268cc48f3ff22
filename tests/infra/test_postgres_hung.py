"""PostgreSQL stands still while its machine takes what is sent: only time tells of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from sqlalchemy import make_url, text

from hms.features.staff.service import service_actor
from hms.features.tokens import service as tokens
from hms.features.tokens.queries import TokenView
from hms.infra import postgres_backend
from hms.infra.db import Database, open_database
from hms.infra.postgres_backend import Hung
from hms.infra.settings import DatabaseSettings, Settings
from hms.infra.uow import Work
from hms.kernel.errors import Unavailable
from tests.cutting_proxy import Line, line_to
from tests.postgres import database
from tests.support import opened

pytestmark = pytest.mark.asyncio
PATIENCE = 2.0  # seconds, in place of 25


@pytest.fixture
def settings() -> Iterator[Settings]:
    with database() as made:
        with opened(made, furnished=False):
            pass
        yield made


@pytest.fixture(autouse=True)
def impatient(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take a server for hung after two seconds, once the hospital is furnished."""
    assert settings.database.url
    monkeypatch.setattr(postgres_backend, "HUNG_SECONDS", PATIENCE)


@asynccontextmanager
async def desk_behind(settings: Settings) -> AsyncIterator[tuple[Database, Line]]:
    """Give a desk's database, and the line to it."""
    url = make_url(settings.database.url)
    async with line_to(url.host or "127.0.0.1", url.port or 5432) as line:
        through = url.set(host="127.0.0.1", port=line.port).render_as_string(False)
        db = open_database(replace(settings, database=DatabaseSettings(url=through)))
        try:
            yield db, line
        finally:
            await db.close()


def issue(work: Work) -> TokenView:
    return tokens.issue(work, service_actor(1, "tests"), tokens.IssueToken("GM"))


def count(work: Work) -> int:
    return int(work.db.execute(text("SELECT count(*) FROM token")).scalar_one())


async def test_the_desk_is_told_and_goes_on_by_itself(settings: Settings) -> None:
    """Control: without a limit the desk waits until the server's machine is switched off."""
    async with desk_behind(settings) as (db, line):
        first = await db.write(issue)
        line.hang()
        for use_case in (issue, count):
            began = time.monotonic()
            with pytest.raises(Unavailable):
                await (db.write if use_case is issue else db.read)(use_case)
            assert time.monotonic() - began < PATIENCE + 9
        line.mend()
        second = await db.write(issue)
        assert second.number == first.number + 1, "the one that was refused was not half done"
        assert await db.read(count) == 2


async def test_what_hangs_has_a_name_of_its_own(settings: Settings) -> None:
    """A line that was open: the server is there, so what to look at is its machine."""
    async with desk_behind(settings) as (db, line):
        await db.read(count)
        line.hang()
        with pytest.raises(Hung) as told:
            await db.read(count)
        assert "machine" in str(told.value.hint)


async def test_work_that_thinks_for_long_is_not_taken_for_hung(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup of a large hospital takes minutes in one transaction."""
    monkeypatch.setattr(postgres_backend, "HUNG_SECONDS", 0.2)

    def slow(work: Work) -> int:
        work.db.execute(text("SELECT pg_sleep(0.6)"))
        return count(work)

    backup, desk = open_database(settings, long_jobs=True), open_database(settings)
    assert await backup.read(slow) == 0
    assert await asyncio.to_thread(desk.read_now, slow) == 0, "as a command does"
    with pytest.raises(Hung):
        await desk.read(slow)
    await asyncio.to_thread(desk.close_now)
    await desk.close()
    await backup.close()


async def test_the_desk_can_be_left_while_the_server_hangs(settings: Settings) -> None:
    """What is still under way is not waited for."""
    async with asyncio.timeout(20), desk_behind(settings) as (db, line):
        await db.read(count)
        await db.write(issue)
        line.hang()
        with pytest.raises(Unavailable):
            await db.read(count)
        began = time.monotonic()
        await db.close()
        assert time.monotonic() - began < 6
