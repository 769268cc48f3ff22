"""Who watches, and how each gets every frame once, in order, without delaying another."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from hms.features.displays.rules import name_key
from hms.kernel import clock
from hms.kernel.board import Notice, QueueBoard
from hms.kernel.errors import HmsError
from hms.kernel.events import Recorded
from kiosk_display import wire
from kiosk_display.fanout import send_all
from kiosk_display.guests import Guests, TurnedAway
from kiosk_display.reports import Reports
from kiosk_display.state import HISTORY, Sent, Stream
from kiosk_display.wire import BadFrame, Position

HELLO_SECONDS = 5.0
HEARTBEAT_SECONDS = 5.0
FRESH_SECONDS = 4.0  # without a look at the database for longer, the wall is not live
STALL_SECONDS = 10.0  # a client that takes nothing for this long while it catches up is dropped
MAX_BUFFER = 64 * 1024  # bytes waiting for one client; websockets itself sets no limit
BURST = 48 * 1024  # bytes at once that every client can be expected to take
CHUNK = 64  # frames handed to a client that catches up before looking again
FRAMES_A_SECOND = 20.0
FRAMES_AT_ONCE = 100

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Allowance:
    """How many frames a client may still send: a bucket that fills with time."""

    left: float = FRAMES_AT_ONCE
    at: float = 0.0

    def take(self, now: float) -> bool:
        """Return whether one more frame at ``now`` (seconds) is within the allowance."""
        self.left = min(FRAMES_AT_ONCE, self.left + (now - self.at) * FRAMES_A_SECOND)
        self.at = now
        self.left -= 1
        return self.left >= 0


@dataclass(eq=False, slots=True)
class Watcher:
    """One screen: its connection, and how far it has been told."""

    connection: ServerConnection
    name: str
    zone: str | None
    after: Position | None
    sound: str = "off"
    languages: tuple[str, ...] = ()
    allowance: Allowance = field(default_factory=Allowance)
    catching_up: asyncio.Task[None] | None = None
    reports: Reports | None = None  # None: what it says of itself is not passed on


class Hub:
    """The streams of all zones and the screens that watch them.

    A watcher is either catching up, at its own pace, or live; a live one gets
    what is broadcast.  Going live and being told happen without an await in
    between, so nothing is lost or doubled.
    """

    def __init__(
        self,
        zones: Iterable[str],
        *,
        guests: Guests | None = None,
        reports: Reports | None = None,
    ) -> None:
        """Serve ``zones``, and every queue (None), once the database was looked at.

        Args:
            zones: names of zones.
            guests: who may watch; everybody without.
            reports: is told of the screens and what they say; nobody without.
        """
        self._zones = frozenset(zones)
        self._guests = guests or Guests()
        self._reports = reports
        self._calls: OrderedDict[int, str] = (
            OrderedDict()
        )  # instants of calls that are acknowledged
        self._farewells: set[asyncio.Task[None]] = set()
        self._streams: dict[str | None, Stream] = {}
        self._opened = asyncio.Event()
        self._live: dict[str | None, set[Watcher]] = {
            None: set(),
            **{z: set() for z in self._zones},
        }
        self._following: Counter[str | None] = Counter()  # by ``follow``, until they ``leave``
        self._watchers: set[Watcher] = set()
        self._seen = float("-inf")

    @property
    def fresh(self) -> bool:
        """Return whether the database was read a moment ago: only then is the wall live."""
        return asyncio.get_running_loop().time() - self._seen <= FRESH_SECONDS

    def seen(self) -> None:
        """Note that the database was read to its end just now."""
        self._seen = asyncio.get_running_loop().time()

    @property
    def position(self) -> Position | None:
        """Return the place of the stream of every queue, None before the first look."""
        stream = self._streams.get(None)
        return None if stream is None else stream.position

    @property
    def displays(self) -> int:
        """Return how many screens have said HELLO and are connected."""
        return len(self._watchers)

    def sounds(self) -> dict[str, int]:
        """Return how many screens can be heard, are blocked by their browser, or are off."""
        heard = [watcher.sound for watcher in self._watchers]
        return {sound: heard.count(sound) for sound in wire.SOUNDS}

    def take_up(self, streams: Mapping[str | None, Stream]) -> None:
        """Go over to newly opened ``streams``; a new epoch begins with a snapshot."""
        before, self._streams = self._streams, dict(streams)
        for name in streams.keys() - self._live.keys():
            self._live[name] = set()
        self._opened.set()
        for call in (call for stream in streams.values() for call in stream.calls()):
            self._remember(*call)
        for name, stream in streams.items():
            old = before.get(name)
            news = None if old is None else stream.since(old.position)
            if news is not None:
                self._send(name, news)
            elif self._live[name]:
                self._broadcast(name, [stream.snapshot(clock.now())])

    def tell(
        self,
        events: Sequence[Recorded],
        boards: Mapping[int, QueueBoard],
        notices: tuple[Notice, ...],
    ) -> None:
        """Hand ``events`` and the state they led to on to every screen that they concern."""
        for name, stream in self._streams.items():
            news = stream.advance(events, boards, notices)
            if news:
                self._send(name, news)
                for sent in news:
                    if sent.call is not None:
                        self._remember(sent.call.call_id, sent.instant)

    def send_away(self, names: Iterable[str]) -> None:
        """Close the screens of these names: they were revoked."""
        for watcher in self._named(names):
            self._forget(watcher)
            self._part(watcher.connection, wire.REFUSED, "this screen was signed off by the staff")

    def order(self, order: str, names: Iterable[str]) -> None:
        """Let the screens of these names do something: ``reload``, ``identify``."""
        for watcher in self._named(names):
            stream = self._streams.get(watcher.zone)
            if stream is not None and watcher in self._live.get(watcher.zone, ()):
                frame = wire.heartbeat(stream.position, clock.now(), order)
                send_all([watcher.connection], [frame])

    def _named(self, names: Iterable[str]) -> list[Watcher]:
        keys = {name_key(name) for name in names}
        if not keys:
            return []
        return [watcher for watcher in self._watchers if name_key(watcher.name) in keys]

    def _part(self, connection: ServerConnection, code: int, why: str) -> None:
        task = asyncio.create_task(connection.close(code, why))
        self._farewells.add(task)
        task.add_done_callback(self._farewells.discard)

    def _remember(self, call_id: int, instant: str) -> None:
        self._calls[call_id] = instant
        while len(self._calls) > HISTORY:
            self._calls.popitem(last=False)

    async def beat(self) -> None:
        """Tell every screen every five seconds that it is live, while it is; never returns."""
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            if self.fresh:
                for name, stream in self._streams.items():
                    self._broadcast(name, [wire.heartbeat(stream.position, clock.now())])

    def follow(self, connection: ServerConnection, stream: str | None) -> Watcher:
        """Tell ``connection`` the frames of a stream from now on; ``leave`` ends it."""
        watcher = Watcher(connection, "staff", stream, None)
        self._live.setdefault(stream, set())
        self._following[stream] += 1
        self._catch_up(watcher)
        return watcher

    def leave(self, watcher: Watcher) -> None:
        """Tell ``watcher`` nothing any more; its stream is given up with the last of them."""
        self._forget(watcher)
        self._following[watcher.zone] -= 1
        if self._following[watcher.zone] <= 0:
            del self._following[watcher.zone]

    def followed(self, stream: str) -> bool:
        """Return whether somebody follows this stream."""
        return stream in self._following

    def take_in(self, name: str, stream: Stream) -> None:
        """Take up one more stream, opened where all others are."""
        self._live.setdefault(name, set())
        self._streams[name] = stream

    def give_up(self, name: str) -> None:
        """Forget a stream; whoever still follows it asks again."""
        self._streams.pop(name, None)
        for watcher in list(self._live.pop(name, ())):
            watcher.connection.transport.abort()

    def position_of(self, stream: str | None) -> Position | None:
        """Return the place of a stream, None when it is not open."""
        found = self._streams.get(stream)
        return None if found is None else found.position

    async def attend(
        self, connection: ServerConnection, refresh: Callable[[], Awaitable[None]]
    ) -> None:
        """Serve one screen until it leaves; whatever it does concerns its own connection only.

        ``refresh`` reads to the end of the outbox at once.
        """
        try:
            hello = await self._greet(connection)
            if hello is None:
                return
            guest = await self._guests.admit(hello)
            watcher = Watcher(
                connection,
                guest.name,
                hello.zone,
                hello.after,
                languages=hello.languages,
                reports=self._reports if guest.counts else None,
            )
            self._watchers.add(watcher)
            if watcher.reports is not None:
                watcher.reports.came(watcher)
            try:
                await self._see_ahead(watcher, refresh)
                self._catch_up(watcher)
                await self._hear(watcher)
            finally:
                self._forget(watcher)
        except BadFrame as error:
            await connection.close(wire.POLICY, str(error))
        except TurnedAway as error:
            await connection.close(error.close_code, str(error))
        except ConnectionClosed:
            return

    async def _greet(self, connection: ServerConnection) -> wire.Hello | None:
        try:
            async with asyncio.timeout(HELLO_SECONDS):
                text = await connection.recv()
        except TimeoutError:
            await connection.close(wire.POLICY, "no HELLO within 5 seconds")
            return None
        hello = wire.read_first(text)
        if isinstance(hello, wire.Pair):
            address = str((connection.remote_address or ("",))[0])
            await connection.send(wire.paired(await self._guests.pair(hello.code, address)))
            await connection.close()
            return None
        if hello.zone is not None and hello.zone not in self._zones:
            raise BadFrame("there is no such zone")
        return hello

    async def _hear(self, watcher: Watcher) -> None:
        loop = asyncio.get_running_loop()
        watcher.allowance.at = loop.time()
        async for text in watcher.connection:
            if not watcher.allowance.take(loop.time()):
                raise BadFrame("too many frames")
            said = wire.read_client(text)
            reports = watcher.reports
            if isinstance(said, wire.Status):
                news, watcher.sound = said.sound != watcher.sound, said.sound
                if reports is not None and news:
                    reports.sounds(watcher)
            elif said.call_id is not None and reports is not None:
                instant = self._calls.get(said.call_id)
                if instant is not None:
                    address = str((watcher.connection.remote_address or ("",))[0])
                    reports.showed(
                        watcher, said.call_id, instant, spoken=said.spoken, address=address
                    )

    def _forget(self, watcher: Watcher) -> None:
        if watcher in self._watchers and watcher.reports is not None:
            watcher.reports.left(watcher)
        self._watchers.discard(watcher)
        self._live.get(watcher.zone, set()).discard(watcher)
        if watcher.catching_up is not None:
            watcher.catching_up.cancel()

    def _catch_up(self, watcher: Watcher) -> None:
        self._live.get(watcher.zone, set()).discard(watcher)
        task = asyncio.create_task(self._bring_to_now(watcher))
        watcher.catching_up = task

    async def _bring_to_now(self, watcher: Watcher) -> None:
        try:
            await self._opened.wait()
            while texts := self._next_for(watcher):
                send_all([watcher.connection], texts[:-1])
                async with asyncio.timeout(STALL_SECONDS):
                    await watcher.connection.send(texts[-1])  # waits until there is room again
        except TimeoutError:
            watcher.connection.transport.abort()
        except ConnectionClosed:
            return

    async def _see_ahead(self, watcher: Watcher, refresh: Callable[[], Awaitable[None]]) -> None:
        """Look at the database when another server has told this client more than we know."""
        stream, there = self._streams.get(watcher.zone), watcher.after
        if stream is None or there is None or there.epoch != stream.zone.epoch:
            return
        if there.seq > stream.seq:
            with suppress(HmsError):  # the feed itself reports it
                await refresh()

    def _next_for(self, watcher: Watcher) -> list[str]:
        """Return what ``watcher`` is told next; nothing when it has all and goes live."""
        stream = self._streams.get(watcher.zone)
        if stream is None:  # queues of the staff that are not followed any more: they ask again
            watcher.connection.transport.abort()
            return []
        missing = None if watcher.after is None else stream.since(watcher.after, most=CHUNK)
        if missing is None:
            watcher.after = stream.position
            return [stream.snapshot(clock.now())]
        if not missing:
            self._live[watcher.zone].add(watcher)
            if self.fresh:
                beat = wire.heartbeat(stream.position, clock.now())
                send_all([watcher.connection], [beat])
            return []
        watcher.after = missing[-1].at
        now = clock.now()
        return [sent.text_at(now) for sent in missing]

    def _send(self, zone: str | None, news: Sequence[Sent]) -> None:
        now = clock.now()
        texts = [sent.text_at(now) for sent in news]
        if sum(map(len, texts)) <= BURST:
            self._broadcast(zone, texts)
            return
        for watcher in list(self._live[zone]):
            watcher.after = Position(news[0].at.epoch, news[0].at.seq - 1)
            self._catch_up(watcher)

    def _broadcast(self, zone: str | None, texts: Iterable[str]) -> None:
        watchers = self._live[zone]
        send_all((watcher.connection for watcher in watchers), texts)
        for watcher in list(watchers):
            if watcher.connection.transport.get_write_buffer_size() > MAX_BUFFER:
                log.info("the screen %s takes nothing any more and was dropped", watcher.name)
                watchers.discard(watcher)
                watcher.connection.transport.abort()
