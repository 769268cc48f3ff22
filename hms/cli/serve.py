"""``hms serve``: the wall, the periodic work, the nightly backup, until told to stop."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from hms.cli.periodic import back_up_if_due, do_what_is_due, work_once
from hms.kernel.errors import HmsError, Refused
from hms.kernel.feature import load
from hms.kernel.i18n import phrase
from hms.kernel.text import show
from hms.kit.invocation import current
from hms.kit.output import say, show_json

if TYPE_CHECKING:
    from hms.bootstrap import Application
    from hms.infra.settings import Settings

DISPLAY_SERVER = "kiosk_display.server:serve"
PERIOD_SECONDS = 60.0
RETRY_SECONDS = 3600.0  # after a backup that failed

Ready = Callable[[str, int], None]
_log = logging.getLogger(__name__)


class AddressRefused(Refused):
    """The display server cannot listen at its address."""

    code = "display.address"
    hint = "another program may use it; choose one with --port, or [display] port"


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes any.")
    ] = None,
    once: Annotated[
        bool, typer.Option("--once", help="Do what is due, the backup too, and end; no wall.")
    ] = False,
) -> None:
    """Serve the wall displays and do the periodic work; ends with Ctrl+C or SIGTERM."""
    from hms.bootstrap import open_application
    from hms.infra.log import set_up_logging
    from hms.infra.settings import load_settings

    settings = load_settings(current().config, {"display.host": host, "display.port": port})
    set_up_logging(settings)
    application = open_application(settings=settings)
    if once:
        made = asyncio.run(work_once(application))
        if current().json:
            show_json({"backup": made})
        say("did what was due" + (f"; backup {show(made)}" if made else ""))
        return
    asyncio.run(_until_told(application, announce))


def announce(host: str, port: int) -> None:
    """Say where the wall is served: one JSON document with ``--json``."""
    scheme = "https" if current().settings().display.certificate else "http"
    address = f"{scheme}://{'[' + host + ']' if ':' in host else host}:{port}/"
    if current().json:
        show_json({"address": address, "host": host, "port": port})
    say(phrase("the wall is served at {address}; stop with Ctrl+C", address=address))


async def _until_told(application: Application, ready: Ready) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await serve_all(application, stop, ready)


async def serve_all(application: Application, stop: asyncio.Event, ready: Ready) -> None:
    """Serve the wall, do the periodic work, back up, until ``stop`` is set; closes ``application``.

    Raises:
        AddressRefused: the wall's address cannot be listened on.
    """
    jobs: list[Awaitable[None]] = [
        _ending(stop, _wall(application.settings, stop, ready)),
        _ending(stop, work_periodically(application, stop)),
        _ending(stop, back_up_nightly(application, stop)),
        _work_for_wall(application, stop),
        _work_for_far_walls(application, stop),
        _print_slips(application, stop),
    ]
    try:
        ended = await asyncio.gather(*jobs, return_exceptions=True)
    finally:
        await application.close()
    for failure in ended:
        if isinstance(failure, BaseException):
            raise failure


async def _wall(settings: Settings, stop: asyncio.Event, ready: Ready) -> None:
    display = settings.display
    try:
        await load(DISPLAY_SERVER)(settings, display.host, display.port, stop, ready=ready)
    except OSError as error:
        address = f"{display.host}:{display.port}"
        raise AddressRefused(
            phrase(
                "cannot serve at {address}: {strerror}",
                address=show(address),
                strerror=error.strerror,
            )
        ) from error


async def _work_for_wall(application: Application, stop: asyncio.Event) -> None:
    """Act for the display servers here; where that cannot be, the wall goes on without."""
    from hms.bootstrap import answer_wall

    try:
        await answer_wall(application, stop)
    except OSError as error:
        _log.error("what screens report is not taken: %s", error.strerror or error)


async def _work_for_far_walls(application: Application, stop: asyncio.Event) -> None:
    """Act for the display servers on other machines, where Redis connects them."""
    if application.settings.redis.url:
        from hms.bootstrap import answer_far_walls

        await answer_far_walls(application, stop)


async def _print_slips(application: Application, stop: asyncio.Event) -> None:
    """Drive the common printer; one that belongs to a desk is driven by its console."""
    printing = application.settings.printing
    if printing.on and not printing.station:
        from hms.bootstrap import drive_printer

        await drive_printer(application, stop)


async def _ending(stop: asyncio.Event, job: Awaitable[None]) -> None:
    """Run ``job``; when it ends or fails, the others stop too."""
    try:
        await job
    finally:
        stop.set()


async def work_periodically(
    application: Application, stop: asyncio.Event, *, period_seconds: float = PERIOD_SECONDS
) -> None:
    """Do what comes due, at once and then every ``period_seconds``, until ``stop`` is set.

    What was missed while nobody served is caught up; a failure is logged and the
    next round tries again.
    """
    while not stop.is_set():
        try:
            await do_what_is_due(application)
        except HmsError as error:  # the database is away, or its role lacks a right
            _log.error("the periodic work waits: %s — %s", error.message, error.hint)
        except Exception:  # noqa: BLE001 - the database may be back in the next round
            _log.exception("the periodic work failed")
        await _pause(stop, period_seconds)


async def back_up_nightly(
    application: Application, stop: asyncio.Event, *, period_seconds: float = PERIOD_SECONDS
) -> None:
    """Make the backup of ``[backup]`` when it is due, until ``stop`` is set.

    One that failed is logged and tried again an hour later; ``hms check`` tells how
    old the last good one is.
    """
    while not stop.is_set():
        wait_seconds = period_seconds
        try:
            await back_up_if_due(application)
        except Exception:  # noqa: BLE001 - whatever it was, the wall goes on
            _log.exception("the nightly backup failed")
            wait_seconds = max(wait_seconds, RETRY_SECONDS)
        await _pause(stop, wait_seconds)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
