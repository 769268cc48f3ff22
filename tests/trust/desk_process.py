"""What desks do in processes of their own, for the tests that kill, crowd and starve them."""

from __future__ import annotations

import ctypes
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.synchronize import Barrier
from typing import Any

from hms.bootstrap import Application, wire
from hms.features.tokens import service as tokens
from hms.features.tokens.errors import NothingWaiting, RoomBusy, WrongState
from hms.infra import settings as conf
from hms.infra.settings import Settings
from hms.kernel import ids
from hms.kernel.errors import HmsError
from tests.support import SERVICE

PR_SET_PTRACER = 0x59616D61
TOGETHER_SECONDS = 120.0  # until all are at work


@dataclass
class Day:
    """What one desk did: the codes, how long each took in milliseconds, what went wrong.

    ``refused`` counts the answers that a desk expects at a crowded counter.
    """

    codes: list[str] = field(default_factory=list)
    took_ms: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    refused: int = 0


def processes() -> ForkServerContext:
    """Return how processes are made: from a server that has imported all and opened nothing."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.trust.desk_process"])
    return context


def settings_at(url: str) -> Settings:
    """Return the settings of the hospital at ``url``."""
    return Settings(
        database=conf.DatabaseSettings(url=url), hospital=conf.Hospital(name="St. Test")
    )


@contextmanager
def at_work(url: str) -> Iterator[Application]:
    """Open the hospital at ``url`` as a process of its own does."""
    application = wire(settings_at(url))
    try:
        yield application
    finally:
        application.close_now()


def issue(application: Application, queue: str, op_id: str | None = None) -> Any:
    """Give out a token."""
    who = application.as_service(SERVICE)
    return application.do_now(who, tokens.issue, tokens.IssueToken(queue), op_id=op_id)


def call(application: Application, queue: str, room: str, op_id: str | None = None) -> Any:
    """Call the next token to a room; whoever is there is completed."""
    who = application.as_service(SERVICE)
    how = {"room": room, "finish": True}
    return application.do_now(who, tokens.call_next, queue, op_id=op_id, **how)


# --- many at once ------------------------------------------------------------


def issue_many(url: str, queue: str, count: int, start: Barrier, results: Any) -> None:
    """Give out ``count`` tokens as fast as it goes."""
    _work(url, start, results, count, lambda app: issue(app, queue).code)


def call_many(
    url: str, queue: str, room: str, count: int | None, start: Barrier, results: Any
) -> None:
    """Call ``count`` tokens to ``room``, or all there are, each finishing the one before."""
    _work(url, start, results, count, lambda app: call(app, queue, room).code)


def _work(
    url: str, start: Barrier, results: Any, count: int | None, act: Callable[[Application], str]
) -> None:
    day = Day()
    try:
        with at_work(url) as application:
            _be_at_work_already(application)
            start.wait(TOGETHER_SECONDS)
            _work_on(application, day, count, act)
    except BaseException as error:
        start.abort()  # the others would wait for this one, and the test for all of them
        day.errors.append(repr(error))
        raise
    finally:
        results.put(day)


def _work_on(
    application: Application, day: Day, count: int | None, act: Callable[[Application], str]
) -> None:
    while count is None or len(day.took_ms) < count:
        began = time.perf_counter()
        try:
            day.codes.append(act(application))
        except NothingWaiting:
            break
        except (RoomBusy, WrongState):  # two desks at one room: the other was first
            day.refused += 1
            continue
        except HmsError as error:
            day.errors.append(f"{error.code}: {error}")
        day.took_ms.append((time.perf_counter() - began) * 1000)


def _be_at_work_already(application: Application) -> None:
    """Give out and call one in another queue: the first time, statements are compiled."""
    issue(application, "ENT")
    call(application, "ENT", f"R {os.getpid()}")


# --- until something happens -------------------------------------------------


@dataclass(frozen=True)
class Said:
    """One line of what a desk said: an operation begun, done, or refused."""

    what: str
    op_id: str
    token_id: int = 0
    error: str = ""


def issue_until_killed(url: str, queue: str, pause_seconds: float, told: Connection) -> None:
    """Give out tokens; tell each operation when it begins and when it is committed."""
    application = wire(settings_at(url))
    while True:
        op_id = ids.op_id()
        told.send(Said("begun", op_id))
        told.send(Said("done", op_id, issue(application, queue, op_id).id))
        time.sleep(pause_seconds)


class Held:
    """A process that does ``job(*args, told)`` once it is let go, so that one can prepare for it.

    What it tells is read while it runs; ``end`` waits for it and returns all of that.
    """

    def __init__(self, job: Callable[..., None], *args: Any) -> None:
        context = processes()
        self._here, there = context.Pipe()
        self.process = context.Process(target=_when_let_go, args=(job, args, there))
        self.process.start()
        there.close()
        assert self._here.recv() == "ready"

    @property
    def pid(self) -> int:
        """Return the number of the process."""
        assert self.process.pid is not None
        return self.process.pid

    def go(self) -> None:
        """Let it begin."""
        self._here.send("go")

    def hear(self, seconds: float = 60) -> Any:
        """Return the next thing it tells; raises EOFError when it is gone."""
        if not self._here.poll(seconds):
            raise TimeoutError("the process says nothing")
        return self._here.recv()

    def tell(self, what: object) -> None:
        """Answer it."""
        self._here.send(what)

    def kill(self) -> list[Any]:
        """Kill it; return what it told."""
        self.process.kill()
        return self.end()

    def end(self) -> list[Any]:
        """Wait until it is over; return what it told and was not heard yet."""
        told = []
        try:
            while True:
                told.append(self._here.recv())
        except (EOFError, ConnectionResetError):
            self._here.close()
        self.process.join()
        return told

    @property
    def killed(self) -> bool:
        """Return whether it was ended by a signal."""
        return (self.process.exitcode or 0) < 0


@contextmanager
def held(job: Callable[..., None], *args: Any) -> Iterator[Held]:
    """Give a process that waits to be let go; it is gone afterwards."""
    made = Held(job, *args)
    try:
        yield made
    finally:
        made.kill()


def _when_let_go(job: Callable[..., None], args: tuple[Any, ...], told: Connection) -> None:
    if sys.platform == "linux":  # or strace, which is no parent of ours, may not look at us
        ctypes.CDLL(None).prctl(PR_SET_PTRACER, ctypes.c_ulong(-1))
    told.send("ready")
    told.recv()
    job(*args, told)
