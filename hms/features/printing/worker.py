"""Whoever drives a printer: ``hms serve`` the common one, a desk's console its own.

Takes one slip at a time, prints it off the event loop, and writes down what became
of it.  Issuing a token never waits for any of this.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

from sqlalchemy.exc import IntegrityError

from hms.features.printing import queries, rules, service
from hms.features.printing.queries import JobView
from hms.features.printing.rules import JobStatus
from hms.infra.printing.document import Slip
from hms.infra.printing.press import SLACK_SECONDS, limit_seconds, print_now
from hms.infra.printing.send import Outcome, Sent
from hms.infra.settings import Settings
from hms.infra.uow import Work
from hms.kernel import ids
from hms.kernel.actor import Actor
from hms.kernel.errors import HmsError

LOOK_SECONDS = 0.2
MISTAKE_SECONDS = 60.0  # after which what could not even be made is tried again

# Makes the slips of a job; None when there is nothing left to print.
Composer = Callable[[Work, Actor, JobView], Sequence[Slip] | None]

log = logging.getLogger(__name__)


class House(Protocol):
    """What the worker needs of the application."""

    settings: Settings

    async def do(self, who: Any, use_case: Callable[..., Any], *args: Any, **named: Any) -> Any:
        """Run a use case that changes something."""
        ...

    async def ask(self, who: Any, use_case: Callable[..., Any], *args: Any, **named: Any) -> Any:
        """Run a use case that only looks."""
        ...

    def as_service(self, name: str) -> Any:
        """Return what our own process acts as."""
        ...


async def drive(
    house: House,
    composers: Mapping[str, Composer],
    stop: asyncio.Event,
    *,
    look_seconds: float = LOOK_SECONDS,
    pause: Callable[[int], float] = rules.pause_seconds,
) -> None:
    """Print what is asked for at the station of the settings until ``stop`` is set.

    Args:
        house: the application.
        composers: what makes the slips of each kind of job.
        stop: ends the worker when set, after the slip that is under way.
        look_seconds: how often the queue is looked at.
        pause: how long a printer is left in peace after that many failures in a row.
    """
    worker = _Worker(house, composers, pause)
    while not stop.is_set():
        wait = look_seconds
        try:
            wait = await worker.round() or look_seconds
        except HmsError as error:
            log.warning("the printer's queue is out of reach: %s", error.message)
            wait = rules.LONGEST_PAUSE_SECONDS / 10
        except Exception:  # printing goes on whatever one round met
            log.exception("a round of printing failed")
            wait = rules.LONGEST_PAUSE_SECONDS
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), wait)


class _Worker:
    def __init__(
        self, house: House, composers: Mapping[str, Composer], pause: Callable[[int], float]
    ) -> None:
        self._house = house
        self._pause = pause
        self._composers = composers
        self._who = house.as_service("printer")
        self._name = ids.op_id()
        self._config = house.settings.printing
        self._failures = 0
        self._stuck: threading.Thread | None = None

    async def round(self) -> float:
        """Print everything that is due; return how long to leave the printer in peace."""
        while await self._house.ask(self._who, _is_due, self._config.station):
            lease = limit_seconds(self._config) + SLACK_SECONDS
            try:
                job: JobView | None = await self._house.do(
                    self._who, service.claim, self._config.station, self._name, lease
                )
            except IntegrityError:
                return 0.0  # another driver of this printer took one at the same moment
            if job is None:
                return 0.0
            sent, again = await self._print(job)
            status = JobStatus(sent.outcome.value) if sent else JobStatus.DROPPED
            reason = sent.reason if sent else "there was nothing left to print"
            await self._house.do(
                self._who, service.settle, job, self._name, status, reason, again_seconds=again
            )
            if status in (JobStatus.FAILED, JobStatus.DOUBTFUL) and not again:
                self._failures += 1
                return self._pause(self._failures)
            self._failures = 0
        return 0.0

    async def _print(self, job: JobView) -> tuple[Sent | None, float]:
        """Return what became of the job (None: nothing to print), and when to try again at best."""
        try:
            slips = await self._house.ask(self._who, _composed, self._composers, job)
        except HmsError as error:
            return Sent(Outcome.UNSENT, error.message), MISTAKE_SECONDS
        if slips is None:
            return None, 0.0
        if len(slips) > 1:
            lease = limit_seconds(self._config, len(slips)) + SLACK_SECONDS
            await self._house.do(self._who, service.hold, job, self._name, lease)
        if self._stuck is not None and self._stuck.is_alive():
            return Sent(Outcome.UNSENT, "the printer hangs"), 0.0
        try:
            return await self._off_loop(slips), 0.0
        except HmsError as error:
            return Sent(Outcome.UNSENT, error.message), MISTAKE_SECONDS

    async def _off_loop(self, slips: Sequence[Slip]) -> Sent:
        """Make the bytes and send them in a thread of their own, which may hang without us.

        Raises:
            HmsError: the slip cannot be made as the configuration wants it.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Sent] = loop.create_future()

        def tell(sent: Sent | None, error: BaseException | None) -> None:
            if done.done():
                return
            if error is not None:
                done.set_exception(error)
            elif sent is not None:
                done.set_result(sent)

        def work() -> None:
            sent, failure = None, None
            try:
                sent = print_now(slips, self._config)
            except Exception as error:  # noqa: BLE001 - told to who waits
                failure = error
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(tell, sent, failure)

        thread = threading.Thread(target=work, daemon=True, name="printer")
        thread.start()
        try:
            return await asyncio.wait_for(done, limit_seconds(self._config, len(slips)))
        except TimeoutError:
            self._stuck = thread
            return Sent(Outcome.DOUBTFUL, "the printer hangs")


def _is_due(work: Work, actor: Actor, station: str) -> bool:
    actor.require("printing.drive")
    return queries.is_due(work.db, actor.hospital_id, station, work.service_day(), work.now)


def _composed(
    work: Work, actor: Actor, composers: Mapping[str, Composer], job: JobView
) -> Sequence[Slip] | None:
    actor.require("printing.drive")
    make = composers.get(job.kind)
    return make(work, actor, job) if make is not None else None
