"""One text for many screens: framed once, handed to each connection in one write."""

from __future__ import annotations

from collections.abc import Iterable

from websockets.asyncio.server import ServerConnection
from websockets.frames import Frame, Opcode
from websockets.protocol import State


def send_all(connections: Iterable[ServerConnection], texts: Iterable[str]) -> None:
    """Write ``texts``, a frame each, to every connection that is open; wait for none.

    What ``websockets.broadcast`` does, but for the framing and the write of each
    frame for each connection: with thousands of screens these were most of the
    time.  A server's frames are not masked (RFC 6455, 5.1) and we negotiate no
    compression, so the bytes are the same for all.  Nobody may send a fragmented
    message on these connections: a frame in between would break it.
    """
    data = b"".join(Frame(Opcode.TEXT, text.encode()).serialize(mask=False) for text in texts)
    for connection in connections:
        if connection.state is State.OPEN:
            connection.transport.write(data)
