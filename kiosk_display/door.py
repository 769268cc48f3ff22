"""How many connections there may be, in all and from one address."""

from __future__ import annotations

import asyncio
import ipaddress
from collections import Counter
from dataclasses import dataclass, field

from websockets.asyncio.server import ServerConnection


@dataclass(slots=True)
class Door:
    """Counts who is inside; this machine itself (a proxy, a test) has the whole house."""

    in_all: int = 2_000
    per_address: int = 200
    _inside: Counter[str] = field(default_factory=Counter)

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


def through(door: Door) -> type[ServerConnection]:
    """Return the kind of connection that comes in by ``door``, or ends before it costs anything."""

    class Guarded(ServerConnection):
        address: str | None = None

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            peer = transport.get_extra_info("peername")
            address = str(peer[0]) if peer else ""
            if door.enter(address):
                self.address = address
            else:
                self.transport.abort()

        def connection_lost(self, exc: Exception | None) -> None:
            if self.address is not None:
                door.leave(self.address)
                self.address = None
            super().connection_lost(exc)

    return Guarded


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
