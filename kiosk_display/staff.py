"""The staff channel: what a signed-in person may see, for as long as their session lasts.

The display server holds no signing key: the worker verifies the access token, at
the beginning and every few seconds, and says what its bearer may be told.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from websockets.asyncio.connection import broadcast
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from hms.features.displays import queries as displays
from hms.features.displays.queries import ScreenView
from hms.features.staff.queries.whereabouts import hospital_of
from hms.infra.db import Database
from hms.infra.worker_line import Line, WorkerAway, WorkerRefused
from hms.kernel import clock
from hms.kernel.errors import HmsError
from hms.kernel.events import Recorded
from kiosk_display import wire
from kiosk_display.guests import TurnedAway
from kiosk_display.hub import HELLO_SECONDS, MAX_BUFFER, Allowance, Hub, Watcher
from kiosk_display.place import Turnstile
from kiosk_display.wire import BadFrame, Position

CHECK_SECONDS = 3.0  # how soon an ended session or a changed role closes the channel
AWAY_SECONDS = 15.0  # without a worker for so long nobody knows whether the session goes on
LOOK_SECONDS = 2.0  # how often the state of the screens is looked at
TRIES_PER_SECOND = 2.0  # of one address, lasting; each is a question to the worker
TRIES_AT_ONCE = 60.0  # the desks of a house behind one address, back after a restart
NOWHERE = Position("", 0)
_Told = tuple[str, str | None, str, bool, str, str | None, tuple[int, bool] | None]

log = logging.getLogger(__name__)

EVENTS = {"AccessOpened": "record_opened", "AccessAcknowledged": "record_noted"}


class Queues(Protocol):
    """What keeps streams of queues (the feed)."""

    async def follow_queues(self, queue_ids: Sequence[int]) -> str:
        """Return the name of a stream of just these queues."""


@dataclass(eq=False, slots=True)
class Member:
    """Somebody of the staff who listens."""

    connection: ServerConnection
    token: str = field(repr=False)
    queues: tuple[int, ...] | None = ()
    displays: bool = False
    alarms: bool = False
    told: tuple[_Told, ...] | None = None
    watcher: Watcher | None = None


class StaffRoom:
    """Serves the staff channel."""

    def __init__(self, hub: Hub, feed: Queues, database: Database, line: Line) -> None:
        self._hub = hub
        self._feed = feed
        self._database = database
        self._line = line
        self._members: set[Member] = set()
        self._tries = Turnstile(per_second=TRIES_PER_SECOND, at_once=TRIES_AT_ONCE)

    async def attend(self, connection: ServerConnection) -> None:
        """Serve one person until they leave, their session ends or they may not any more."""
        try:
            async with asyncio.timeout(HELLO_SECONDS):
                token = wire.read_auth(await connection.recv())
            member = Member(connection, token)
            peer = connection.remote_address
            if not self._tries.lets(str(peer[0]) if peer else ""):
                raise TurnedAway(wire.LATER, "too many at once: try again")
            try:
                await self._check(member)
            except WorkerAway as error:
                raise TurnedAway(wire.LATER, "hms serve does not run: try again") from error
            await self._serve(member)
        except TimeoutError:
            await connection.close(wire.POLICY, "no AUTH within 5 seconds")
        except BadFrame as error:
            await connection.close(wire.POLICY, str(error))
        except TurnedAway as error:
            await connection.close(error.close_code, str(error))
        except ConnectionClosed:
            return

    def heard(self, events: Sequence[Recorded]) -> None:
        """Notify those whom one of ``events`` concerns; never waits for anybody."""
        for event in events:
            kind = EVENTS.get(event.kind)
            if kind is not None:
                self._notify([m for m in self._members if m.alarms], kind, str(event.subject_id))

    async def watch_screens(self) -> None:
        """Tell what changed about the screens to those who may know; never returns."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            asking = [member for member in self._members if member.displays]
            if asking:
                try:
                    await self._tell_screens(asking)
                except HmsError:
                    continue  # the database is away; the feed reports it

    async def _serve(self, member: Member) -> None:
        await self._follow(member)
        checking = asyncio.create_task(self._keep_checking(member))
        self._members.add(member)
        try:
            if member.displays:
                await self._tell_screens([member])
            await _hear(member.connection)
        finally:
            checking.cancel()
            self._members.discard(member)
            self._unfollow(member)

    async def _follow(self, member: Member) -> None:
        """Let the member be told the frames of their queues, a snapshot first."""
        self._unfollow(member)
        if member.queues == ():
            return
        stream = None
        if member.queues is not None:
            try:
                stream = await self._feed.follow_queues(member.queues)
            except HmsError as error:
                raise TurnedAway(wire.LATER, "the database is out of reach") from error
        member.watcher = self._hub.follow(member.connection, stream)

    def _unfollow(self, member: Member) -> None:
        if member.watcher is not None:
            self._hub.leave(member.watcher)
            member.watcher = None

    async def _keep_checking(self, member: Member) -> None:
        loop = asyncio.get_running_loop()
        known = loop.time()
        try:
            while True:
                await asyncio.sleep(CHECK_SECONDS)
                queues = member.queues
                try:
                    await self._check(member)
                except WorkerAway as error:
                    if loop.time() - known > AWAY_SECONDS:
                        raise TurnedAway(wire.LATER, "hms serve does not run") from error
                    continue
                known = loop.time()
                if member.queues != queues:
                    await self._follow(member)
        except TurnedAway as error:
            await self._send_away(member, error.close_code, str(error))
        except Exception as error:  # noqa: BLE001 - unchecked nobody listens on
            log.error("the staff channel stumbled over %s", type(error).__name__)
            await self._send_away(member, wire.LATER, "try again")

    async def _send_away(self, member: Member, close_code: int, why: str) -> None:
        self._members.discard(member)
        self._unfollow(member)
        await member.connection.close(close_code, why)

    async def _check(self, member: Member) -> None:
        """Ask what the member may be told now.

        Raises:
            TurnedAway: nothing (any more).
            WorkerAway: nobody can say.
        """
        try:
            may: dict[str, Any] = await self._line.ask("displays.listen", {"token": member.token})
        except WorkerRefused as error:
            raise TurnedAway(wire.UNPAIRED, "this is no access token") from error
        if may["over"]:
            raise TurnedAway(wire.UNPAIRED, str(may["over"]))
        if not may["permitted"]:
            raise TurnedAway(wire.REFUSED, "your role allows nothing here")
        queues = may["queues"]
        member.queues = None if queues is None else tuple(queues)
        member.displays, member.alarms = bool(may["displays"]), bool(may["alarms"])

    async def _tell_screens(self, members: Sequence[Member]) -> None:
        views = await self._database.read(
            lambda work: displays.all_screens(
                work.db,
                work.now,
                hospital_of(work.db, work.settings) or 0,
                work.settings.display,
            )
        )
        now = tuple(_told(view) for view in views)
        for member in members:
            if member.told == now:
                continue
            before, member.told = member.told, now
            status = [view.as_json() for view in views]
            self._send(member, wire.display_status(self._position(member), clock.now(), status))
            for kind, name in _troubles(before, now):
                self._notify([member], kind, name)

    def _notify(self, members: Sequence[Member], kind: str, subject: str) -> None:
        for member in members:
            at = self._position(member)
            self._send(member, wire.notification(at, clock.now(), kind, subject))

    def _position(self, member: Member) -> Position:
        stream = None if member.watcher is None else member.watcher.zone
        return self._hub.position_of(stream) or NOWHERE

    def _send(self, member: Member, text: str) -> None:
        broadcast([member.connection], text)
        if member.connection.transport.get_write_buffer_size() > MAX_BUFFER:
            member.connection.transport.abort()


async def _hear(connection: ServerConnection) -> None:
    """Take what a member sends, which is nothing that anybody needs, within the allowance."""
    allowance = Allowance(at=asyncio.get_running_loop().time())
    async for _ in connection:
        if not allowance.take(asyncio.get_running_loop().time()):
            raise BadFrame("too many frames")


def _told(view: ScreenView) -> _Told:
    """Return what of a screen is worth telling again when it changes."""
    call = None if view.last_call is None else (view.last_call.call_id, view.last_call.spoken)
    return (view.name, view.zone, view.languages, view.paired, view.state, view.sound, call)


def _troubles(before: tuple[_Told, ...] | None, now: tuple[_Told, ...]) -> list[tuple[str, str]]:
    """Return which screens are out of sight or cannot be heard since ``before``."""
    if before is None:
        return []
    were = {one[0]: one for one in before}
    found = []
    for one in now:
        name, _, _, _, state, sound, _ = one
        old = were.get(name)
        if old is None:
            continue
        if state == "stale" and old[4] == "live":
            found.append(("display_lost", name))
        if sound == "blocked" and old[5] != "blocked":
            found.append(("display_blocked", name))
    return found
