"""The plain HTTP side: the page and nothing else, to GET and HEAD and nobody else."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.datastructures import Headers
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

import kiosk_display
from kiosk_display.web import Site, load_page, version_of
from tests.kiosk_display.conftest import Theatre, theatre
from tests.kiosk_display.screen import screen
from tests.kiosk_display.stage import small_hospital

PAGE = Path(kiosk_display.__file__).parent / "page"


@asynccontextmanager
async def stage() -> AsyncIterator[Theatre]:
    async with theatre(small_hospital(live=True)) as play:
        yield play


async def raw(port: int, request: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send ``request`` as it is; return status, headers and body, 0 when there is no answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    async with asyncio.timeout(20):
        answer = await reader.read()
    writer.close()
    if not answer:
        return 0, {}, b""
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return int(status.split()[1]), headers, body


async def get(port: int, path: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    request = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"
    return await raw(port, request.encode("utf-8"))


@pytest.mark.asyncio
async def test_the_page_and_its_files_are_served_from_memory() -> None:
    async with stage() as play:
        status, headers, body = await get(play.port, "/?zone=hall-a&lang=en,hi")
        assert status == 200
        assert headers["Content-Type"] == "text/html; charset=utf-8"
        assert int(headers["Content-Length"]) == len(body)
        for path in set(re.findall(rb'(?:src|href)="(/[^"]+)"', body)):
            found, more, data = await get(play.port, path.decode())
            assert found == 200
            assert data == (PAGE / path.decode()[1:]).read_bytes()
            assert more["X-Content-Type-Options"] == "nosniff"


@pytest.mark.asyncio
async def test_every_answer_is_guarded_and_names_no_software() -> None:
    async with stage() as play:
        for path in ("/", "/board.js", "/healthz", "/nothing"):
            _, headers, _ = await get(play.port, path)
            policy = headers["Content-Security-Policy"]
            assert "script-src 'self'" in policy
            assert "unsafe" not in policy
            assert "default-src 'none'" in policy
            assert headers["Cache-Control"] == "no-store"
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert "Server" not in headers


PROBES = [
    "/index.html", "/../hms.toml", "/..%2fhms.toml", "/%2e%2e/hms.toml", "/page/../../hms.toml",
    "//etc/passwd", "/etc/passwd", "/board.css/..", "/board.css%00.html", "/.git/config", "/ws/",
    "/board.py", "/wire.py", "/__init__.py", "/hms.db", "/BOARD.JS", "/metrics", "/..\\hms.toml",
    "/./board.js", "*", "http://127.0.0.1/board.js", "/" + "a" * 4000,
]  # fmt: skip


@pytest.mark.asyncio
@pytest.mark.parametrize("path", PROBES)
async def test_everything_else_is_not_there(path: str) -> None:
    async with stage() as play:
        status, _, body = await get(play.port, path)
        assert (status, body) == (404, b"Not Found\n")


@pytest.mark.asyncio
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "TRACE", "OPTIONS", "PATCH", "GETT"])
async def test_only_get_and_head_are_answered(method: str) -> None:
    async with stage() as play:
        for path in ("/", "/ws", "/healthz"):
            status, headers, _ = await get(play.port, path, method)
            assert status == 405
            assert headers["Allow"] == "GET, HEAD"


@pytest.mark.asyncio
async def test_head_has_the_headers_of_get_and_no_body() -> None:
    async with stage() as play:
        _, full, body = await get(play.port, "/")
        status, headers, nothing = await get(play.port, "/", "HEAD")
        assert (status, nothing) == (200, b"")
        assert headers["Content-Length"] == full["Content-Length"] == str(len(body))


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "request_",
    [
        b"\r\n\r\n", b"\x16\x03\x01\x02\n\x00\x01\x00\n\n",
        b"GET / HTTP/9.9\r\n\r\n", b"GET /\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: \xff\xfe\r\nX: " + b"z" * 9000 + b"\r\n\r\n",
    ],
)  # fmt: skip
async def test_garbage_is_refused_and_the_others_notice_nothing(request_: bytes) -> None:
    async with stage() as play, screen(play.port) as hall:
        await hall.take()
        status, headers, _ = await raw(play.port, request_)
        assert status in (0, 400, 404, 414, 431, 505)
        assert "Server" not in headers
        with play.staged.news() as news:
            play.staged.issue(1)
        play.tell(news)
        await hall.until("TOKEN_CREATED")


@pytest.mark.asyncio
async def test_who_opens_a_line_and_says_nothing_is_put_out() -> None:
    async with stage() as play:
        status, _, _ = await raw(play.port, b"GET / HTT")
        assert status in (0, 400)


@pytest.mark.asyncio
async def test_the_health_page_says_what_the_wall_knows() -> None:
    async with stage() as play, screen(play.port) as hall:
        first = await hall.take()
        status, headers, body = await get(play.port, "/healthz")
        said = json.loads(body)
        assert status == 200
        assert headers["Content-Type"] == "application/json"
        assert said["status"] == "ok"
        assert said["database"] == "ok"
        assert (said["epoch"], said["seq"]) == (first["epoch"], first["seq"])
        assert said["displays"] == 1


ORIGINS = [
    ("http://board.example:8765", "board.example:8765", True),
    ("https://board.example", "board.example", True),
    ("HTTP://Board.Example:8765", "board.example:8765", True),
    ("https://allowed.example", "board.example", True),
    ("https://evil.example", "board.example:8765", False),
    ("http://board.example", "board.example:8765", False),
    ("null", "board.example", False),
    ("", "board.example", False),
    ("file://", "board.example", False),
    ("http://board.example.evil.example", "board.example", False),
    ("http://[bad", "board.example", False),
]


@pytest.mark.parametrize(("origin", "host", "welcome"), ORIGINS)
def test_a_page_of_another_origin_may_not_listen(origin: str, host: str, welcome: bool) -> None:
    site = Site(load_page(), ("https://allowed.example/",), lambda: (True, {}))
    assert site.welcomes(Headers({"Origin": origin, "Host": host})) is welcome


def test_two_origins_are_none() -> None:
    headers = Headers([("Origin", "http://a"), ("Origin", "http://a"), ("Host", "a")])
    assert not Site(load_page(), (), lambda: (True, {})).welcomes(headers)


@pytest.mark.asyncio
async def test_an_evil_page_gets_no_socket() -> None:
    async with stage() as play:
        address = f"ws://127.0.0.1:{play.port}/ws"
        with pytest.raises(InvalidStatus, match="403"):
            await connect(address, origin=Origin("https://evil.example"))
        own = Origin(f"http://127.0.0.1:{play.port}")
        async with connect(address, origin=own) as ws:
            assert ws.close_code is None


@pytest.mark.asyncio
async def test_a_socket_is_opened_at_its_own_path_only() -> None:
    async with stage() as play:
        for path in ("/", "/ws/..", "/ws2", "/board.js"):
            with pytest.raises(InvalidStatus):
                await connect(f"ws://127.0.0.1:{play.port}{path}")
        status, headers, _ = await get(play.port, "/ws")
        assert (status, headers["Upgrade"]) == (426, "websocket")


def test_the_version_of_the_page_is_another_one_when_a_file_is() -> None:
    page = load_page()
    other = {**page, "/kiosk.js": replace(page["/kiosk.js"], data=page["/kiosk.js"].data + b" ")}
    assert version_of(page) == version_of(load_page()) != version_of(other)


def test_the_page_is_small_plain_and_asks_no_other_host() -> None:
    files = {file.name: file.read_text(encoding="utf-8") for file in PAGE.iterdir()}
    sizes = {name: len(text.encode()) for name, text in files.items()}
    kiosk = sum(size for name, size in sizes.items() if name.startswith("kiosk"))
    assert kiosk < 50_000
    assert sum(sizes.values()) - kiosk < 140_000
    for name, text in files.items():
        hosts = set(re.findall(r"https?://[^\s\"'`]+", text)) - {"http://www.w3.org/2000/svg"}
        assert not hosts, f"{name} asks {hosts}"
        for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
            assert word not in text, f"{name} uses {word}"
    for name in ("index.html", "kiosk.html"):
        assert not re.search(r"<script(?![^>]*src=)", files[name])
        assert not re.search(r"\s(on\w+|style)=", files[name])
