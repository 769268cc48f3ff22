"""Many screens, one text: each gets it as its own message, whoever left harms nobody."""

from __future__ import annotations

import asyncio

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from kiosk_display.fanout import send_all

pytestmark = pytest.mark.asyncio


async def test_every_open_screen_gets_each_text_in_order_whatever_its_length() -> None:
    texts = ["a", "مريض", "x" * 125, "y" * 126, "z" * 70_000]
    inside: list[ServerConnection] = []

    async def attend(connection: ServerConnection) -> None:
        inside.append(connection)
        await connection.wait_closed()

    async with serve(attend, "127.0.0.1", 0, compression=None) as server:
        port = server.sockets[0].getsockname()[1]
        address = f"ws://127.0.0.1:{port}/"
        async with connect(address) as one, connect(address) as other, asyncio.timeout(10):
            async with connect(address):
                while len(inside) < 3:
                    await asyncio.sleep(0.01)
            send_all(inside, texts)
            for screen in (one, other):
                assert [await screen.recv() for _ in texts] == texts
