"""What the zones were a moment ago, in Redis, so that many display servers start from one look.

One server at a time fills it, the others wait a little for that one and then read the
database themselves.  Redis away, slow, emptied or full of nonsense: each reads by
itself, later and as right.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import zlib
from collections.abc import Mapping
from dataclasses import asdict
from importlib import import_module
from typing import Any

from hms.kernel import ids
from hms.kernel.board import Call, Notice, QueueBoard, Serving
from hms.kernel.events import Recorded
from kiosk_display.opening import Kept, Zones
from kiosk_display.state import Past

FORMAT = 1  # of an entry; another program's is no entry
KEEP_SECONDS = 600
LEASE_SECONDS = 5
WAIT_SECONDS, LOOK_AGAIN_SECONDS = 2.0, 0.05
ANSWER_SECONDS = 0.5  # what Redis may take to answer one question
MOST_BYTES = 16 * 1024 * 1024

log = logging.getLogger(__name__)


class Shelf:
    """Fetches and leaves what the zones are, for the servers that share one Redis."""

    def __init__(self, url: str, hospital: str) -> None:
        self._url = url
        self._prefix = f"hms:wall:{hospital or 'main'}:"
        self._mark = ids.secret(64)

    async def fetch(self, timeline: str, zones: Zones) -> Kept | None:
        """Return what was kept of these zones; None: read the database, then ``leave`` it."""
        try:
            async with asyncio.timeout(WAIT_SECONDS + 2 * ANSWER_SECONDS):
                return await self._fetch(timeline, zones)
        except Exception as error:  # noqa: BLE001 - whatever Redis says, the database is the truth
            log.warning("the shelf in Redis is out of reach (%s)", type(error).__name__)
            return None

    async def leave(self, kept: Kept) -> None:
        """Keep what the database said for others; how that goes is of no matter here."""
        try:
            text = await asyncio.to_thread(written, kept)
            if len(text) > MOST_BYTES:
                return
            key = self._key(kept.timeline, kept.zones)
            async with asyncio.timeout(4 * ANSWER_SECONDS), await self._client() as redis:
                await redis.set(key, text, ex=KEEP_SECONDS)
                if await redis.get(f"{key}:lease") == self._mark.encode():
                    await redis.delete(f"{key}:lease")
        except Exception as error:  # noqa: BLE001 - as above
            log.warning("nothing is kept in Redis (%s)", type(error).__name__)

    async def _fetch(self, timeline: str, zones: Zones) -> Kept | None:
        key = self._key(timeline, zones)
        loop = asyncio.get_running_loop()
        until = loop.time() + WAIT_SECONDS
        async with await self._client() as redis:
            while True:
                text = await redis.get(key)
                if text is not None:
                    return await asyncio.to_thread(read, text, timeline, zones)
                lease = f"{key}:lease"
                if await redis.set(lease, self._mark, nx=True, ex=LEASE_SECONDS):
                    return None  # ours to fill
                if loop.time() > until:
                    return None  # who has the lease is slow or gone
                await asyncio.sleep(LOOK_AGAIN_SECONDS)

    async def _client(self) -> Any:
        library = await asyncio.to_thread(import_module, "redis.asyncio")
        return library.Redis.from_url(
            self._url, socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS
        )

    def _key(self, timeline: str, zones: Zones) -> str:
        text = json.dumps([FORMAT, timeline, zones])
        return self._prefix + hashlib.sha256(text.encode()).hexdigest()[:32]


def written(kept: Kept) -> bytes:
    """Return ``kept`` as it lies in Redis."""
    said = {
        "format": FORMAT,
        "timeline": kept.timeline,
        "cursor": kept.cursor,
        "zones": kept.zones,
        "boards": {str(key): asdict(board) for key, board in kept.boards.items()},
        "notices": [asdict(notice) for notice in kept.notices],
        "pasts": [
            [
                name,
                past.seq,
                [_row(event) for event in past.events],
                [asdict(c) for c in past.calls],
            ]
            for name, past in kept.pasts.items()
        ],
    }
    return zlib.compress(json.dumps(said).encode(), 1)


def read(text: bytes, timeline: str, zones: Zones) -> Kept | None:
    """Return what ``text`` keeps of these zones on this timeline, None when it is none such."""
    try:
        opener = zlib.decompressobj()
        plain = opener.decompress(text, 8 * MOST_BYTES)
        said = json.loads(plain)
        if (said["format"], said["timeline"]) != (FORMAT, timeline):
            return None
        kept = Kept(
            timeline,
            int(said["cursor"]),
            tuple((name, tuple(queues)) for name, queues in said["zones"]),
            {int(key): _board(board) for key, board in said["boards"].items()},
            tuple(Notice(**notice) for notice in said["notices"]),
            {
                name: Past(int(seq), [Recorded(*event) for event in events],
                           tuple(Call(**call) for call in calls))
                for name, seq, events, calls in said["pasts"]
            },
        )  # fmt: skip
    except (ValueError, TypeError, KeyError, AttributeError, zlib.error, RecursionError):
        log.warning("what lies on the shelf in Redis is not ours")
        return None
    every = {queue for _, queues in zones for queue in queues}
    whole = kept.zones == zones and kept.pasts.keys() == {name for name, _ in zones}
    return kept if whole and every <= kept.boards.keys() else None


def _row(event: Recorded) -> list[Any]:
    return [
        event.id, event.at, event.kind, event.topic, event.subject_id, event.frames,
        event.payload,
    ]  # fmt: skip


def _board(said: Mapping[str, Any]) -> QueueBoard:
    parts = dict(said)
    parts["next"] = tuple(parts["next"])
    parts["serving"] = tuple(Serving(**one) for one in parts["serving"])
    return QueueBoard(**parts)
