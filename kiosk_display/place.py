"""One's own place in the line, for the phone of whoever scanned a slip; read only, no name in it.

``/t/<signed>`` is always the same page; ``/t/<signed>/now`` is what it asks every
few seconds.  An address that is not ours today gets one answer, whatever is wrong
with it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from http import HTTPStatus
from typing import Any

from hms.features.staff.queries.whereabouts import hospital_of
from hms.features.tokens import queries
from hms.infra.db import Database
from hms.infra.place_link import LENGTH, find_secret, verify
from hms.infra.settings import Settings
from hms.infra.uow import Work
from hms.kernel.clock import iso
from hms.kernel.errors import Unavailable

PREFIX = "/t/"
NOW = "/now"
FRESH_SECONDS = 2.0  # a hundred phones that look at one token cost one look
REMEMBERED = 5_000

_STATES = {
    "waiting": "waiting",
    "called": "called",
    "in_progress": "inside",
    "on_hold": "hold",
    "no_show": "missed",
}
UNKNOWN: tuple[HTTPStatus, bytes] = (HTTPStatus.NOT_FOUND, b'{"state": "unknown"}')
BUSY: tuple[HTTPStatus, bytes] = (HTTPStatus.TOO_MANY_REQUESTS, b'{"state": "busy"}')
OUT: tuple[HTTPStatus, bytes] = (HTTPStatus.SERVICE_UNAVAILABLE, b'{"state": "busy"}')


@dataclass(slots=True)
class Turnstile:
    """Lets each caller in so often, and all together so often; more are told to wait."""

    per_second: float
    at_once: float
    clock: Callable[[], float] = time.monotonic
    _left: dict[str, tuple[float, float]] = field(default_factory=dict)

    def lets(self, who: str) -> bool:
        """Return whether ``who`` may come in now, and count it."""
        now = self.clock()
        if len(self._left) > REMEMBERED:
            self._left.clear()
        left, since = self._left.get(who, (self.at_once, now))
        left = min(self.at_once, left + (now - since) * self.per_second)
        self._left[who] = (left - 1 if left >= 1 else left, now)
        return left >= 1


class Places:
    """Answers what the pages of single tokens ask."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        # A whole hall may come from one address; one page asks every few seconds.
        self._callers = Turnstile(per_second=200, at_once=600)
        self._pages = Turnstile(per_second=2, at_once=40)
        self._looks = Turnstile(per_second=100, at_once=200)
        self._seen: dict[tuple[int, date], tuple[float, bytes]] = {}

    async def answer(self, path: str, address: str) -> tuple[HTTPStatus, bytes]:
        """Return status and JSON for ``/t/<signed>/now``, asked from ``address``."""
        signed = path.removeprefix(PREFIX).removesuffix(NOW)
        if len(signed) != LENGTH:
            return UNKNOWN
        if not self._callers.lets(address) or not self._pages.lets(signed):
            return BUSY
        secret = find_secret(self._settings)
        if secret is None:
            return UNKNOWN
        try:
            return await self._of(secret, signed)
        except Unavailable:
            return OUT

    async def _of(self, secret: bytes, signed: str) -> tuple[HTTPStatus, bytes]:
        day = self._today()
        token_id = verify(secret, signed, day)
        if token_id is None:
            return UNKNOWN
        now = time.monotonic()
        until, body = self._seen.get((token_id, day), (0.0, b""))
        if now < until:
            return HTTPStatus.OK, body
        if not self._looks.lets("all"):
            return BUSY
        seen = await self._database.read(lambda work: look(work, token_id, day))
        if seen is None:
            return UNKNOWN
        if len(self._seen) > REMEMBERED:
            self._seen.clear()
        body = json.dumps(seen).encode()
        self._seen[token_id, day] = (now + FRESH_SECONDS, body)
        return HTTPStatus.OK, body

    def _today(self) -> date:
        from hms.kernel import clock

        hospital = self._settings.hospital
        return clock.service_day(clock.now(), hospital.timezone, hospital.day_starts_at)


def look(work: Work, token_id: int, day: date) -> dict[str, Any] | None:
    """Return what the holder of a slip of ``day`` may know: place, wait, room; None without one."""
    token = queries.leg_now(work.db, token_id, public=True)
    if token is None or token.service_day != day:
        return None
    if token.hospital_id != hospital_of(work.db, work.settings):
        return None  # of another hospital of the chain
    token = queries.placed(work.db, token)
    queue = queries.queue_by_id(work.db, token.queue_id)
    rooms = queries.rooms_of(work.db, token.queue_id)
    return {
        "state": _STATES.get(token.status, "over"),
        "hospital": work.settings.hospital.name,
        "code": token.code,
        "queue": token.queue_name,
        "room": token.room or (rooms[0] if rooms else None),
        "ahead": token.ahead,
        "wait_low_minutes": token.wait_low_minutes,
        "wait_high_minutes": token.wait_high_minutes,
        "paused": queue is not None and queue.paused_at is not None,
        "at": iso(work.now),
    }
