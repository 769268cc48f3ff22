"""How many connections there may be, in all and from one address."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections import Counter
from dataclasses import dataclass, field
from ssl import SSLContext

from websockets.asyncio.server import ServerConnection

SHUTDOWN_SECONDS = 2.0
KEPT_BYTES = 64 * 1024


@dataclass(slots=True)
class Door:
    """Counts who is inside; this machine itself (a proxy, a test) has the whole house."""

    in_all: int = 2_000
    per_address: int = 200
    _inside: Counter[str] = field(default_factory=Counter)

    def count(self) -> int:
        """Return how many are inside."""
        return self._inside.total()

    def enter(self, address: str) -> bool:
        """Return whether one more connection from ``address`` is let in, and count it."""
        if self._inside.total() >= self.in_all:
            return False
        if self._inside[address] >= self.per_address and not _is_loopback(address):
            return False
        self._inside[address] += 1
        return True

    def leave(self, address: str) -> None:
        """Count a connection from ``address`` out again."""
        self._inside[address] -= 1
        if self._inside[address] <= 0:
            del self._inside[address]


def make_room(files: int = 4_096) -> None:
    """Let this process have as many open files as it can get, up to ``files``.

    Where a service may have 1,024 at once, a thousand half-open lines would keep everybody out.
    """
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = files if hard == resource.RLIM_INFINITY else min(files, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def through(
    door: Door, tls: SSLContext | None = None, handshake_seconds: float = 5.0
) -> type[ServerConnection]:
    """Return the kind of connection that comes in by ``door``, or ends before it costs anything.

    With ``tls`` the handshake begins behind the door: a line that never ends it is counted like
    any other, and is closed after ``handshake_seconds``.
    """

    class Guarded(ServerConnection):
        address: str | None = None
        opened = False
        securing: asyncio.Task[None] | None = None

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.Transport)
            peer = transport.get_extra_info("peername")
            address = str(peer[0]) if peer else ""
            if not door.enter(address):
                transport.abort()
                return
            self.address = address
            _keep_little(transport)
            if tls is None:
                self._begin(transport)
            else:
                transport.pause_reading()  # what comes now is for the handshake
                self.securing = asyncio.create_task(self._secure(transport, tls))

        async def _secure(self, raw: asyncio.Transport, context: SSLContext) -> None:
            secured = None
            try:
                secured = await _shake_hands(raw, self, context, handshake_seconds)
            finally:
                if secured is None:  # nobody tells a protocol that its handshake ended so
                    raw.abort()
                    self._leave()
            if secured is not None:
                self._begin(secured)

        def _begin(self, transport: asyncio.BaseTransport) -> None:
            self.opened = True
            super().connection_made(transport)

        def _leave(self) -> None:
            if self.address is not None:
                door.leave(self.address)
                self.address = None

        def connection_lost(self, exc: Exception | None) -> None:
            self._leave()
            if self.opened:
                super().connection_lost(exc)

    return Guarded


async def _shake_hands(
    raw: asyncio.Transport, behind: asyncio.Protocol, context: SSLContext, seconds: float
) -> asyncio.Transport | None:
    """Return the secured line, None when the other side does not end the handshake in time."""
    loop = asyncio.get_running_loop()
    try:
        secured = await loop.start_tls(
            raw,
            behind,
            context,
            server_side=True,
            ssl_handshake_timeout=seconds,
            ssl_shutdown_timeout=SHUTDOWN_SECONDS,
        )
    except OSError:
        return None
    return None if secured is None or secured.is_closing() else secured


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _keep_little(transport: asyncio.Transport) -> None:
    """Let the system keep at most ``KEPT_BYTES`` that the other side does not take.

    Left alone it keeps megabytes: a screen that takes nothing would count as well for minutes,
    at that cost in memory.
    """
    line = transport.get_extra_info("socket")
    if line is not None:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KEPT_BYTES)
