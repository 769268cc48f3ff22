"""Load: hospitals, desks, doctors and screens at once, with real clients on loopback."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import time as day_time
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from hms.bootstrap import Application, wire
from hms.features.staff import service as staff
from hms.features.tokens.queries.boards import zone_queues
from hms.infra.settings import DatabaseSettings, Hospital, Settings
from hms.infra.tables import Outbox, table_of
from hms.infra.uow import Work
from hms.kernel.events import HOSPITAL_TOPIC
from hms.simulation.arrivals import Arrival, Arrivals, RefusedRow
from hms.simulation.errors import NoScreens
from hms.simulation.floor import Count, Floor
from hms.simulation.ledger import Agreement, prove
from hms.simulation.plan import LINES, Line, Seat, line_of
from hms.simulation.scratch import furnish, refuse_used

WALL = "import sys; from kiosk_display.start import main; sys.exit(main())"
START_SECONDS = 60.0
_outbox = table_of(Outbox)


@dataclass(frozen=True, slots=True)
class Load:
    """How much of each; queues, desks, doctors and screens are of every hospital.

    ``queues`` None takes those of an emergency department; ``speed`` is simulated
    seconds in a second, 0 as fast as it can.
    """

    hospitals: int = 1
    queues: int | None = None
    desks: int = 4
    doctors: int = 16
    screens: int = 0
    speed: float = 0.0
    seed: int = 1


@dataclass(frozen=True, slots=True)
class House:
    """One hospital of the simulation."""

    application: Application
    floor: Floor
    arrivals: Sequence[Arrival]
    queues: int


@dataclass(frozen=True, slots=True)
class Watched:
    """What the screens of one hospital saw; ``frame_ms`` from the call begun to the frame."""

    frames: int
    agree: bool
    frame_ms: tuple[float, ...]


def simulate_load(
    arrivals: Arrivals,
    load: Load,
    *,
    url: str | None = None,
    step: Callable[[int], None] = lambda _arrivals: None,
) -> dict[str, Any]:
    """Play ``arrivals``, dealt out among the hospitals, and return the summary.

    Args:
        arrivals: the good and the refused rows of a file.
        load: how much of each.
        url: an empty database to use and keep instead of a temporary one.
        step: told of each arrival as a desk has done with it.

    Raises:
        HospitalInUse: the database at ``url`` is some hospital's.
        Unavailable: it cannot be used.
        NoScreens: the display server does not come up, or its screens do not.
        LogDisagrees: the events do not add up to the tables.
    """
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="hms-simulate-", ignore_cleanup_errors=True) as place:
        folder = Path(place)
        with _houses(arrivals.good, load, url, folder) as houses:
            ready = time.monotonic()
            watched = asyncio.run(_play(houses, load, folder, step))
            played = time.monotonic() - ready
            log = houses[0].application.db.read_now(prove)
    counts = [house.floor.count for house in houses]
    refused = (*arrivals.refused, *(row for count in counts for row in count.refused))
    return {
        **_people(arrivals, counts, refused),
        **_times(counts, watched),
        **_size(houses, load, watched, log),
        "played_seconds": round(played, 3),
        "seconds": round(time.monotonic() - began, 3),
    }


def _people(
    arrivals: Arrivals, counts: Sequence[Count], refused: tuple[RefusedRow, ...]
) -> dict[str, Any]:
    failed = sum((count.failed for count in counts), start=type(counts[0].failed)())
    return {
        "arrivals": len(arrivals.good) + len(arrivals.refused),
        "issued": sum(count.issued for count in counts),
        "called": sum(count.called for count in counts),
        "completed": sum(count.completed for count in counts),
        "refused": len(refused),
        "refused_rows": [row.as_json() for row in refused],
        "failed": dict(failed),
    }


def _times(counts: Sequence[Count], watched: Sequence[Watched]) -> dict[str, Any]:
    of = {
        "issue": [ms for count in counts for ms in count.issue_ms],
        "call": [ms for count in counts for ms in count.call_ms],
        "frame": [ms for one in watched for ms in one.frame_ms],
    }
    return {
        f"{name}_p{part}_ms": _quantile(values, part / 100)
        for name, values in of.items()
        for part in (50, 99)
    }


def _size(
    houses: Sequence[House], load: Load, watched: Sequence[Watched], log: Agreement
) -> dict[str, Any]:
    return {
        "hospitals": load.hospitals,
        "queues": sum(house.queues for house in houses),
        "desks": load.desks * load.hospitals,
        "doctors": load.doctors * load.hospitals,
        "screens": load.screens * load.hospitals,
        "frames_per_screen": [one.frames for one in watched],
        "screens_agree": all(one.agree for one in watched) if watched else None,
        "events": log.events,
    }


def _quantile(values: Sequence[float], part: float) -> float | None:
    if not values:
        return None
    ordered = sorted(values)
    return round(ordered[min(int(part * len(ordered)), len(ordered) - 1)], 2)


@contextmanager
def _houses(
    arrivals: Sequence[Arrival], load: Load, url: str | None, folder: Path
) -> Iterator[list[House]]:
    """Give the hospitals, furnished, in one database."""
    own = f"sqlite+aiosqlite:///{folder / 'hms.db'}"
    with ExitStack() as opened:
        houses: list[House] = []
        for number in range(load.hospitals):
            code = "" if number == 0 else f"h{number + 1}"
            name = Hospital(f"Hospital {number + 1}", "UTC", day_time(3), code=code)
            settings = Settings(hospital=name, database=DatabaseSettings(url=url or own))
            application = wire(settings, create=number == 0)
            opened.callback(application.close_now)
            if number == 0:
                application.db.read_now(refuse_used)
                application.db.write_now(staff.ensure_hospital)
            else:
                first = houses[0].application
                added = staff.AddHospital(code, name.name)
                first.do_now(first.as_service("simulate"), staff.add_hospital, added)
            houses.append(_house(application, arrivals[number :: load.hospitals], load, number))
        yield houses


def _house(application: Application, arrivals: Sequence[Arrival], load: Load, number: int) -> House:
    who = application.as_service("simulate")
    lines, send = _lines(load.queues)
    seats = [
        Seat(f"h{number + 1}doctor{n + 1}", f"Room {n + 1}", lines[n % len(lines)].code)
        for n in range(load.doctors)
    ]
    furnish(application, who, lines, seats)
    floor = Floor(application, who, seats, send, speed=load.speed, seed=load.seed + number)
    return House(application, floor, arrivals, len(lines))


def _lines(queues: int | None) -> tuple[Sequence[Line], Callable[[Arrival], str]]:
    if queues is None:
        return LINES, line_of
    lines = [Line(f"Q{n:03}", f"Clinic {n}", "Clinics") for n in range(1, queues + 1)]
    return lines, lambda arrival: lines[arrival.line % queues].code


async def _play(
    houses: Sequence[House], load: Load, folder: Path, step: Callable[[int], None]
) -> list[Watched]:
    async with AsyncExitStack() as running:
        crowds = []
        if load.screens:
            for number, house in enumerate(houses):
                config = _configure(house, folder / f"wall{number}.toml")
                wall = await running.enter_async_context(_wall(config))
                crowds.append(await running.enter_async_context(_crowd(wall, load.screens)))
        try:
            await asyncio.gather(
                *(house.floor.work(house.arrivals, load.desks, step) for house in houses)
            )
            watched = zip(crowds, houses, strict=True) if crowds else ()
            return [await _ask(crowd, house) for crowd, house in watched]
        finally:
            for house in houses:
                await house.application.close()


def _configure(house: House, config: Path) -> Path:
    """Write down what the hospital's display server needs to know."""
    settings = house.application.settings
    said = {
        "hospital": {"name": settings.hospital.name, "code": settings.hospital.code},
        "database": {"url": settings.database.url},
        "display": {"speech": "off"},
    }
    lines = []
    for section, values in said.items():
        lines += [f"[{section}]", *(f"{key} = {json.dumps(text)}" for key, text in values.items())]
    config.touch(mode=0o600)
    config.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return config


@asynccontextmanager
async def _wall(config: Path) -> AsyncIterator[int]:
    """Run a display server in a process of its own; give its port."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WALL, "--config", str(config), "--port", "0",
        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        yield await _port_of(process)
    finally:
        await _end(process)


async def _port_of(process: asyncio.subprocess.Process) -> int:
    assert process.stderr is not None
    try:
        async with asyncio.timeout(START_SECONDS):
            while line := await process.stderr.readline():
                if b"the wall is at" in line:
                    return int(line.rstrip(b"/\n").rpartition(b":")[2])
    except TimeoutError:
        raise NoScreens("the display server does not come up") from None
    raise NoScreens("the display server ended at once")


@asynccontextmanager
async def _crowd(port: int, screens: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """Put up screens in a process of their own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hms.simulation.crowd", str(port), str(screens),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, limit=256 * 1024 * 1024,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        ready = json.loads(await process.stdout.readline() or b"{}")
        if ready.get("ready") != screens:
            raise NoScreens("not every screen got its picture")
        yield process
    finally:
        await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    if process.stderr is not None:
        await process.stderr.read()
    await process.wait()


async def _ask(crowd: asyncio.subprocess.Process, house: House) -> Watched:
    """Return what the screens saw once they have all that the log holds for them."""
    until = await house.application.db.read(_last_frame)
    assert crowd.stdin is not None
    assert crowd.stdout is not None
    crowd.stdin.write(json.dumps({"until": until}).encode() + b"\n")
    await crowd.stdin.drain()
    said = json.loads(await crowd.stdout.readline() or b"{}")
    if not said:
        raise NoScreens("the screens are gone")
    agree = said["seqs"] == [until] and said["digests"] == 1 and said["snapshots"] == 1
    began = house.floor.count.began
    took = tuple(
        (at - began[key]) * 1000.0
        for key, instants in said["calls"].items()
        for at in instants
        if key in began
    )
    return Watched(max(said["frames"], default=0), agree, took)


def _last_frame(work: Work) -> int:
    """Return the number that the hospital's screens must come to."""
    topics = [HOSPITAL_TOPIC, *(zone_queues(work.db, work.settings, None) or ())]
    total = select(func.sum(_outbox.c.frames)).where(_outbox.c.topic.in_(topics))
    return int(work.db.execute(total).scalar() or 0)
