"""Questions over Redis: answered once, by whoever is there, never late."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from hms.infra.redis_line import NearestLine, RedisLine, answer_over_redis, line_for, queue_of
from hms.infra.settings import DatabaseSettings, RedisSettings, Settings
from hms.infra.worker import answer_jobs
from hms.infra.worker_line import SocketLine, WorkerAway, WorkerRefused
from hms.kernel.errors import NotFound
from tests.redis_server import RedisServer, redis_server


class Worker:
    """Counts what it is asked."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked: list[Any] = []

    async def answer(self, job: str, body: Mapping[str, Any]) -> Any:
        self.asked.append(body.get("n"))
        if job == "missing":
            raise NotFound("there is no such screen", hint="see: hms display list")
        return {"by": self.name, **body}


@asynccontextmanager
async def working(url: str, worker: Worker, hospital: str = "") -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(answer_over_redis(url, hospital, worker.answer, stop))
    try:
        yield
    finally:
        stop.set()
        await task


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with redis_server() as running:
        yield running


@pytest.mark.asyncio
async def test_each_question_is_answered_once_by_one_of_the_workers(redis: RedisServer) -> None:
    one, two = Worker("one"), Worker("two")
    line = RedisLine(redis.url, "")
    async with working(redis.url, one), working(redis.url, two, "MAIN"):
        answers = await asyncio.gather(*(line.ask("do", {"n": n}) for n in range(40)))
    assert [answer["n"] for answer in answers] == list(range(40))
    assert sorted(one.asked + two.asked) == list(range(40))


@pytest.mark.asyncio
async def test_a_refusal_comes_back_as_one(redis: RedisServer) -> None:
    async with working(redis.url, Worker("one")):
        with pytest.raises(WorkerRefused) as refused:
            await RedisLine(redis.url, "").ask("missing", {})
    assert (refused.value.said, refused.value.exit) == ("record.not_found", 5)


@pytest.mark.asyncio
async def test_one_hospitals_worker_is_not_anothers(redis: RedisServer) -> None:
    south = Worker("south")
    async with working(redis.url, south, "south"):
        with pytest.raises(WorkerAway):
            await RedisLine(redis.url, "north", seconds=0.3).ask("do", {})
    assert south.asked == []
    assert queue_of("North") == queue_of("north")


@pytest.mark.asyncio
async def test_a_question_that_nobody_waits_for_any_more_is_not_done(redis: RedisServer) -> None:
    with pytest.raises(WorkerAway):
        await RedisLine(redis.url, "late", seconds=0.2).ask("do", {"n": 1})
    worker = Worker("one")
    async with working(redis.url, worker, "late"):
        answer = await RedisLine(redis.url, "late").ask("do", {"n": 2})
    assert answer["n"] == 2
    assert worker.asked == [2]


@pytest.mark.asyncio
async def test_redis_away_is_a_worker_away_and_it_goes_on_when_it_is_back() -> None:
    with redis_server() as server:
        line, worker = RedisLine(server.url, "", seconds=1.0), Worker("one")
        async with working(server.url, worker):
            assert (await line.ask("do", {"n": 1}))["n"] == 1
            server.kill()
            began = time.monotonic()
            with pytest.raises(WorkerAway):
                await line.ask("do", {"n": 2})
            assert time.monotonic() - began < 5
            server.start()
            async with asyncio.timeout(30):
                while True:
                    try:
                        assert (await line.ask("do", {"n": 3}))["n"] == 3
                        break
                    except WorkerAway:
                        continue
    assert 2 not in worker.asked


@pytest.mark.asyncio
async def test_a_worker_on_this_machine_is_asked_first(redis: RedisServer, tmp_path: Path) -> None:
    path = tmp_path / "worker.sock"
    near, far = Worker("near"), Worker("far")
    line = NearestLine(path, RedisLine(redis.url, "both"))
    stop = asyncio.Event()
    async with working(redis.url, far, "both"):
        assert (await line.ask("do", {}))["by"] == "far"
        task = asyncio.create_task(answer_jobs(path, near.answer, stop))
        while not path.exists():
            await asyncio.sleep(0.01)
        assert (await line.ask("do", {}))["by"] == "near"
        stop.set()
        await task
        path.touch()  # left by a worker that was killed
        assert (await line.ask("do", {}))["by"] == "far"


def test_without_redis_it_is_the_socket(tmp_path: Path) -> None:
    url = DatabaseSettings(url=f"sqlite+aiosqlite:///{tmp_path / 'hms.db'}")
    assert isinstance(line_for(Settings(database=url)), SocketLine)
    far = Settings(database=url, redis=RedisSettings(url="redis://127.0.0.1:1/0"))
    assert isinstance(line_for(far), NearestLine)
