"""``hms-display``: one port for the page, its socket and its health."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from contextlib import aclosing, suppress
from pathlib import Path
from ssl import SSLContext
from typing import Any

from websockets.asyncio.server import Server, ServerConnection
from websockets.asyncio.server import serve as listen

from hms.infra.db import Database, open_database
from hms.infra.redis_line import line_for
from hms.infra.schema import refuse_other_version
from hms.infra.settings import Settings, load_settings
from hms.infra.tls import server_context
from hms.infra.worker_line import Postbox
from hms.kernel.errors import Exit, HmsError, Unavailable
from kiosk_display import wire
from kiosk_display.door import Door, make_room, through
from kiosk_display.feed import Feed
from kiosk_display.guests import PairedGuests
from kiosk_display.hub import HELLO_SECONDS, Hub
from kiosk_display.place import Places
from kiosk_display.reports import Reports
from kiosk_display.selfservice import Kiosks
from kiosk_display.shelf import Shelf
from kiosk_display.slides import Slides
from kiosk_display.speech.studio import Studio, open_studio
from kiosk_display.speech.voicing import Speaker
from kiosk_display.staff import StaffRoom
from kiosk_display.web import KIOSK_SOCKET, STAFF_SOCKET, Site, load_page, version_of

CLOSE_SECONDS = 2.0
FILES_BESIDE = 2_096  # for lines that are turned away, the database, voices and slides
USAGE = "usage: hms-display [--config FILE] [--host HOST] [--port PORT]"


class HelpWanted(Exception):
    """The command line asks how it is used."""


# What strangers send is not worth a line each in the hospital's log.
_protocol_log = logging.getLogger(f"{__name__}.protocol")
_protocol_log.setLevel(logging.CRITICAL)


async def serve(
    settings: Settings,
    host: str | None = None,
    port: int | None = None,
    stop: asyncio.Event | None = None,
    *,
    ready: Callable[[str, int], None] | None = None,
) -> None:
    """Serve the wall until ``stop`` is set, or for ever.

    Opens a read-only database of its own.

    Args:
        settings: the hospital's settings.
        host: where to listen instead of ``[display] host``.
        port: the same for ``[display] port``; 0 takes any free one.
        stop: ends the server when set.
        ready: told host and port once the server listens.

    Raises:
        OSError: the address cannot be listened on.
        SchemaDiffers: the database was made for another version of HMS.
        CertificateUnusable: TLS is asked for and cannot be had.
    """
    make_room(settings.display.max_connections + FILES_BESIDE)
    database = open_database(settings, read_only=True)
    try:
        with suppress(Unavailable):  # it may come up later; the wall waits for it
            await database.read(refuse_other_version)
        display = settings.display
        place = (host or display.host, display.port if port is None else port)
        await _run(database, settings, place, stop or asyncio.Event(), ready)
    finally:
        await database.close()


async def _run(
    database: Database,
    settings: Settings,
    place: tuple[str, int],
    stop: asyncio.Event,
    ready: Callable[[str, int], None] | None,
) -> None:
    line = line_for(settings)
    box = Postbox(line, "displays.report")
    reports = Reports(box)
    guests = PairedGuests(database, line, required=settings.display.pairing == "required")
    hub = Hub(settings.zones, guests=guests, reports=reports)
    studio = await asyncio.to_thread(open_studio, settings)
    redis = settings.redis.url
    shelf = Shelf(redis, settings.hospital.code) if redis else None
    feed = Feed(database, hub, Speaker(studio), shelf)
    staff = StaffRoom(hub, feed, database, line)
    feed.heard = staff.heard
    slides = Slides(settings)
    listening = listener(
        hub,
        settings.display.origins,
        *place,
        refresh=feed.poll,
        places=Places(database, settings),
        studio=studio,
        staff=staff,
        slides=slides,
        kiosks=Kiosks(line, reports, version_of(load_page())),
        tls=server_context(settings),
        door=Door(settings.display.max_connections),
    )
    async with aclosing(studio), listening as server:
        jobs = (feed.follow(), hub.beat(), box.carry(), reports.beat(), staff.watch_screens())
        opening = asyncio.create_task(slides.warm())
        if ready is not None:
            ready(place[0], server.sockets[0].getsockname()[1])
        try:
            await _until_told_or_broken(stop, jobs)
        finally:
            opening.cancel()
            await asyncio.gather(opening, return_exceptions=True)


async def _until_told_or_broken(
    stop: asyncio.Event, jobs: Iterable[Coroutine[Any, Any, None]]
) -> None:
    """Do ``jobs``, which never end by themselves, until ``stop`` is set.

    A wall without its heartbeat would be stale for ever and look well at ``/healthz``: who
    started the server shall start it again.
    """
    told = asyncio.create_task(stop.wait())
    work = [asyncio.create_task(job) for job in jobs]
    try:
        done, _ = await asyncio.wait([told, *work], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for each in (told, *work):
            each.cancel()
        await asyncio.gather(told, *work, return_exceptions=True)


def listener(
    hub: Hub,
    origins: tuple[str, ...],
    host: str,
    port: int,
    *,
    refresh: Callable[[], Awaitable[None]],
    places: Places | None = None,
    studio: Studio | None = None,
    staff: StaffRoom | None = None,
    slides: Slides | None = None,
    kiosks: Kiosks | None = None,
    tls: SSLContext | None = None,
    door: Door | None = None,
) -> Server:
    """Return the server of ``hub``'s screens and their page, to be entered with ``async with``."""
    audio = None if studio is None else studio.audio
    own = None if places is None else places.answer
    site = Site(load_page(), origins, lambda: health(hub, studio), audio, own, slides)

    async def attend(connection: ServerConnection) -> None:
        path = connection.request.path.partition("?")[0] if connection.request else ""
        if path == STAFF_SOCKET:
            if staff is not None:
                await staff.attend(connection)
        elif path == KIOSK_SOCKET:
            if kiosks is not None:
                await kiosks.attend(connection)
        else:
            await hub.attend(connection, refresh)

    return listen(
        attend,
        host,
        port,
        process_request=site.answer,
        create_connection=through(door or Door(), tls, HELLO_SECONDS),
        compression=None,
        server_header=None,
        open_timeout=HELLO_SECONDS,
        close_timeout=CLOSE_SECONDS,
        max_size=wire.MAX_CLIENT_BYTES,
        max_queue=4,
        logger=_protocol_log,
    )


def health(hub: Hub, studio: Studio | None = None) -> tuple[bool, dict[str, object]]:
    """Return whether the wall is live, and what ``/healthz`` says."""
    place = hub.position
    well = hub.fresh and place is not None
    return well, {
        "status": "ok" if well else "degraded",
        "database": "ok" if hub.fresh else "unreachable",
        "epoch": None if place is None else place.epoch,
        "seq": None if place is None else place.seq,
        "displays": hub.displays,
        "sound": hub.sounds(),
        "speech": None if studio is None else studio.health(),
    }


def main() -> int:
    """Run ``hms-display``; return its exit code."""
    try:
        config, host, port = _arguments(sys.argv[1:])
    except HelpWanted:
        sys.stdout.write(f"{USAGE}\n")
        return Exit.DONE
    except ValueError as error:
        _say(f"{error}\n{USAGE}")
        return Exit.USAGE
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    try:
        asyncio.run(_until_told(load_settings(config), host, port))
    except HmsError as error:
        _say(f"hms-display: {error.message}")
        return error.exit
    except OSError as error:
        _say(f"hms-display: cannot listen: {error.strerror or error}")
        return Exit.UNAVAILABLE
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    return Exit.DONE


async def _until_told(settings: Settings, host: str | None, port: int | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    with suppress(NotImplementedError):  # not on Windows
        loop.add_signal_handler(signal.SIGTERM, stop.set)
    scheme = "https" if settings.display.certificate else "http"

    def announce(host: str, port: int) -> None:
        _say(f"the wall is at {scheme}://{host}:{port}/")

    await serve(settings, host, port, stop, ready=announce)


def _say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()


def _arguments(words: list[str]) -> tuple[Path | None, str | None, int | None]:
    """Read the command line.

    Raises:
        ValueError: an unknown option, a missing value, or a port that is none.
    """
    given: dict[str, str] = {}
    rest = iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        if name in ("-h", "--help"):
            raise HelpWanted
        if name not in ("--config", "--host", "--port"):
            raise ValueError(f"unknown option {word!r}")
        given[name] = value if equals else next(rest, "")
        if not given[name]:
            raise ValueError(f"{name} needs a value")
    port = given.get("--port")
    if port is not None and not (port.isascii() and port.isdigit() and int(port) < 65_536):
        raise ValueError(f"{port!r} is no port")
    config = Path(given["--config"]) if "--config" in given else None
    return config, given.get("--host"), int(port) if port is not None else None
