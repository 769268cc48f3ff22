"""Strangers on the network hurt nobody (trust.md T11, T12, T18): frozen, broken, slow, prying.

Each promise has its control: with the guard taken away the same look turns red.
"""

from __future__ import annotations

import asyncio
import inspect
import random
import socket
import statistics
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.datastructures import Headers

from hms.kernel import clock
from kiosk_display import hub as hub_module
from kiosk_display import server as server_module
from kiosk_display.web import Site, load_page
from tests.kiosk_display.conftest import ZONES, theatre
from tests.kiosk_display.screen import Screen, hello, screen
from tests.kiosk_display.stage import small_hospital
from tests.kiosk_display.test_hub import deaf
from tests.kiosk_display.test_server import CONFIG
from tests.support import Hospital, hospital_at
from tests.trust.hostile_network import OPEN, bomb, broken_sessions, frame, probes, resident_bytes
from tests.trust.walls import Server, free_port

MB = 1024 * 1024
BUSY_SECONDS = 0.25  # a ping on a machine that does other tests, too; the long form is strict
GUARDS = (
    "content-security-policy", "x-content-type-options", "cache-control", "referrer-policy",
)  # fmt: skip
pytestmark = pytest.mark.asyncio


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Hospital]:
    """Return a hospital whose clock is the machine's, as its display server's is."""
    with (
        hospital_at(tmp_path / "data" / "hms.db", zones=dict(ZONES)) as made,
        clock.replaced(lambda: datetime.now(UTC)),
    ):
        yield made


@pytest.fixture
def server(hospital: Hospital, tmp_path: Path) -> Iterator[Server]:
    """Return a display server as a process of its own."""
    config = tmp_path / "hms.toml"
    config.write_text(CONFIG.format(path=hospital.settings.database_file))
    made = Server(config, free_port())
    asyncio.run(made.start())
    yield made
    made.kill()


async def answer(port: int, request: bytes, seconds: float = 10.0, *, then: bytes = b"") -> bytes:
    """Send ``request`` as it is, and ``then`` after the first answer; return all that came."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    said = b""
    try:
        with suppress(OSError, TimeoutError):
            writer.write(request)
            async with asyncio.timeout(seconds):
                while chunk := await reader.read(65_536):
                    said += chunk
                    writer.write(then)
                    then = b""
    finally:
        writer.transport.abort()  # what the server never took would keep the line open
        with suppress(OSError):
            await writer.wait_closed()
    return said


@asynccontextmanager
async def healthy(port: int) -> AsyncIterator[list[float]]:
    """Keep a good screen connected; give the round trips of its pings in seconds."""
    trips: list[float] = []
    async with connect(f"ws://127.0.0.1:{port}/ws", compression=None) as line:
        await hello(line)

        async def ping() -> None:
            while True:
                began = time.monotonic()
                await (await line.ping())
                trips.append(time.monotonic() - began)
                await asyncio.sleep(0.02)

        async def read() -> None:
            async for _ in line:
                pass

        jobs = [asyncio.create_task(job()) for job in (ping, read)]
        try:
            yield trips
            assert not any(job.done() for job in jobs), "the good screen was closed"
        finally:
            for job in jobs:
                job.cancel()


async def closed_after(client: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
    """Wait until the server ends the line."""
    with suppress(ConnectionError):
        while await client[0].read(4096):
            pass
    client[1].close()


def open_files(pid: int) -> int:
    """Return how many files and lines a process has open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


# --- T11: a frozen screen does not slow the others -------------------------------


async def frozen_screens(
    hospital: Hospital, server: Server, *, seconds: float, good: int, stalled: int
) -> tuple[list[float], int]:
    """Let ``good`` screens watch beside ``stalled`` ones; return delays and memory grown."""
    delays: list[float] = []
    async with AsyncExitStack() as stack:
        halls = [await stack.enter_async_context(screen(server.port)) for _ in range(good)]
        for hall in halls:
            await hall.take()
        dead = [await asyncio.to_thread(deaf, server.port) for _ in range(stalled)]
        before = resident_bytes(server.pid)
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            began = time.monotonic()
            token = await asyncio.to_thread(hospital.issue, "GM")
            committed = time.monotonic()
            await asyncio.gather(*[told(hall, token.code) for hall in halls])
            delays.append(time.monotonic() - committed)
            await asyncio.sleep(max(0.0, 0.02 - (time.monotonic() - began)))
        grown = resident_bytes(server.pid) - before
        for client in dead:
            client.close()
    return delays, grown


async def told(hall: Screen, code: str) -> None:
    """Take frames up to that of the token."""
    while (await hall.until("TOKEN_CREATED"))["token"] != code:
        pass
    hall.frames.clear()


@pytest.mark.serial
async def test_frozen_screens_slow_nobody(hospital: Hospital, server: Server) -> None:
    delays, grown = await frozen_screens(hospital, server, seconds=5, good=20, stalled=10)
    assert statistics.median(delays) < 0.1
    assert grown < 32 * MB


@pytest.mark.serial
@pytest.mark.long
async def test_fifty_screens_beside_ten_frozen_ones_for_ten_minutes(
    hospital: Hospital, server: Server
) -> None:
    delays, grown = await frozen_screens(hospital, server, seconds=600, good=50, stalled=10)
    p99 = statistics.quantiles(delays, n=100)[98]
    print(f"T11: {len(delays)} events, p99 {1000 * p99:.1f} ms, memory +{grown / MB:.1f} MB")
    assert p99 < 0.1
    assert grown < 32 * MB


async def test_control_without_the_bound_a_frozen_screen_takes_memory_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bound = hub_module.MAX_BUFFER
    monkeypatch.setattr(hub_module, "MAX_BUFFER", 1 << 40)
    monkeypatch.setattr(hub_module, "BURST", 1 << 40)
    async with theatre(small_hospital(live=True), narrow=True) as play:
        client = await asyncio.to_thread(deaf, play.port)
        while play.hub.displays == 0:
            await asyncio.sleep(0.01)
        [watcher] = play.hub._watchers
        for _ in range(60):
            with play.staged.news() as news:
                for _ in range(10):
                    play.staged.issue(1)
            play.tell(news)
            await asyncio.sleep(0.01)
        assert watcher.connection.transport.get_write_buffer_size() > 4 * bound
        client.close()


# --- T12: garbage cannot hurt the display server ---------------------------------


async def garbage(port: int, sessions: int, *, at_once: int = 40) -> None:
    """Run broken sessions, many at a time."""
    dice = random.Random(11)
    source = broken_sessions(dice)
    gate = asyncio.Semaphore(at_once)

    async def one(said: bytes) -> None:
        async with gate:
            await answer(port, said, seconds=0.3)

    await asyncio.gather(*[one(next(source)) for _ in range(sessions)])


async def survives_garbage(server: Server, sessions: int) -> tuple[list[float], int]:
    """Send garbage beside a good screen; return its pings and how much memory grew."""
    await garbage(server.port, 50)  # what is loaded and allocated once
    before = resident_bytes(server.pid)
    async with healthy(server.port) as trips:
        await garbage(server.port, sessions)
    assert b"200 OK" in await answer(server.port, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    return trips, resident_bytes(server.pid) - before


@pytest.mark.serial
async def test_broken_sessions_hurt_nobody(server: Server) -> None:
    trips, grown = await survives_garbage(server, 500)
    assert statistics.median(trips) < BUSY_SECONDS
    assert grown < 16 * MB


@pytest.mark.serial
@pytest.mark.long
async def test_ten_thousand_broken_sessions_hurt_nobody(server: Server) -> None:
    trips, grown = await survives_garbage(server, 10_000)
    p99 = statistics.quantiles(trips, n=100)[98]
    print(f"T12: ping p99 {1000 * p99:.1f} ms, memory +{grown / MB:.1f} MB")
    assert p99 < 0.05
    assert grown < 16 * MB


@pytest.mark.serial
@pytest.mark.parametrize("count", [60, pytest.param(300, marks=pytest.mark.long)])
async def test_those_who_dribble_their_request_are_put_out_in_time(
    server: Server, count: int
) -> None:
    """Slowloris: one byte now and then keeps no line open beyond the time for opening."""
    lines = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(count)]

    async def dribble(writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            for byte in OPEN:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(0.4)

    began = time.monotonic()
    async with healthy(server.port) as trips:
        slow = [asyncio.create_task(dribble(writer)) for _, writer in lines]
        async with asyncio.timeout(30):
            await asyncio.gather(*[closed_after(line) for line in lines])
        for task in slow:
            task.cancel()
    assert time.monotonic() - began < 2 * hub_module.HELLO_SECONDS
    assert statistics.median(trips) < BUSY_SECONDS


@pytest.mark.serial
async def test_a_thousand_half_open_lines_keep_nobody_out(server: Server) -> None:
    before = open_files(server.pid)
    quiet = []
    for _ in range(1_000):
        line = socket.socket()
        line.setblocking(False)
        with suppress(BlockingIOError):
            line.connect(("127.0.0.1", server.port))
        quiet.append(line)
        if len(quiet) % 50 == 0:
            await asyncio.sleep(0.01)
    most = before
    async with healthy(server.port) as trips, asyncio.timeout(3 * hub_module.HELLO_SECONDS):
        while most < before + 500 or open_files(server.pid) > before + 10:
            most = max(most, open_files(server.pid))
            await asyncio.sleep(0.2)
    for line in quiet:
        line.close()
    assert statistics.median(trips) < BUSY_SECONDS


async def test_a_compressed_bomb_is_never_unpacked(server: Server) -> None:
    await answer(server.port, OPEN + frame(1, b"x"), seconds=1)
    before = resident_bytes(server.pid)
    offered = OPEN.replace(b"\r\n\r\n", b"\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n")
    packed = bomb()
    for _ in range(3):
        said = await answer(server.port, offered, seconds=1, then=packed)
        assert b"101" in said
        assert b"permessage-deflate" not in said
    assert resident_bytes(server.pid) - before < 16 * MB


@pytest.mark.serial
@pytest.mark.parametrize(("limit", "put_out"), [(0.5, True), (3600.0, False)])
async def test_control_only_the_time_for_opening_puts_the_slow_ones_out(
    monkeypatch: pytest.MonkeyPatch, limit: float, put_out: bool
) -> None:
    monkeypatch.setattr(server_module, "HELLO_SECONDS", limit)
    async with theatre(small_hospital()) as play:
        line = await asyncio.open_connection("127.0.0.1", play.port)
        line[1].write(OPEN[:20])
        with suppress(TimeoutError):
            async with asyncio.timeout(2):
                await closed_after(line)
        assert line[0].at_eof() is put_out
        line[1].close()


# --- T18: the server gives only its files ----------------------------------------


def headers_of(said: bytes) -> set[str]:
    """Return the names of an answer's headers."""
    head = said.partition(b"\r\n\r\n")[0].decode("latin-1").lower()
    return {line.partition(":")[0] for line in head.split("\r\n")[1:]}


def leaks(said: bytes, files: Sequence[bytes]) -> bool:
    """Return whether an answer gave away a file."""
    body = said.partition(b"\r\n\r\n")[2]
    return b"root:" in said or any(body and body in data for data in files if len(body) > 40)


async def test_no_probe_gets_anything_but_the_page(server: Server) -> None:
    asked = probes()
    assert len(asked) >= 200
    files = [inspect.getsource(server_module).encode()]
    for method, path in asked:
        request = f"{method} {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        said = await answer(server.port, request, seconds=5)
        status = said[9:12]
        assert not leaks(said, files), (method, path)
        if said and status != b"400":  # a request that is none is not answered as a page
            assert set(GUARDS) <= headers_of(said), (method, path, said[:200])
        if method != "GET":
            assert status != b"200", (method, path)
        elif (".." in path or "%" in path) and not path.startswith("/t/"):
            assert status in (b"404", b"400"), (method, path, said[:80])


async def test_every_answer_of_the_page_is_guarded(server: Server) -> None:
    for path in load_page():
        for method in ("GET", "HEAD"):
            said = await answer(
                server.port, f"{method} {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode(), seconds=5
            )
            assert said.startswith(b"HTTP/1.1 200"), path
            assert set(GUARDS) <= headers_of(said), path


async def test_only_pages_of_this_server_open_a_socket(server: Server) -> None:
    own = f"127.0.0.1:{server.port}"
    matrix = {
        None: True,
        f"http://{own}": True,
        f"https://{own}": True,
        f"http://{own}.evil.example": False,
        f"http://evil.example:{server.port}": False,
        "http://127.0.0.1": False,
        "null": False,
        "file://": False,
        "": False,
        "http://": False,
        f"ftp://{own}": False,
        f"http://user@{own}": False,
        f"http://{own}/path": False,
        "http://[::1": False,
    }
    for path in (b"/ws", b"/ws/staff"):
        for origin, welcome in matrix.items():
            line = b"" if origin is None else f"Origin: {origin}\r\n".encode()
            request = OPEN.replace(b"/ws ", path + b" ").replace(
                b"Host: x\r\n", f"Host: {own}\r\n".encode() + line
            )
            said = await answer(server.port, request, seconds=3, then=frame(8, b""))
            assert (b" 101 " in said[:20]) is welcome, (path, origin, said[:60])


async def test_control_a_server_that_joins_paths_is_found_out(tmp_path: Path) -> None:
    """The look for leaks sees one when there is one."""
    secret = tmp_path / "server.py"
    secret.write_text("x = 1\n" * 20)
    said = b"HTTP/1.1 200 OK\r\n\r\n" + secret.read_bytes()
    assert leaks(said, [secret.read_bytes()])
    assert not Site(load_page(), (), lambda: (True, {})).welcomes(
        Headers({"Origin": "http://evil", "Host": "x"})
    )
