"""The display server on a real database: killed, restarted, starved; and its command line."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from hms.features.displays import service as displays
from hms.features.tokens import service as tokens
from hms.infra.settings import Settings
from hms.kernel import clock
from kiosk_display import server
from kiosk_display.feed import Opening, look
from kiosk_display.hub import Hub
from tests.kiosk_display.conftest import wall
from tests.kiosk_display.screen import STATE, Screen, View, screen
from tests.support import Hospital

T = TypeVar("T")
CONFIG = """
[database]
url = "sqlite+aiosqlite:///{path}"

[zones]
front = ["GM", "LAB"]
"""


def truth(hospital: Hospital, zone: str | None = None) -> tuple[View, dict[str, Any]]:
    """Return what a server that starts now would show, and its place."""
    found = hospital.db.read_now(lambda work: look(work, None, 0))
    assert isinstance(found, Opening)
    frame = json.loads(found.streams[zone].snapshot(clock.now()))
    place = {"epoch": frame["epoch"], "seq": frame["seq"]}
    return {key: frame[key] for key in STATE}, place


async def act(hospital: Hospital, *steps: Callable[[], object]) -> None:
    """Let the desks act while screens watch."""
    for step in steps:
        await asyncio.to_thread(step)


def visit(hospital: Hospital, queue: str = "GM") -> str:
    """Issue a token, call it, complete it."""
    hospital.issue(queue)
    token = hospital.called(queue)
    hospital.do("nils", tokens.complete, token.id)
    return token.code


async def caught_up(hospital: Hospital, hall: Screen, zone: str | None = None) -> None:
    """Check that a screen comes to what the tables say."""
    view, place = await asyncio.to_thread(truth, hospital, zone)
    assert isinstance(place["seq"], int)
    await hall.reach(place["seq"])
    assert hall.place == place
    if hall.view is not None:
        assert hall.view == view


@pytest.mark.asyncio
async def test_what_happens_at_a_desk_is_on_the_wall(hospital: Hospital) -> None:
    async with (
        wall(hospital.settings) as place,
        screen(place.port) as hall,
        screen(place.port, "front") as front,
    ):
        await hall.take()
        await front.take()
        await act(
            hospital,
            lambda: hospital.issue("GM"),
            lambda: hospital.called("GM"),
            lambda: hospital.issue("ENT"),
            lambda: hospital.do("mara", displays.add_notice, displays.AddNotice("Hello", True)),
            lambda: visit(hospital, "LAB"),
        )
        await caught_up(hospital, hall)
        await caught_up(hospital, front, "front")
        [notice] = hall.heard("NOTICE")[0]["notices"]
        assert (notice["id"], notice["text"], notice["urgent"]) == (1, "Hello", True)
        assert [call["token"] for call in front.heard("CALL")] == ["GM-001", "LAB-001"]


@pytest.mark.asyncio
async def test_a_call_is_on_the_wall_within_a_blink(hospital: Hospital) -> None:
    async with wall(hospital.settings) as place, screen(place.port) as hall:
        await hall.take()
        waits = []
        for _ in range(20):
            began = time.monotonic()
            await act(hospital, lambda: hospital.issue("GM"))
            committed = time.monotonic()
            await hall.until("QUEUE_UPDATED")
            waits.append(time.monotonic() - committed)
            assert committed - began < 5
        assert sorted(waits)[len(waits) // 2] < 0.05


@pytest.mark.asyncio
async def test_every_call_reaches_every_screen_once_through_restarts(hospital: Hospital) -> None:
    """A server killed in the middle of the morning loses, doubles and reorders nothing."""
    heard: list[list[int]] = [[], [], []]
    places: list[dict[str, object] | None] = [None, None, None]
    zones = (None, "front", None)
    for _ in range(4):
        async with AsyncExitStack() as stack:
            place = await stack.enter_async_context(wall(hospital.settings))
            halls = [
                await stack.enter_async_context(screen(place.port, zone, after))
                for zone, after in zip(zones, places, strict=True)
            ]
            await act(hospital, *[lambda: visit(hospital)] * 3)
            for index, hall in enumerate(halls):
                await caught_up(hospital, hall, zones[index])
                heard[index] += [call["call_id"] for call in hall.heard("CALL")]
                places[index] = hall.place
        await act(hospital, *[lambda: visit(hospital)] * 2)
    called = "SELECT id FROM outbox WHERE kind = 'TokenCalled' ORDER BY id"
    calls = [row[0] for row in hospital.rows(called)]
    first_missed = heard[0][0]
    for ids in heard:
        assert ids == [call for call in calls if first_missed <= call <= ids[-1]]


@pytest.mark.asyncio
async def test_calls_made_while_the_server_was_down_expire_after_a_minute(
    hospital: Hospital,
) -> None:
    async with wall(hospital.settings) as place, screen(place.port) as hall:
        await hall.take()
        before = hall.place
    visit(hospital)
    hospital.clock.forward(seconds=61)
    visit(hospital)
    async with wall(hospital.settings) as place, screen(place.port, after=before) as again:
        await caught_up(hospital, again)
        calls = again.heard("CALL")
        assert [(call.get("expired", False)) for call in calls] == [True, False]


@pytest.mark.asyncio
async def test_a_restart_keeps_at_least_the_last_thousand_frames(hospital: Hospital) -> None:
    for _ in range(150):
        visit(hospital)
    view, place = truth(hospital)
    assert isinstance(place["seq"], int)
    after = {"epoch": place["epoch"], "seq": place["seq"] - 1000}
    async with wall(hospital.settings) as served, screen(served.port, after=after) as hall:
        await hall.reach(place["seq"])
        assert not hall.heard("SNAPSHOT")
        assert len(hall.frames) == 1000
    async with wall(hospital.settings) as served, screen(served.port) as new:
        await new.take()
        assert new.view == view


@pytest.mark.asyncio
async def test_two_servers_number_alike(hospital: Hospital) -> None:
    async with AsyncExitStack() as stack:
        ports = [(await stack.enter_async_context(wall(hospital.settings))).port for _ in "ab"]
        first, second = [await stack.enter_async_context(screen(port)) for port in ports]
        for hall in (first, second):
            await hall.take()
        await act(hospital, *[lambda: visit(hospital)] * 5)
        await caught_up(hospital, first)
        await caught_up(hospital, second)
        same = [
            [(f["seq"], f["epoch"], f["type"]) for f in hall.frames if f["type"] != "HEARTBEAT"][1:]
            for hall in (first, second)
        ]
        assert same[0] == same[1]
        async with screen(ports[1], after=first.place) as moved:
            assert (await moved.take())["type"] == "HEARTBEAT"


@pytest.mark.asyncio
async def test_a_queue_made_while_the_wall_is_up_appears(hospital: Hospital) -> None:
    async with wall(hospital.settings) as place, screen(place.port) as hall:
        first = await hall.take()
        queue = tokens.AddQueue("EYE", "Eye clinic")
        await act(hospital, lambda: hospital.do("ada", tokens.add_queue, queue))
        second = await hall.until("SNAPSHOT")
        assert second["epoch"] != first["epoch"]
        await act(hospital, lambda: visit(hospital, "EYE"))
        await caught_up(hospital, hall)


@pytest.mark.asyncio
async def test_without_a_database_the_server_says_so_and_waits_for_one(
    hospital: Hospital,
) -> None:
    path = hospital.settings.database_file
    assert path is not None
    away = path.with_name("away.db")
    hospital.db.close_now()
    os.rename(path, away)  # noqa: PTH104 - nothing waits for it
    async with wall(hospital.settings) as place:
        status, said = await asyncio.to_thread(health, place.port)
        assert (status, said["database"]) == (503, "unreachable")
        async with screen(place.port) as hall:
            os.rename(away, path)  # noqa: PTH104
            assert (await hall.take())["type"] == "SNAPSHOT"
            status, said = await asyncio.to_thread(health, place.port)
            assert (status, said["status"]) == (200, "ok")


def health(port: int) -> tuple[int, dict[str, object]]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/healthz")
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


@contextmanager
def process(config: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """Run ``hms-display`` as a process of its own."""
    words = ["--config", str(config), "--port", str(port)]
    code = "import sys; from kiosk_display.start import main; sys.exit(main())"
    with subprocess.Popen(
        [sys.executable, "-c", code, *words], stderr=subprocess.PIPE, text=True
    ) as running:
        try:
            assert running.stderr is not None
            said = running.stderr.readline()
            while said.startswith("WARNING"):  # a voice or a font is not installed
                said = running.stderr.readline()
            assert "the wall is at" in said
            yield running
        finally:
            running.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def config(hospital: Hospital, tmp_path: Path) -> Path:
    file = tmp_path / "hms.toml"
    path = hospital.settings.database.url.partition("///")[2]
    file.write_text(CONFIG.format(path=path))
    return file


@pytest.mark.asyncio
async def test_killed_with_the_power_cut_the_wall_is_right_again_in_seconds(
    hospital: Hospital, config: Path
) -> None:
    port, after, heard = free_port(), None, list[str]()
    codes = [visit(hospital)]
    for _ in range(3):
        with process(config, port) as running:
            async with screen(port, after=after) as hall:
                if after is None:
                    await hall.take()
                codes += [await asyncio.to_thread(visit, hospital) for _ in range(3)]
                await caught_up(hospital, hall)
                heard += [call["token"] for call in hall.heard("CALL")]
                after = hall.place
                running.send_signal(signal.SIGKILL)
        codes.append(await asyncio.to_thread(visit, hospital))
    assert heard == codes[1:-1]


def resident_megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        pytest.skip("memory is read from /proc")
    line = next(one for one in status.read_text().splitlines() if one.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


@pytest.mark.asyncio
async def test_a_hundred_screens_fit_into_90_megabytes(config: Path, hospital: Hospital) -> None:
    port = free_port()
    for _ in range(150):
        visit(hospital)
    with process(config, port) as running:
        async with AsyncExitStack() as stack:
            halls = [await stack.enter_async_context(screen(port)) for _ in range(100)]
            for hall in halls:
                await hall.take()
                hall.view = None  # this test is about the server's memory
            await act(hospital, *[lambda: visit(hospital)] * 10)
            _, place = await asyncio.to_thread(truth, hospital)
            assert isinstance(place["seq"], int)
            for hall in halls:
                await hall.reach(place["seq"])
            assert resident_megabytes(running.pid) <= 90


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--prot", "1"], "unknown option"),
        (["--port"], "needs a value"),
        (["--port", "eight"], "is no port"),
        (["--port", "70000"], "is no port"),
        (["--port=٣"], "is no port"),
        (["wall"], "unknown option"),
    ],
)
def test_a_mistyped_command_line_is_explained(
    words: list[str],
    sentence: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "argv", ["hms-display", *words])
    assert server.main() == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert "usage: hms-display" in said


def test_help_is_given(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["hms-display", "--help"])
    assert server.main() == 0
    assert capsys.readouterr().out.startswith("usage: hms-display")


def test_a_taken_port_is_a_plain_sentence(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        words = ["--config", str(config), "--port", str(taken.getsockname()[1])]
        monkeypatch.setattr(sys, "argv", ["hms-display", *words])
        assert server.main() == 7
    assert "cannot listen" in capsys.readouterr().err


def test_the_wall_loads_no_screen_no_command_and_no_use_case() -> None:
    code = "import kiosk_display.server, sys; print(*sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(Path(server.__file__).parents[1])}
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    loaded = set(answer.stdout.split())
    assert not loaded & {"textual", "typer", "click"}
    assert not {name for name in loaded if name.startswith("hms.features") and "service" in name}


def test_settings_are_those_of_the_contract() -> None:
    assert (Settings().display.host, Settings().display.port) == ("127.0.0.1", 8765)


@pytest.mark.asyncio
async def test_a_server_without_its_heartbeat_ends_so_that_it_is_started_again(
    hospital: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stumble(_hub: object) -> None:
        raise RuntimeError("no heart")

    monkeypatch.setattr(Hub, "beat", stumble)
    with pytest.raises(RuntimeError, match="no heart"):
        async with asyncio.timeout(20):
            await server.serve(hospital.settings, "127.0.0.1", 0)
