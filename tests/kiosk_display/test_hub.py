"""Screens on real sockets: each is told everything once and in order, whatever others do."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from hms.kernel import clock
from kiosk_display import hub as hub_module
from kiosk_display.hub import Allowance
from tests.kiosk_display.conftest import Theatre, theatre
from tests.kiosk_display.screen import STATE, hello, screen
from tests.kiosk_display.stage import queue, small_hospital

pytestmark = pytest.mark.asyncio


def happen(play: Theatre, times: int = 1) -> None:
    """Issue and call tokens, and tell the screens."""
    with play.staged.news() as news:
        for _ in range(times):
            play.staged.issue(1)
            play.staged.call(1, "Room 1")
            for done in [one.code for one in play.staged.tokens[1][:-3]]:
                play.staged.move(1, done, "TokenCompleted", "completed")
    play.tell(news)


async def eventually(holds: Callable[[], bool], seconds: float = 3.0) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.01)


async def displays(play: Theatre, number: int) -> None:
    """Wait until so many screens watch."""
    await eventually(lambda: play.hub.displays == number)


def fresh(play: Theatre, zone: str | None = None) -> dict[str, object]:
    """Return the state of a newly opened stream."""
    chosen = next(one for one in play.zones if one.name == zone)
    frame = json.loads(play.staged.stream(chosen).snapshot(clock.now()))
    return {key: frame[key] for key in STATE}


async def closed(connection: ClientConnection, seconds: float = 3.0) -> int | None:
    """Return the code with which the server closes a connection."""
    async with asyncio.timeout(seconds):
        await connection.wait_closed()
    return connection.close_code


async def test_a_new_screen_gets_a_snapshot_and_then_every_frame() -> None:
    async with theatre(small_hospital(live=True)) as play, screen(play.port) as hall:
        first = await hall.take()
        assert first["type"] == "SNAPSHOT"
        assert first["hospital"] == "St. Brigid’s Hospital"
        await hall.until("HEARTBEAT")
        happen(play, 3)
        position = play.hub.position
        assert position is not None
        await hall.reach(position.seq)
        assert hall.view == fresh(play)
        assert [call["token"] for call in hall.heard("CALL")] == ["GM-001", "GM-002", "GM-003"]


async def test_a_screen_that_says_where_it_is_gets_only_what_it_missed() -> None:
    async with theatre(small_hospital(live=True)) as play:
        async with screen(play.port) as hall:
            await hall.take()
            before = hall.place
        happen(play, 2)
        async with screen(play.port, after=before) as again:
            await again.until("HEARTBEAT")
            assert [frame["type"] for frame in again.frames[:2]] == [
                "TOKEN_CREATED",
                "QUEUE_UPDATED",
            ]
            assert not again.heard("SNAPSHOT")
            assert len(again.heard("CALL")) == 2


async def test_a_screen_with_nothing_missed_is_live_at_once() -> None:
    async with theatre(small_hospital(live=True)) as play:
        async with screen(play.port) as hall:
            await hall.take()
        async with screen(play.port, after=hall.place) as again:
            frame = await again.take(1.0)
            assert frame["type"] == "HEARTBEAT"
            assert frame["server_time"].endswith("Z")


@pytest.mark.parametrize("after", [{"epoch": "old", "seq": 1}, "future", "long ago"])
async def test_a_place_nobody_knows_gets_a_snapshot(after: object) -> None:
    async with theatre(small_hospital(live=True)) as play:
        happen(play, 500)
        position = play.hub.position
        assert position is not None
        if after == "future":
            after = {"epoch": position.epoch, "seq": position.seq + 5}
        elif after == "long ago":
            after = {"epoch": position.epoch, "seq": 1}
        assert isinstance(after, dict)
        async with screen(play.port, after=after) as hall:
            assert (await hall.take())["type"] == "SNAPSHOT"


async def test_a_screen_that_another_server_told_more_makes_this_one_look_at_once() -> None:
    staged = small_hospital(live=True)
    async with theatre(staged) as play:
        with staged.news() as news:
            staged.issue(1)
            staged.call(1, "Room 1")
        play.unread += news
        ahead = staged.stream(staged.zone(None)).position
        after = {"epoch": ahead.epoch, "seq": ahead.seq}
        async with screen(play.port, after=after) as moved:
            assert (await moved.take())["type"] == "HEARTBEAT"


async def test_calls_older_than_a_minute_keep_their_place_but_are_not_announced() -> None:
    start = datetime(2031, 3, 4, 9, 0, tzinfo=UTC)
    at = [start]
    with clock.replaced(lambda: at[0]):
        async with theatre(small_hospital(live=True)) as play:
            async with screen(play.port) as hall:
                await hall.take()
            happen(play)
            at[0] = start + timedelta(seconds=50)
            happen(play)
            at[0] = start + timedelta(seconds=70)
            async with screen(play.port, after=hall.place) as again:
                await again.until("HEARTBEAT")
                calls = again.heard("CALL")
                assert [call.get("expired", False) for call in calls] == [True, False]


async def test_a_zone_is_told_of_its_own_queues_only() -> None:
    staged = small_hospital(live=True)
    async with (
        theatre(staged, staged.zone("labs", [3])) as play,
        screen(play.port, "labs") as labs,
        screen(play.port) as hall,
    ):
        snapshot = await labs.take()
        assert [one["code"] for one in snapshot["queues"]] == ["LAB"]
        assert snapshot["zone"] == "labs"
        await hall.take()
        happen(play, 2)
        with staged.news() as news:
            staged.issue(3)
        play.tell(news)
        created = await labs.until("TOKEN_CREATED")
        assert created["token"] == "LAB-001"
        await labs.until("QUEUE_UPDATED")
        assert labs.view == fresh(play, "labs")


async def test_an_unknown_zone_is_refused() -> None:
    async with theatre(small_hospital()) as play, connect(f"ws://127.0.0.1:{play.port}/ws") as ws:
        await hello(ws, "cellar")
        assert await closed(ws) == 1008


async def test_another_set_of_queues_begins_with_a_snapshot_of_a_new_epoch() -> None:
    staged = small_hospital(live=True)
    async with theatre(staged) as play, screen(play.port) as hall:
        first = await hall.take()
        staged.queues[4] = queue("EYE", "Eye clinic")
        play.zones = [staged.zone(None)]
        play.open()
        second = await hall.until("SNAPSHOT")
        assert second["epoch"] != first["epoch"]
        assert "EYE" in [one["code"] for one in second["queues"]]


async def test_a_stream_opened_again_goes_on_without_a_gap() -> None:
    staged = small_hospital(live=True)
    async with theatre(staged) as play, screen(play.port) as hall:
        await hall.take()
        for _ in range(3):
            staged.issue(1)
            staged.call(1, "Room 1")
        play.open()
        position = play.hub.position
        assert position is not None
        await hall.reach(position.seq)
        assert len(hall.heard("CALL")) == 3
        assert hall.view == fresh(play)


BAD = [
    "not json", "[]", '{"type": "WAT"}', '{"type": "ACK", "seq": "many"}', b"\x00\x01", "[" * 3000,
    '{"type": "STATUS", "sound": "shout"}', '{"type": "HELLO", "name": "again"}',
]  # fmt: skip


@pytest.mark.parametrize("said", BAD)
async def test_a_malformed_frame_closes_that_connection_and_nothing_else(said: str | bytes) -> None:
    async with theatre(small_hospital(live=True)) as play, screen(play.port) as good:
        await good.take()
        async with connect(f"ws://127.0.0.1:{play.port}/ws") as ws:
            await hello(ws)
            await ws.send(said)
            assert await closed(ws) == 1008
        happen(play)
        assert (await good.until("CALL"))["token"] == "GM-001"


@pytest.mark.parametrize("said", ["not json", '{"type": "ACK", "seq": 1}', b"{}", "[" * 3000])
async def test_a_first_frame_that_is_no_hello_closes_that_connection(said: str | bytes) -> None:
    async with theatre(small_hospital()) as play, connect(f"ws://127.0.0.1:{play.port}/ws") as ws:
        await ws.send(said)
        assert await closed(ws) == 1008


async def test_a_frame_over_4_kib_closes_with_1009() -> None:
    async with theatre(small_hospital(live=True)) as play, screen(play.port) as good:
        await good.take()
        async with connect(f"ws://127.0.0.1:{play.port}/ws") as ws:
            await hello(ws)
            await ws.send("x" * 4097)
            assert await closed(ws) == 1009
        happen(play)
        await good.until("CALL")


async def test_too_many_frames_close_that_connection() -> None:
    async with theatre(small_hospital(live=True)) as play, screen(play.port) as good:
        await good.take()
        async with connect(f"ws://127.0.0.1:{play.port}/ws") as ws:
            await hello(ws)
            for _ in range(400):
                try:
                    await ws.send('{"type": "ACK", "seq": 0, "call_id": null, "spoken": false}')
                except ConnectionClosed:
                    break
            assert await closed(ws) == 1008
        happen(play)
        await good.until("CALL")


async def test_a_busy_screen_may_acknowledge_twenty_calls_in_a_second() -> None:
    async with theatre(small_hospital(live=True)) as play, screen(play.port) as good:
        await good.take()
        for number in range(60):
            said = {"type": "ACK", "seq": number, "call_id": number, "spoken": True}
            await good.connection.send(json.dumps(said))
        happen(play)
        await good.until("CALL")


async def test_who_says_nothing_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "HELLO_SECONDS", 0.2)
    async with theatre(small_hospital()) as play, connect(f"ws://127.0.0.1:{play.port}/ws") as ws:
        assert await closed(ws) == 1008
        assert play.hub.displays == 0


def deaf(port: int) -> socket.socket:
    """Return a screen that says HELLO and never reads again."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", port))
    client.sendall(
        b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    assert b"101" in client.recv(4096)
    said = b'{"type":"HELLO","name":"deaf","zone":null,"after":null}'
    client.sendall(bytes([0x81, 0x80 | len(said)]) + b"\0\0\0\0" + said)
    return client


async def test_a_stalled_screen_is_dropped_and_no_other_notices(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hub_module, "STALL_SECONDS", 1.0)
    async with AsyncExitStack() as stack:
        play = await stack.enter_async_context(theatre(small_hospital(live=True), narrow=True))
        good = [await stack.enter_async_context(screen(play.port)) for _ in range(5)]
        for hall in good:
            await hall.take()
        stalled = [await asyncio.to_thread(deaf, play.port) for _ in range(5)]
        await displays(play, 10)
        slowest = 0.0
        loop = asyncio.get_running_loop()
        for _ in range(400):
            happen(play, 4)
            position = play.hub.position
            assert position is not None
            began = loop.time()
            await asyncio.gather(*[hall.reach(position.seq) for hall in good])
            slowest = max(slowest, loop.time() - began)
            if play.hub.displays == 5:
                break
        assert play.hub.displays == 5, "the stalled ones are gone"
        assert slowest < 5.0  # it would wait for the stalled ones' ten seconds and more
        for hall in good:
            assert hall.view == fresh(play)
        for client in stalled:
            client.close()


async def test_a_burst_larger_than_a_buffer_reaches_every_healthy_screen() -> None:
    async with theatre(small_hospital(live=True)) as play, screen(play.port) as hall:
        await hall.take()
        await hall.until("HEARTBEAT")
        happen(play, 200)
        position = play.hub.position
        assert position is not None
        await hall.reach(position.seq)
        assert len(hall.heard("CALL")) == 200
        assert hall.view == fresh(play)


async def test_a_slow_screen_gets_a_burst_at_its_own_pace() -> None:
    async with theatre(small_hospital(live=True), narrow=True) as play:
        client = await asyncio.to_thread(deaf, play.port)
        await displays(play, 1)
        await asyncio.sleep(0.3)
        happen(play, 250)
        position = play.hub.position
        assert position is not None
        heard = await asyncio.to_thread(read_slowly, client, b'"seq":%d,' % position.seq)
        assert heard.count(b'"type":"CALL"') == 250
        client.close()


def read_slowly(client: socket.socket, last: bytes) -> bytes:
    """Read 2 KiB at a time, with a rest in between, until ``last`` was heard."""
    client.settimeout(20)
    heard = b""
    while last not in heard[-4096:]:
        piece = client.recv(2048)
        if not piece:
            return heard
        heard += piece
        time.sleep(0.001)
    return heard


async def test_without_a_database_there_is_no_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "HEARTBEAT_SECONDS", 0.1)
    monkeypatch.setattr(hub_module, "FRESH_SECONDS", 0.3)
    async with theatre(small_hospital(live=True)) as play, screen(play.port) as hall:
        await hall.until("HEARTBEAT")
        play.alive = False
        await eventually(lambda: not play.hub.fresh)
        while len(hall.connection.recv_messages.frames):  # what was sent before
            await hall.take()
        with pytest.raises(TimeoutError):
            await hall.take(0.5)


async def test_a_screen_tells_whether_it_can_be_heard() -> None:
    async with theatre(small_hospital(live=True)) as play, screen(play.port) as hall:
        await hall.take()
        await hall.connection.send('{"type": "STATUS", "sound": "blocked"}')
        await eventually(lambda: play.hub.sounds()["blocked"] == 1)
        assert play.hub.displays == 1


async def test_a_screen_that_left_is_forgotten() -> None:
    async with theatre(small_hospital(live=True)) as play:
        async with screen(play.port) as hall:
            await hall.take()
            assert play.hub.displays == 1
        await displays(play, 0)


async def test_the_allowance_fills_again_with_time() -> None:
    allowance = Allowance(at=0.0)
    assert sum(allowance.take(0.0) for _ in range(200)) == hub_module.FRAMES_AT_ONCE
    assert not allowance.take(0.01)
    refilled = 20.0
    assert allowance.take(refilled)
