"""Who may watch: every screen on the network, or only those that were paired."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import Any

from hms.features.displays import queries as displays
from hms.features.displays.queries import Standing
from hms.features.staff.queries.whereabouts import hospital_of
from hms.infra.db import Database
from hms.infra.uow import Work
from hms.infra.worker_line import Line, WorkerAway, WorkerRefused
from hms.kernel import clock
from hms.kernel.errors import HmsError
from kiosk_display import wire
from kiosk_display.wire import Hello

FREE_TRIES = 5  # wrong codes from one address before it has to wait
LONGEST_WAIT_SECONDS = 60.0
TRIES_A_MINUTE = 60  # from all addresses together
ADDRESSES_KEPT = 1_000


class TurnedAway(Exception):
    """A client may not come in; ``close_code`` and the sentence go into the close frame."""

    def __init__(self, close_code: int, why: str) -> None:
        super().__init__(why)
        self.close_code = close_code


@dataclass(frozen=True, slots=True)
class Guest:
    """One that may watch: its name, and whether what it says of itself is said of that screen."""

    name: str
    counts: bool = True


class Guests:
    """Lets everybody in, under the name that they give."""

    async def admit(self, hello: Hello) -> Guest:
        """Return as whom the client watches.

        Raises:
            TurnedAway: it may not.
        """
        return Guest(hello.name)

    async def pair(self, _code: str, _address: str) -> Mapping[str, Any]:
        """Return what a screen with this code is given: device token, name, zone, languages.

        Raises:
            TurnedAway: the code is wrong, or nobody can say.
        """
        raise TurnedAway(wire.REFUSED, "screens are not paired here")


class PairedGuests(Guests):
    """Asks the database who a screen is; a paired one proves it by its device token."""

    def __init__(self, database: Database, line: Line, *, required: bool) -> None:
        """Ask ``database`` who a token stands for, and the worker at ``line`` to pair.

        With ``required`` nobody comes in without a token.
        """
        self._database = database
        self._line = line
        self._required = required
        self._guesses = Guesses()

    async def admit(self, hello: Hello) -> Guest:
        """Return as whom the client watches; see ``Guests``.

        The name of a paired screen says nothing without its token: on an open network
        whoever gives it watches too, but cannot speak for that screen.
        """
        if self._required and hello.device is None:
            raise TurnedAway(wire.UNPAIRED, "this screen must be paired")
        try:
            name, standing = await self._database.read(
                lambda work: _look(work, hello.device, hello.name)
            )
        except HmsError as error:
            if self._required:
                raise TurnedAway(wire.LATER, "the database is out of reach") from error
            return Guest(hello.name)  # it gets nothing before the database is back, either
        if name is None and self._required:
            raise TurnedAway(wire.UNPAIRED, "this screen must be paired")
        if name is not None:
            return Guest(name)
        if standing.revoked:
            raise TurnedAway(wire.REFUSED, "this screen was signed off by the staff")
        return Guest(hello.name, counts=not standing.paired)

    async def pair(self, code: str, address: str) -> Mapping[str, Any]:
        """Return what a screen with this code is given; see ``Guests``."""
        wait = self._guesses.take(address, clock.now().timestamp())
        if wait > 0:
            raise TurnedAway(wire.REFUSED, f"too many codes: wait {math.ceil(wait)} s")
        try:
            answer = await self._line.ask("displays.claim", {"code": code})
        except WorkerAway as error:
            raise TurnedAway(wire.LATER, "hms serve does not run: try again") from error
        except WorkerRefused as error:
            raise TurnedAway(wire.REFUSED, "this is no code") from error
        if "device" not in answer:
            raise TurnedAway(wire.REFUSED, str(answer.get("refused", "this is no code")))
        self._guesses.forgive(address)
        return dict(answer)


def _look(work: Work, device: str | None, name: str) -> tuple[str | None, Standing]:
    """Return the name that the device token stands for, and how it stands with the given one."""
    db, here = work.db, hospital_of(work.db, work.settings) or 0  # 0: nobody's
    found = displays.device_of(db, device, here) if device is not None else None
    return (None if found is None else found.name), displays.standing_of(db, name, here)


@dataclass(slots=True)
class Guesses:
    """Wrong codes, by address: some are free, then the waits double; in all so many a minute."""

    _wrong: OrderedDict[str, tuple[int, float]] = field(default_factory=OrderedDict)
    _minute: float = 0.0
    _in_minute: int = 0

    def take(self, address: str, now: float) -> float:
        """Count a try of ``address`` at ``now`` and return 0, or the seconds it has to wait.

        A try during a wait changes nothing.
        """
        address = network_of(address)
        if not 0 <= now - self._minute < 60:
            self._minute, self._in_minute = now, 0
        if self._in_minute >= TRIES_A_MINUTE:
            return 60 - (now - self._minute)
        tries, last = self._wrong.get(address, (0, 0.0))
        due = min(LONGEST_WAIT_SECONDS, 2.0 ** min(tries - FREE_TRIES, 16))
        left = due - (now - last) if tries >= FREE_TRIES else 0.0
        if 0 < left <= due:
            return left
        self._in_minute += 1
        self._wrong[address] = (tries + 1, now)
        self._wrong.move_to_end(address)
        while len(self._wrong) > ADDRESSES_KEPT:
            self._wrong.popitem(last=False)
        return 0.0

    def forgive(self, address: str) -> None:
        """Forget the tries of an address that had a right code."""
        self._wrong.pop(network_of(address), None)


def network_of(address: str) -> str:
    """Return whom an address stands for: itself, by IPv6 the network, which has addresses enough.

    An IPv4 address written as one of IPv6 is the IPv4 address.
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(IPv6Network((found, 64), strict=False))
