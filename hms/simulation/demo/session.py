"""A demo that runs: the hospital, its life and its wall, in threads that end with it."""

from __future__ import annotations

import asyncio
import errno
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.resources import as_file
from typing import Any

from sqlalchemy import select

from hms.bootstrap import Application, answer_wall, open_application
from hms.features.patients.model import Patient
from hms.infra.settings import Settings
from hms.infra.tables import table_of
from hms.infra.uow import Work
from hms.kernel.errors import HmsError, Unavailable
from hms.kernel.feature import load
from hms.kernel.i18n import phrase
from hms.simulation.arrivals import read_arrivals
from hms.simulation.demo.hospital import DATA, demo_hospital
from hms.simulation.demo.life import Life

HOST = "127.0.0.1"
DISPLAY_SERVER = "kiosk_display.server:serve"
MORNING_MINUTES = 45.0
PORTS_TRIED = 50
START_SECONDS = 20.0

_log = logging.getLogger(__name__)
_patient = table_of(Patient)


class NoWall(Unavailable):
    """The display server does not come up."""

    code = "demo.no_wall"


@dataclass(frozen=True, slots=True)
class RunningDemo:
    """What runs: the hospital, and the wall's address and port."""

    application: Application
    wall: str
    port: int


@contextmanager
def running_demo(
    *, timezone: str, port: int, speed: float, morning_minutes: float = MORNING_MINUTES
) -> Iterator[RunningDemo]:
    """Open the demo; all of it is gone when the block ends.

    Args:
        timezone: the zone the hospital lies in.
        port: the wall's; the next free one when another program has it, any for 0.
        speed: of arrivals and services, 1 is pleasant to watch.
        morning_minutes: how much has happened before it opens.

    Raises:
        NoWall: the display server cannot be started.
    """
    with demo_hospital(timezone) as application:
        life = _begin_life(application, speed)
        life.play_past(morning_minutes)
        stop = threading.Event()
        wall = Wall(application.settings, port)
        living = threading.Thread(target=_live, args=(life, stop), name="life", daemon=True)
        try:
            wall.start()
            living.start()
            yield RunningDemo(application, f"http://{HOST}:{wall.port}/", wall.port)
        finally:
            stop.set()
            wall.stop()
            if living.ident is not None:
                living.join()


def _begin_life(application: Application, speed: float) -> Life:
    with as_file(DATA / "arrivals.csv") as path:
        arrivals = read_arrivals(path).good
    return Life(
        application,
        application.as_service("demo"),
        arrivals,
        application.db.read_now(_living),
        speed=speed,
    )


def _living(work: Work) -> list[str]:
    """Return the MRNs of those imported patients who may still come."""
    alive = select(_patient.c.mrn).where(_patient.c.deceased_on.is_(None))
    return list(work.db.execute(alive).scalars())


def _live(life: Life, stop: threading.Event) -> None:
    try:
        life.play(stop)
    except Exception:  # noqa: BLE001 - a demo that stands still beats one that tears the console's screen
        _log.exception("the demo's life ended")


class Wall:
    """The display server in a thread of its own."""

    def __init__(self, settings: Settings, port: int) -> None:
        self.port = port
        self._settings = settings
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._up = threading.Event()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="wall", daemon=True)

    def start(self) -> None:
        """Serve; returns once the port listens.

        Raises:
            NoWall: it does not come up.
        """
        self._thread.start()
        if not self._up.wait(START_SECONDS) or self._failure is not None:
            raise NoWall(
                phrase(
                    "the wall cannot be served: {value}", value=self._failure or "it takes too long"
                )
            )

    def stop(self) -> None:
        """End the server and its thread."""
        if not self._thread.is_alive():
            return
        if self._stop is not None and self._loop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            application = open_application(settings=self._settings)
        except HmsError as error:
            self._failure = error
            self._up.set()
            return
        with asyncio.Runner() as runner:
            self._loop = runner.get_loop()
            runner.run(self._serve(application))

    async def _serve(self, application: Application) -> None:
        self._stop = asyncio.Event()
        working = asyncio.create_task(self._work(application, self._stop))
        try:
            await self._serve_wall(self._stop)
        finally:
            self._stop.set()
            await working

    async def _work(self, application: Application, stop: asyncio.Event) -> None:
        """Take what screens report; where that cannot be, the wall goes on without."""
        try:
            with suppress(OSError):
                await answer_wall(application, stop)
        finally:
            await application.close()

    async def _serve_wall(self, stop: asyncio.Event) -> None:
        serve: Callable[..., Any] = load(DISPLAY_SERVER)
        for port in _candidates(self.port):
            try:
                await serve(self._settings, HOST, port, stop, ready=self._ready)
                return
            except OSError as error:
                self._failure = error
                if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                    break
            except Exception as error:  # noqa: BLE001 - told by start()
                self._failure = error
                break
        self._up.set()

    def _ready(self, _host: str, port: int) -> None:
        self.port = port
        self._failure = None
        self._up.set()


def _candidates(port: int) -> list[int]:
    """Return the ports to try: the wanted one, those above it, any."""
    return [*range(port, min(port + PORTS_TRIED, 65_536)), 0] if port else [0]
