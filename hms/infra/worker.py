"""The worker's end of the wall's line: a unix socket in the data directory that answers jobs.

Only the user who owns the data directory gets an answer (mode 0600, and the
system says who is at the other end).  One of several ``hms serve`` on a data
directory answers; when it ends, the next takes over.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import logging
import os
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from hms.infra.worker_line import MAX_LINE, address_of
from hms.kernel.errors import HmsError, InvalidInput

READ_SECONDS = 3.0  # within which a question must have come
AT_ONCE = 32  # questions at the same time; more are turned away
TAKE_OVER_SECONDS = 2.0  # how often one looks whether the worker before it has gone

Answer = Callable[[str, Mapping[str, Any]], Awaitable[Any]]

log = logging.getLogger(__name__)


class JobUnknown(InvalidInput):
    """The wall asks for something that no feature does."""

    code = "worker.job_unknown"


async def answer_jobs(path: Path, answer: Answer, stop: asyncio.Event) -> None:
    """Answer what is asked on the socket at ``path`` until ``stop`` is set.

    Args:
        path: the socket; made with mode 0600, gone afterwards.
        answer: gets a job's name and its body, returns what JSON can hold, or raises.
        stop: ends the worker when set.
    """
    lock = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not await _alone(lock, stop):
            return
        door = _open_door(path)
        asking = asyncio.Semaphore(AT_ONCE)
        server = await asyncio.start_unix_server(
            partial(_serve_one, answer, asking), sock=door, limit=MAX_LINE
        )
        try:
            await stop.wait()
        finally:
            server.close()
            _forget(path)
    finally:
        os.close(lock)


async def _alone(lock: int, stop: asyncio.Event) -> bool:
    """Return True once no other worker is there, False when told to stop before."""
    while not stop.is_set():
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with suppress(TimeoutError):
                async with asyncio.timeout(TAKE_OVER_SECONDS):
                    await stop.wait()
        else:
            return True
    return False


def _forget(path: Path) -> None:
    with suppress(FileNotFoundError):
        path.unlink()


def _open_door(path: Path) -> socket.socket:
    _forget(path)  # left by a worker that was killed
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        os.fchmod(door.fileno(), 0o600)  # before it has a name, so that it never was wider
        with address_of(path) as address:
            door.bind(address)
        path.chmod(0o600)
        door.setblocking(False)
    except BaseException:
        door.close()
        raise
    return door


async def _serve_one(
    answer: Answer,
    asking: asyncio.Semaphore,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    try:
        if asking.locked() or not _is_ours(writer.get_extra_info("socket")):
            return
        async with asking:
            async with asyncio.timeout(READ_SECONDS):
                question = await reader.readline()
            writer.write(await answered(answer, question))
            async with asyncio.timeout(READ_SECONDS):
                await writer.drain()
    except (TimeoutError, OSError, ValueError):
        return  # too slow, gone, or a line without an end
    finally:
        writer.close()


def _is_ours(door: socket.socket) -> bool:
    if not hasattr(socket, "SO_PEERCRED"):
        return True  # the mode of the socket alone keeps others out
    size = struct.calcsize("3i")
    _, user, _ = struct.unpack("3i", door.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    return bool(user == os.geteuid())


async def answered(answer: Answer, question: bytes) -> bytes:
    """Return the line that answers ``question``; whatever goes wrong is an answer too."""
    try:
        job, body = _read(question)
        said: dict[str, Any] = {"answer": await answer(job, body)}
        line = json.dumps(said).encode()
        if len(line) >= MAX_LINE:
            raise ValueError("the answer is too long")
    except HmsError as error:
        line = json.dumps({"error": {**error.as_dict(), "exit": int(error.exit)}}).encode()
    except Exception as error:  # noqa: BLE001 - the worker outlives what it does not know
        log.error("the worker stumbled over %s", type(error).__name__)
        said = {"code": "hms.unexpected", "message": "the worker stumbled", "hint": "", "exit": 1}
        line = json.dumps({"error": said}).encode()
    return line + b"\n"


def _read(question: bytes) -> tuple[str, Mapping[str, Any]]:
    try:
        asked = json.loads(question)
        job, body = asked["job"], asked["body"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise InvalidInput("the question cannot be read") from None
    if not isinstance(job, str) or not isinstance(body, dict):
        raise InvalidInput("a question has a job and a body")
    return job, body
