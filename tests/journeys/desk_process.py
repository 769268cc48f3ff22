"""What one desk does in a process of its own, for the tests with many desks."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from hms.bootstrap import Application, wire
from hms.features.tokens import service as tokens
from hms.features.tokens.errors import NothingWaiting
from hms.kernel.errors import HmsError
from tests.support import SERVICE, sqlite_settings


@dataclass
class Day:
    """What one desk did: the codes, how long each took in milliseconds, what went wrong."""

    codes: list[str] = field(default_factory=list)
    took_ms: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def processes() -> ForkServerContext:
    """Return how processes are made: from a server that has imported all and opened nothing."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.journeys.desk_process"])
    return context


def issue_many(path: Path, queue: str, count: int, start: Barrier, results: Any) -> None:
    """Give out ``count`` tokens as fast as it goes."""
    _work(path, start, results, count, lambda app: _issue(app, queue))


def call_many(path: Path, queue: str, room: str, count: int, start: Barrier, results: Any) -> None:
    """Call ``count`` tokens to ``room``, each finishing the one before."""
    _work(path, start, results, count, lambda app: _call(app, queue, room))


def _work(
    path: Path, start: Barrier, results: Any, count: int, act: Callable[[Application], str]
) -> None:
    day = Day()
    with closing_now(wire(sqlite_settings(path))) as application:
        _be_at_work_already(application)
        start.wait()
        for _ in range(count):
            began = time.perf_counter()
            try:
                day.codes.append(act(application))
            except NothingWaiting:
                break
            except HmsError as error:
                day.errors.append(f"{error.code}: {error}")
            day.took_ms.append((time.perf_counter() - began) * 1000)
    results.put(day)


def _be_at_work_already(application: Application) -> None:
    """Give out and call one in another queue: the first time, statements are compiled."""
    _issue(application, "ENT")
    _call(application, "ENT", f"R {os.getpid()}")


def closing_now(application: Application) -> closing[Application]:
    """Close the application at the end of a ``with``."""
    application.close = application.close_now  # type: ignore[method-assign,assignment]
    return closing(application)


def _issue(application: Application, queue: str) -> str:
    who = application.as_service(SERVICE)
    return application.do_now(who, tokens.issue, tokens.IssueToken(queue)).code


def _call(application: Application, queue: str, room: str) -> str:
    who = application.as_service(SERVICE)
    return application.do_now(who, tokens.call_next, queue, room=room, finish=True).code


def issue_until_killed(path: Path, queue: str, acknowledged: Connection) -> None:
    """Give out tokens and send each code away once it is committed."""
    application = wire(sqlite_settings(path))
    while True:
        acknowledged.send(_issue(application, queue))
