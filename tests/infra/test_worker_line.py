"""A worker that is away or slow costs the wall nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from hms.infra.worker_line import Postbox, SocketLine, WorkerAway, WorkerRefused


@dataclass
class Line:
    """A worker that is there, away, or refuses."""

    mood: str = "there"
    taken: list[dict[str, Any]] = field(default_factory=list)

    async def ask(self, _job: str, body: Mapping[str, Any]) -> Any:
        if self.mood == "away":
            raise WorkerAway("nobody")
        self.taken += body["reports"]
        if self.mood == "refuses":
            raise WorkerRefused("input.invalid", "no", "", 2)


@pytest.mark.asyncio
async def test_without_a_worker_the_question_says_so_at_once(tmp_path: Path) -> None:
    with pytest.raises(WorkerAway):
        await SocketLine(tmp_path / "worker.sock").ask("echo", {})


@pytest.mark.asyncio
@pytest.mark.parametrize("said", [b"", b"nonsense\n", b"[]\n"])
async def test_who_answers_nonsense_is_no_worker(tmp_path: Path, said: bytes) -> None:
    path = tmp_path / "worker.sock"

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(said)
        writer.close()

    async with await asyncio.start_unix_server(serve, path):
        with pytest.raises(WorkerAway):
            await SocketLine(path).ask("echo", {})


@pytest.mark.asyncio
async def test_a_worker_that_hangs_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "worker.sock"
    over = asyncio.Event()

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    async with await asyncio.start_unix_server(serve, path):
        with pytest.raises(WorkerAway, match="does not answer"):
            await SocketLine(path, seconds=0.1).ask("echo", {})
        over.set()


@pytest.mark.asyncio
async def test_reports_are_carried_in_order_when_the_worker_is_back() -> None:
    """Nothing is lost by a worker that was away for a while."""
    line = Line("away")
    box = Postbox(line, "reports", pace_seconds=0.01, retry_seconds=0.01)
    carrying = asyncio.create_task(box.carry())
    for number in range(500):
        box.put({"n": number})
    await asyncio.sleep(0.05)
    assert len(box) == 500
    line.mood = "there"
    async with asyncio.timeout(5):
        while len(line.taken) < 500:
            await asyncio.sleep(0.01)
    carrying.cancel()
    assert [report["n"] for report in line.taken] == list(range(500))


@pytest.mark.asyncio
async def test_a_full_box_drops_the_oldest() -> None:
    """What screens said last is what counts."""
    line = Line("away")
    box = Postbox(line, "reports", most=3)
    for number in range(5):
        box.put({"n": number})
    assert not await box.carry_once()
    assert (len(box), box.dropped) == (3, 2)
    line.mood = "there"
    assert await box.carry_once()
    assert [report["n"] for report in line.taken] == [2, 3, 4]


@pytest.mark.asyncio
async def test_of_how_something_is_the_last_waits_and_pushes_nothing_out() -> None:
    line = Line("away")
    box = Postbox(line, "reports", most=3)
    for number in range(3):
        box.put({"n": number})
    for number in range(10):
        box.put_state(number % 5, {"state": number})
    assert (len(box), box.dropped) == (6, 7)
    assert not await box.carry_once()
    box.put_state(4, {"state": "newer"})
    line.mood = "there"
    assert await box.carry_once()
    happened = [{"n": number} for number in range(3)]
    assert line.taken == [*happened, {"state": 7}, {"state": 8}, {"state": "newer"}]
    assert len(box) == 0


@pytest.mark.asyncio
async def test_what_the_worker_refuses_is_not_carried_again() -> None:
    line = Line("refuses")
    box = Postbox(line, "reports")
    box.put({"n": 1})
    assert await box.carry_once()
    assert len(box) == 0
