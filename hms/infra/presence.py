"""Who is at which desk this moment, by Redis: a sign every few seconds that expires by itself.

The sessions in the database say who signed in; a console that was switched off stays
in them for hours.  Here it is gone after half a minute.  Redis away, or so newly
filled that not everybody had the time to give a sign: nothing is known, and the
sessions hold.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from typing import Any

SIGN_SECONDS = 3.0
GONE_AFTER_SECONDS = 30.0
ANSWER_SECONDS = 1.0

log = logging.getLogger(__name__)

Here = Mapping[str, tuple[str, ...]]  # terminals by login name


class Presence:
    """Gives this desk's signs and hears those of the others of one hospital."""

    def __init__(
        self, url: str, hospital: str, *, gone_after_seconds: float = GONE_AFTER_SECONDS
    ) -> None:
        self._url = url
        self._key = f"hms:here:{hospital.strip().lower() or 'main'}"
        self._gone_after = gone_after_seconds
        self._given = ""
        self._changed = asyncio.Event()
        self.here: Here | None = None

    async def follow(
        self,
        who: Callable[[], tuple[str, str] | None],
        tell: Callable[[Here | None], None],
        *,
        every_seconds: float = SIGN_SECONDS,
    ) -> None:
        """Give a sign for ``who`` (login name, terminal) now and then, until cancelled.

        ``tell`` hears who gave one lately, None while that is not known.
        """
        try:
            while True:
                await self.sign(who())
                tell(self.here)
                with suppress(TimeoutError):
                    async with asyncio.timeout(every_seconds):
                        await self._changed.wait()
                self._changed.clear()
        finally:
            tell(None)
            await self.sign(None)

    def changed(self) -> None:
        """Say at once that somebody else sits here, or nobody."""
        self._changed.set()

    async def sign(self, who: tuple[str, str] | None) -> None:
        """Give one sign, or take the last one back when nobody is here; hear the others."""
        try:
            async with asyncio.timeout(3 * ANSWER_SECONDS):
                self.here = await self._sign(json.dumps(who) if who else "")
        except Exception as error:  # noqa: BLE001 - whatever Redis says, the sessions hold
            if self.here is not None:
                log.warning("who is here is not known (%s)", type(error).__name__)
            self.here = None

    async def _sign(self, given: str) -> Here | None:
        library = await asyncio.to_thread(import_module, "redis.asyncio")
        async with library.Redis.from_url(
            self._url, socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS
        ) as redis:
            seconds, micros = await redis.time()  # one clock for all desks
            now = seconds + micros / 1_000_000
            async with redis.pipeline(transaction=True) as told:
                self._tell(told, given, now)
                *_, since, members = await told.execute()
        self._given = given
        if since is None or now - float(since) < self._gone_after:
            return None  # emptied a moment ago: others had no time to say that they are here
        return _by_name(members)

    def _tell(self, told: Any, given: str, now: float) -> None:
        if self._given and self._given != given:
            told.zrem(self._key, self._given)
        if given:
            told.zadd(self._key, {given: now + self._gone_after})
        told.zremrangebyscore(self._key, "-inf", now)
        told.set(f"{self._key}:since", str(now), nx=True)
        told.get(f"{self._key}:since")
        told.zrange(self._key, 0, -1)


def _by_name(members: list[bytes]) -> dict[str, tuple[str, ...]]:
    here: dict[str, tuple[str, ...]] = {}
    for member in members:
        name, terminal = json.loads(member)
        here[str(name)] = (*here.get(str(name), ()), str(terminal))
    return here
