"""The worker answers its own user's questions, one line each way, and outlives bad ones."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from hms.infra import worker
from hms.infra.worker import answer_jobs
from hms.infra.worker_line import MAX_LINE, SocketLine, WorkerAway, WorkerRefused
from hms.kernel.errors import Exit, NotFound


async def answer(job: str, body: Mapping[str, Any]) -> Any:
    """Answer as a hospital of four jobs does."""
    if job == "slow":
        await asyncio.sleep(10)
    if job == "stumble":
        raise RuntimeError("a fault of ours, with a secret in it")
    if job == "missing":
        raise NotFound("there is no such screen", hint="see: hms display list")
    return {"job": job, **body}


def is_open(path: Path) -> bool:
    """Return whether the worker listens."""
    return path.exists()


@asynccontextmanager
async def working(path: Path) -> AsyncIterator[asyncio.Event]:
    """Run a worker on the socket at ``path``."""
    stop = asyncio.Event()
    task = asyncio.create_task(answer_jobs(path, answer, stop))
    while not is_open(path) and not task.done():
        await asyncio.sleep(0.005)
    try:
        yield stop
    finally:
        stop.set()
        await task


async def raw(path: Path, line: bytes) -> bytes:
    """Send ``line`` as it is; return all that comes back."""
    reader, writer = await asyncio.open_unix_connection(str(path))
    with suppress(OSError):
        writer.write(line)
        await writer.drain()
    try:
        return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


@pytest.mark.asyncio
async def test_a_question_gets_its_answer(tmp_path: Path) -> None:
    """What the use case returns is what the wall gets."""
    path = tmp_path / "worker.sock"
    async with working(path):
        assert await SocketLine(path).ask("echo", {"screen": "Hall B"}) == {
            "job": "echo",
            "screen": "Hall B",
        }


@pytest.mark.asyncio
async def test_the_socket_is_its_users_alone_and_goes_with_the_worker(tmp_path: Path) -> None:
    """Mode 0600; nothing is left behind that a wall would wait for."""
    path = tmp_path / "worker.sock"
    async with working(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not path.exists()


@pytest.mark.asyncio
async def test_somebody_elses_process_gets_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system says who is at the other end."""
    path = tmp_path / "worker.sock"
    us = os.geteuid()
    async with working(path):
        monkeypatch.setattr(os, "geteuid", lambda: us + 1)
        with pytest.raises(WorkerAway):
            await SocketLine(path).ask("echo", {})


@pytest.mark.asyncio
async def test_what_the_use_case_refuses_comes_back_as_its_error(tmp_path: Path) -> None:
    """Code, sentence, hint and exit are the error's own."""
    path = tmp_path / "worker.sock"
    async with working(path):
        with pytest.raises(WorkerRefused) as refused:
            await SocketLine(path).ask("missing", {})
    assert refused.value.message == "there is no such screen"
    assert (refused.value.said, refused.value.exit) == (NotFound.code, Exit.NOT_FOUND)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"{}\n",
        b'{"job": 1, "body": {}}\n',
        b'{"job": "echo", "body": []}\n',
        b"[" * 5000 + b"\n",
        b"\xff\xfe\n",
    ],
)
async def test_a_question_that_cannot_be_read_is_refused(tmp_path: Path, line: bytes) -> None:
    """A clear error, and the next question is answered."""
    path = tmp_path / "worker.sock"
    async with working(path):
        said = json.loads(await raw(path, line))
        assert said["error"]["code"] == "input.invalid"
        assert await SocketLine(path).ask("echo", {}) == {"job": "echo"}


@pytest.mark.asyncio
async def test_a_line_without_an_end_costs_only_its_own_connection(tmp_path: Path) -> None:
    """More than a question may hold is not kept."""
    path = tmp_path / "worker.sock"
    async with working(path):
        assert await raw(path, b"x" * (2 * MAX_LINE)) == b""
        assert await SocketLine(path).ask("echo", {}) == {"job": "echo"}


@pytest.mark.asyncio
async def test_a_fault_of_ours_tells_no_secret(tmp_path: Path) -> None:
    """The wall learns that it went wrong, not what was in it."""
    path = tmp_path / "worker.sock"
    async with working(path):
        said = await raw(path, b'{"job": "stumble", "body": {}}\n')
    assert b"secret" not in said
    assert json.loads(said)["error"]["exit"] == 1


@pytest.mark.asyncio
async def test_those_who_ask_and_say_nothing_are_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half-open questions end after their time and keep nobody else waiting."""
    monkeypatch.setattr(worker, "READ_SECONDS", 0.2)
    path = tmp_path / "worker.sock"
    async with working(path):
        idle = [await asyncio.open_unix_connection(str(path)) for _ in range(worker.AT_ONCE + 8)]
        async with asyncio.timeout(5):
            assert [await reader.read() for reader, _ in idle] == [b""] * len(idle)
        for _, writer in idle:
            writer.close()
        assert await SocketLine(path).ask("echo", {}) == {"job": "echo"}


@pytest.mark.asyncio
async def test_a_second_worker_takes_over_when_the_first_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One answers at a time; a socket that a killed one left is no obstacle."""
    monkeypatch.setattr(worker, "TAKE_OVER_SECONDS", 0.05)
    path = tmp_path / "worker.sock"
    path.touch()
    async with working(path) as first:
        stop = asyncio.Event()
        second = asyncio.create_task(answer_jobs(path, answer, stop))
        await asyncio.sleep(0.1)
        first.set()
        async with asyncio.timeout(5):
            while True:
                with suppress(WorkerAway):
                    assert await SocketLine(path).ask("echo", {}) == {"job": "echo"}
                    break
                await asyncio.sleep(0.02)
        stop.set()
        await second


@pytest.mark.asyncio
async def test_a_data_directory_with_a_very_long_name_has_a_worker_too(tmp_path: Path) -> None:
    """The address of a socket is short in every system; the folder's name need not be."""
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    async with working(folder / "worker.sock"):
        assert await SocketLine(folder / "worker.sock").ask("echo", {}) == {"job": "echo"}
