"""One hospital under load: desks that issue and doctors that call, all at once, in real time."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from hms.bootstrap import Application
from hms.features.tokens import service as tokens
from hms.features.tokens.queries import TokenView
from hms.infra.sessions import SignedIn
from hms.kernel import clock
from hms.kernel.errors import HmsError, Refused
from hms.simulation.arrivals import Arrival, RefusedRow
from hms.simulation.engine import admit
from hms.simulation.people import make_person
from hms.simulation.plan import Seat, class_of, service_minutes

_MS = 1000.0


@dataclass(slots=True)
class Count:
    """What happened on one floor; times in milliseconds, instants in monotonic seconds."""

    issued: int = 0
    called: int = 0
    completed: int = 0
    refused: list[RefusedRow] = field(default_factory=list)
    failed: Counter[str] = field(default_factory=Counter)
    issue_ms: list[float] = field(default_factory=list)
    call_ms: list[float] = field(default_factory=list)
    began: dict[str, float] = field(default_factory=dict)  # of each call, by token and number


class Floor:
    """The desks and doctors of one hospital; ``send`` says to which queue somebody goes."""

    def __init__(
        self,
        application: Application,
        who: SignedIn,
        seats: Sequence[Seat],
        send: Callable[[Arrival], str],
        *,
        speed: float,
        seed: int,
    ) -> None:
        self._application = application
        self._who = who
        self._seats = seats
        self._send = send
        self._speed = speed
        self._chance = Random(seed)
        self._at_the_door: asyncio.Queue[Arrival | None] = asyncio.Queue()
        self._waiting: Counter[str] = Counter()
        self._free: asyncio.Condition = asyncio.Condition()
        self._over = False
        self.count = Count()

    async def work(
        self, arrivals: Sequence[Arrival], desks: int, step: Callable[[int], None]
    ) -> None:
        """Take in ``arrivals`` at ``desks`` and serve them all."""
        doctors = [asyncio.create_task(self._doctor(seat)) for seat in self._seats]
        at_desks = [asyncio.create_task(self._desk(step)) for _ in range(desks)]
        try:
            await self._come(arrivals)
            for _ in at_desks:
                self._at_the_door.put_nowait(None)
            await asyncio.gather(*at_desks)
            async with self._free:
                self._over = True
                self._free.notify_all()
            await asyncio.gather(*doctors)
        finally:
            for task in (*doctors, *at_desks):
                task.cancel()
            await asyncio.gather(*doctors, *at_desks, return_exceptions=True)

    async def _come(self, arrivals: Sequence[Arrival]) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        for arrival in arrivals:
            if self._speed:
                after = (arrival.at - arrivals[0].at).total_seconds() / self._speed
                await asyncio.sleep(max(0.0, began + after - loop.time()))
            self._at_the_door.put_nowait(arrival)

    async def _desk(self, step: Callable[[int], None]) -> None:
        while (arrival := await self._at_the_door.get()) is not None:
            await self._admit(arrival)
            step(1)

    async def _admit(self, arrival: Arrival) -> None:
        said = make_person(
            self._chance, today=clock.now().date(), sex=arrival.sex, ages=arrival.ages
        )
        code = self._send(arrival)
        began = time.monotonic()
        try:
            await self._do(admit, said, code, class_of(arrival))
        except Refused as refusal:
            self.count.refused.append(RefusedRow(arrival.line, refusal.message))
            return
        except HmsError as error:
            self.count.failed[error.code] += 1
            return
        self.count.issue_ms.append((time.monotonic() - began) * _MS)
        self.count.issued += 1
        async with self._free:
            self._waiting[code] += 1
            self._free.notify()

    async def _doctor(self, seat: Seat) -> None:
        while (code := await self._next(seat)) is not None:
            token = await self._call(seat, code)
            if token is not None:
                await self._serve(token)

    async def _next(self, seat: Seat) -> str | None:
        """Return the queue this doctor calls from now, None when nobody will come any more."""
        async with self._free:
            while not self._waiting.total():
                if self._over:
                    return None
                await self._free.wait()
            code = seat.home
            if not self._waiting[code]:
                code = self._waiting.most_common(1)[0][0]
            self._waiting[code] -= 1
            return code

    async def _call(self, seat: Seat, code: str) -> TokenView | None:
        began = time.monotonic()
        try:
            token = await self._do(tokens.call_next, code, room=seat.room)
        except HmsError as error:
            self.count.failed[error.code] += 1
            async with self._free:  # somebody else calls that one
                self._waiting[code] += not isinstance(error, Refused)
            return None
        self.count.call_ms.append((time.monotonic() - began) * _MS)
        self.count.called += 1
        self.count.began[f"{token.code}/{token.call_count}"] = began
        return token

    async def _serve(self, token: TokenView) -> None:
        try:
            await self._do(tokens.start, token.id)
            if self._speed:
                await asyncio.sleep(service_minutes("", self._chance) * 60 / self._speed)
            await self._do(tokens.complete, token.id)
        except HmsError as error:
            self.count.failed[error.code] += 1
            return
        self.count.completed += 1

    async def _do(self, use_case: Callable[..., TokenView], *args: Any, **named: Any) -> TokenView:
        return await self._application.do(self._who, use_case, *args, **named)
