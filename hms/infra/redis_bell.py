"""The bell across machines, by Redis: a wake-up with no more than a number, that may be lost.

Redis away, slow, emptied or restarted only makes the walls and desks slower: each
reads by itself once in a while, whether it was woken or not.  A ring is handed to a
thread of its own, so that no commit waits for Redis.
"""

from __future__ import annotations

import asyncio
import logging
import random
import threading
import time
from contextlib import suppress
from importlib import import_module
from typing import Any

from hms.infra.bell import UNKNOWN, Wake, said

CHANNEL = "hms:bell"
CONNECT_SECONDS = 1.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 5.0
QUIET_SECONDS = 10.0  # after so long without a ring the connection is asked whether it lives
PARTING_SECONDS = 0.5  # how long a command waits at its end for its last ring

log = logging.getLogger(__name__)


class Pauses:
    """Growing pauses between tries, with chance in them: no herd comes back at once."""

    def __init__(self) -> None:
        self._seconds = FIRST_PAUSE_SECONDS

    def reset(self) -> None:
        """Begin with the shortest again."""
        self._seconds = FIRST_PAUSE_SECONDS

    def next(self) -> float:
        """Return how many seconds to wait now."""
        seconds, self._seconds = self._seconds, min(self._seconds * 2, LONGEST_PAUSE_SECONDS)
        return seconds * random.uniform(0.5, 1.0)  # noqa: S311 (not a secret)


class RedisBell:
    """Rings and listens on one channel of the Redis at ``url``."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._due = threading.Event()
        self._done = threading.Event()
        self._ringer: threading.Thread | None = None
        self._turn = threading.Lock()
        self._upto = 0
        self._closed = False
        self._away = False
        self.hears = False

    def ring(self, upto: int = UNKNOWN) -> None:
        """Let every machine know; returns at once."""
        with self._turn:
            self._upto = max(self._upto, upto)
        self._done.clear()
        self._due.set()
        if self._ringer is None:
            self._closed = False
            self._ringer = threading.Thread(target=self._ring_on, name="redis bell", daemon=True)
            self._ringer.start()

    def close(self) -> None:
        """Give the last ring a moment to get away, then ring no more; a later ring begins anew."""
        ringer, self._ringer = self._ringer, None
        if ringer is None:
            return
        self._done.wait(PARTING_SECONDS)
        self._closed = True
        self._due.set()

    async def hear(self, wake: Wake) -> None:
        """Call ``wake`` at every ring, and when one may have been missed; until cancelled."""
        library = await asyncio.to_thread(import_module, "redis.asyncio")
        pauses = Pauses()
        while True:
            try:
                client = library.Redis.from_url(self._url, socket_connect_timeout=CONNECT_SECONDS)
                try:
                    await self._hear_until_it_breaks(client, wake, pauses)
                finally:
                    self.hears = False
                    with suppress(Exception):  # it may be broken in any way
                        await client.aclose()
            except (library.RedisError, OSError, ValueError) as error:
                self._is_away(error)
            await asyncio.sleep(pauses.next())

    async def _hear_until_it_breaks(self, client: Any, wake: Wake, pauses: Pauses) -> None:
        async with client.pubsub() as ear:
            await ear.subscribe(CHANNEL)
            while True:
                heard = await ear.get_message(timeout=QUIET_SECONDS)
                if heard is None:
                    await asyncio.wait_for(client.ping(), CONNECT_SECONDS)
                    continue
                if heard["type"] == "subscribe":
                    self.hears = True
                    self._is_back()
                    pauses.reset()
                wake(said(heard["data"]) if heard["type"] == "message" else UNKNOWN)

    def _ring_on(self) -> None:
        """Publish whenever it is due; while Redis is away rings are dropped, not kept."""
        library = import_module("redis")
        pauses, quiet_until = Pauses(), 0.0
        client = None
        while True:
            self._due.wait()
            self._due.clear()
            with self._turn:
                upto, self._upto = self._upto, 0
            if self._closed:
                break
            if time.monotonic() >= quiet_until:
                try:
                    client = client or self._sender(library)
                    client.publish(CHANNEL, b"" if upto == UNKNOWN else b"%d" % upto)
                    pauses.reset()
                    self._is_back()
                except (library.RedisError, OSError, ValueError) as error:
                    quiet_until = time.monotonic() + pauses.next()
                    self._is_away(error)
            if not self._due.is_set():
                self._done.set()
        if client is not None:
            client.close()

    def _sender(self, library: Any) -> Any:
        return library.Redis.from_url(
            self._url, socket_timeout=CONNECT_SECONDS, socket_connect_timeout=CONNECT_SECONDS
        )

    def _is_away(self, error: Exception) -> None:
        if not self._away:  # said once, however often it is tried
            self._away = True
            log.warning("Redis is away (%s): other machines follow a little later", _kind(error))

    def _is_back(self) -> None:
        if self._away:
            self._away = False
            log.warning("Redis is back")


def _kind(error: Exception) -> str:
    """Return what kind of error it is; its text may hold the address with its password."""
    return type(error).__name__
