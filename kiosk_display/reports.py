"""What screens say of themselves, gathered for the worker: how each is, what calls it showed."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol

from hms.features.displays.rules import name_key
from hms.infra.worker_line import Postbox
from hms.kernel import clock

SEEN_EVERY_SECONDS = 5.0  # how often it is reported that a screen is still there
TOLD_KEPT = 10_000  # calls by screens that were reported already
CALL_LATE_SECONDS = 90.0  # an acknowledgement after that tells nobody anything
SHARE = 600  # calls shown that one address may report at once: less than a third of the box,
SHARE_A_SECOND = 60.0  # and then so many: less than a third of what is carried
ADDRESSES_KEPT = 1_000


class Screen(Protocol):
    """What a report needs of one that watches."""

    name: str
    zone: str | None
    sound: str
    languages: tuple[str, ...]


class Reports:
    """Puts what is new about screens into a postbox: how each is, and the calls it showed.

    Of how one is only the last waits, or whoever comes and goes fast would push out
    which calls were shown.
    Screens of one name are one screen to the staff: they are counted, and the
    worst sound of them is told.
    """

    def __init__(self, box: Postbox) -> None:
        self._box = box
        self._here: dict[str, list[Screen]] = {}
        self._shares: dict[str, tuple[float, float]] = {}  # left, and when that was
        self._told: OrderedDict[tuple[str, int, bool], None] = OrderedDict()

    def came(self, screen: Screen) -> None:
        """Note that a screen watches."""
        self._here.setdefault(name_key(screen.name), []).append(screen)
        self._put(screen)

    def left(self, screen: Screen) -> None:
        """Note that a screen is gone."""
        key = name_key(screen.name)
        rest = [one for one in self._here.get(key, ()) if one is not screen]
        if rest:
            self._here[key] = rest
        else:
            self._here.pop(key, None)
        self._put(screen)

    def sounds(self, screen: Screen) -> None:
        """Note whether a screen can be heard."""
        self._put(screen)

    def showed(
        self, screen: Screen, call_id: int, instant: str, *, spoken: bool, address: str = ""
    ) -> None:
        """Note that a screen showed the call of ``instant``, and whether it was heard there.

        Each is reported once, however often a screen says it; from one ``address`` no more
        than its share, whatever names it gives.
        """
        took = (clock.now() - datetime.fromisoformat(instant)).total_seconds()
        told = (name_key(screen.name), call_id, spoken)
        if told in self._told or took > CALL_LATE_SECONDS:
            return
        if not self._share(address):
            return
        self._told[told] = None
        while len(self._told) > TOLD_KEPT:
            self._told.popitem(last=False)
        shown_ms = max(0, round(took * 1000))
        self._put(screen, call_id=call_id, shown_ms=shown_ms, spoken=spoken)

    def _share(self, address: str) -> bool:
        """Take one report off the share of ``address``, which fills up again with time."""
        now = time.monotonic()
        left, at = self._shares.pop(address, (float(SHARE), now))
        left = min(SHARE, left + (now - at) * SHARE_A_SECOND)
        self._shares[address] = (max(0.0, left - 1), now)
        while len(self._shares) > ADDRESSES_KEPT:
            del self._shares[next(iter(self._shares))]
        return left >= 1

    async def beat(self) -> None:
        """Report now and then which screens are there; never returns."""
        while True:
            await asyncio.sleep(SEEN_EVERY_SECONDS)
            if not len(self._box):  # nobody takes reports: those that wait are worth more
                for screens in list(self._here.values()):
                    self._put(screens[-1])

    def _put(self, screen: Screen, **call: Any) -> None:
        here = self._here.get(name_key(screen.name), [])
        report = {
            "name": screen.name,
            "zone": screen.zone,
            "languages": ",".join(screen.languages),
            "screens": len(here),
            "sound": _worst(one.sound for one in here or [screen]),
        }
        if call:
            self._box.put({**report, **call})
        else:
            self._box.put_state(name_key(screen.name), report)


def _worst(sounds: Iterable[str]) -> str:
    heard = set(sounds)
    return next(sound for sound in ("blocked", "off", "ok") if sound in heard)
