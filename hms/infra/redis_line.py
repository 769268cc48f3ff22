"""The wall's line to a worker on another machine, by Redis: a question, one answer, then gone.

A question lives as long as its asker waits, so that nothing is done late; it is taken
by one worker.  Redis away is a worker away: reports wait in their box, and what needs
an answer is told to come again.  Whoever may write in this Redis may ask: it wants
a password and a network of its own.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from hms.infra.redis_bell import CONNECT_SECONDS, Pauses
from hms.infra.settings import Settings
from hms.infra.worker import AT_ONCE, answered
from hms.infra.worker_line import (
    ASK_SECONDS,
    MAX_LINE,
    Line,
    SocketLine,
    WorkerAway,
    given,
    socket_path,
)
from hms.kernel import ids

MOST_WAITING = 1_000  # questions; older ones are over by then
TURN_SECONDS = 1  # how long a worker waits for a question before it looks whether it is to end

log = logging.getLogger(__name__)


def line_for(settings: Settings) -> Line:
    """Return the line of a display server: the socket here, Redis where no worker is here."""
    here = socket_path(settings)
    if not settings.redis.url:
        return SocketLine(here)
    return NearestLine(here, RedisLine(settings.redis.url, settings.hospital.code))


class NearestLine:
    """Asks the worker of this machine when there is one, else one of another machine."""

    def __init__(self, here: Path, far: Line) -> None:
        self._path = here
        self._here = SocketLine(here)
        self._far = far

    async def ask(self, job: str, body: Mapping[str, Any]) -> Any:
        """Return the worker's answer to ``job``; see ``Line``."""
        if self._path.exists():
            try:
                return await self._here.ask(job, body)
            except WorkerAway as away:
                if not isinstance(away.__cause__, ConnectionRefusedError | FileNotFoundError):
                    raise  # it was asked, and may have done it
        return await self._far.ask(job, body)


class RedisLine:
    """The line over the Redis at ``url`` to a worker of ``hospital``."""

    def __init__(self, url: str, hospital: str, *, seconds: float = ASK_SECONDS) -> None:
        self._url = url
        self._queue = queue_of(hospital)
        self._seconds = seconds

    async def ask(self, job: str, body: Mapping[str, Any]) -> Any:
        """Return the worker's answer to ``job``; see ``Line``."""
        library = await asyncio.to_thread(import_module, "redis.asyncio")
        question = json.dumps({"job": job, "body": dict(body)}).encode()
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._exchange(library, question)
        except (TimeoutError, OSError, ValueError, library.RedisError) as error:
            raise WorkerAway("no worker of hms serve answers over Redis") from error
        return given(answer)

    async def _exchange(self, library: Any, question: bytes) -> dict[str, Any]:
        name = ids.secret(64)
        lives = round(self._seconds * 1000)
        async with library.Redis.from_url(
            self._url, socket_connect_timeout=CONNECT_SECONDS
        ) as client:
            async with client.pipeline(transaction=True) as told:
                told.set(_text_of(name), question, px=lives)
                told.lpush(self._queue, name)
                told.ltrim(self._queue, 0, MOST_WAITING - 1)
                await told.execute()
            found = await client.blpop([_answer_to(name)], timeout=self._seconds)
        if found is None:
            raise TimeoutError
        answer = json.loads(found[1])
        if not isinstance(answer, dict):
            raise ValueError("no answer of a worker")
        return answer


async def answer_over_redis(
    url: str,
    hospital: str,
    answer: Callable[[str, Mapping[str, Any]], Awaitable[Any]],
    stop: asyncio.Event,
) -> None:
    """Answer what display servers of other machines ask, until ``stop`` is set.

    Args:
        url: the Redis.
        hospital: whose display servers, by its code.
        answer: gets a job's name and its body, returns what JSON can hold, or raises.
        stop: ends it when set.
    """
    library = await asyncio.to_thread(import_module, "redis.asyncio")
    work = asyncio.create_task(_answer_for_ever(library, url, queue_of(hospital), answer))
    told = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([work, told], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (work, told):
            task.cancel()
        await asyncio.gather(work, told, return_exceptions=True)


async def _answer_for_ever(
    library: Any,
    url: str,
    queue: str,
    answer: Callable[[str, Mapping[str, Any]], Awaitable[Any]],
) -> None:
    pauses = Pauses()
    while True:
        client = library.Redis.from_url(url, socket_connect_timeout=CONNECT_SECONDS)
        try:
            await _answer_until_it_breaks(client, queue, answer, pauses)
        except (library.RedisError, OSError, ValueError, TimeoutError) as error:
            log.debug("questions over Redis wait (%s)", type(error).__name__)
        finally:
            with suppress(Exception):  # it may be broken in any way
                await client.aclose()
        await asyncio.sleep(pauses.next())


async def _answer_until_it_breaks(
    client: Any,
    queue: str,
    answer: Callable[[str, Mapping[str, Any]], Awaitable[Any]],
    pauses: Pauses,
) -> None:
    asking = asyncio.Semaphore(AT_ONCE)
    under_way: set[asyncio.Task[None]] = set()

    async def serve(name: str) -> None:
        async with asking:
            question = await client.getdel(_text_of(name))
            if question is None or len(question) > MAX_LINE:
                return  # its asker waits no longer
            said = await answered(answer, question)
            async with client.pipeline(transaction=True) as told:
                told.lpush(_answer_to(name), said)
                told.pexpire(_answer_to(name), round(ASK_SECONDS * 1000))
                await told.execute()

    try:
        while True:
            found = await asyncio.wait_for(
                client.brpop([queue], timeout=TURN_SECONDS), TURN_SECONDS + ASK_SECONDS
            )
            pauses.reset()
            if found is None:
                continue
            task = asyncio.create_task(serve(found[1].decode(errors="replace")))
            under_way.add(task)
            task.add_done_callback(lambda done: _settled(under_way, done))
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


def _settled(under_way: set[asyncio.Task[None]], task: asyncio.Task[None]) -> None:
    under_way.discard(task)
    if not task.cancelled() and task.exception() is not None:
        log.debug("an answer over Redis was lost (%s)", type(task.exception()).__name__)


def queue_of(hospital: str) -> str:
    """Return the list in which questions to the workers of ``hospital`` wait."""
    return f"hms:ask:{hospital.strip().lower() or 'main'}"


def _text_of(name: str) -> str:
    return f"hms:question:{name}"


def _answer_to(name: str) -> str:
    return f"hms:answer:{name}"
