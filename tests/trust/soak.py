"""Weeks of running, pressed into minutes: ``python -m tests.trust.soak --minutes 30``.

A real display server, a real Chromium on its page, twenty more screens and a real console
at which somebody types without pause, while desks serve patients as fast as ``--rate`` says.
Memory, open files, threads and the page's nodes are noted every half minute; the verdict
compares the end with the state after warming up.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from hms.bootstrap import Application, wire
from hms.features.tokens import service as tokens
from tests.console.scratch import PASSWORD, build
from tests.journeys.pty_desk import Terminal, python
from tests.kiosk_display.browser import board, chromium
from tests.kiosk_display.test_page import weight
from tests.trust.walls import LiveScreen, Server, free_port, watching

SCRATCH = str(Path(__file__).parents[1] / "console" / "scratch.py")
CONFIG = '[database]\nurl = "sqlite+aiosqlite:///{path}"\n'
SCREENS = 20
WARM = 0.2  # of the whole time
HEAP_GROWTH = 1.2  # times, at most
RSS_PER_100K = 1.0  # megabytes in 100,000 events, at most
TYPED = ("lak", "<esc>", "pet", "<down>", "<esc>", "joh", "<up>", "<esc>", "<f1>", "<esc>")


@dataclass(frozen=True, slots=True)
class Sample:
    """The state of all parts at one instant; memory in megabytes."""

    seconds: int
    events: int
    server_mb: float
    server_files: int
    server_threads: int
    console_mb: float
    console_files: int
    console_threads: int
    page_heap_mb: float
    page_nodes: int
    keys: int


class Load:
    """Desks that serve one patient after the other."""

    def __init__(self, application: Application, visits_per_second: float) -> None:
        self.application = application
        self.pause = 1 / visits_per_second
        self.failures: list[str] = []

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop."""
        who = self.application.as_service("soak")
        for room in itertools.cycle(("Lab 1", "Lab 2")):
            began = time.monotonic()
            try:
                self.application.do_now(who, tokens.issue, tokens.IssueToken("LAB"))
                token = self.application.do_now(who, tokens.call_next, "LAB", room=room)
                self.application.do_now(who, tokens.complete, token.id)
            except Exception as error:  # noqa: BLE001 - told in the verdict
                self.failures.append(repr(error))
            if stop.wait(max(0.0, began + self.pause - time.monotonic())):
                return

    def events(self) -> int:
        """Return how many events there were."""
        count = self.application.db.read_now(
            lambda work: work.db.exec_driver_sql("SELECT max(id) FROM outbox").scalar()
        )
        return int(count or 0)


class Typist:
    """Somebody at the reception who never rests."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.keys = 0

    def run(self, stop: threading.Event) -> None:
        """Type until told to stop."""
        for part in itertools.cycle(TYPED):
            self.terminal.type(part, pause_ms=60)
            self.keys += 1 if part.startswith("<") else len(part)
            self.terminal.raw.clear()
            if stop.is_set():
                return


def process_facts(pid: int) -> tuple[float, int, int]:
    """Return resident megabytes, open files and threads of a process."""
    status = dict(
        line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines()
    )
    files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return round(int(status["VmRSS"].split()[0]) / 1024, 1), files, int(status["Threads"])


async def soak(folder: Path, minutes: float, rate: float) -> tuple[list[Sample], list[str]]:
    """Run everything for so long; return the samples and what went wrong."""
    settings = build(folder / "h")
    config = folder / "hms.toml"
    config.write_text(CONFIG.format(path=settings.database_file))
    config.chmod(0o600)
    server = Server(config, free_port())
    await server.start()
    application = wire(settings)
    load, stop = Load(application, rate), threading.Event()
    samples: list[Sample] = []
    screens = [LiveScreen(server.port) for _ in range(SCREENS)]
    async with chromium() as browser, board(browser, server.port, "sound=off") as page:
        with await asyncio.to_thread(reception, folder / "h") as terminal:
            typist = Typist(terminal)
            workers = [threading.Thread(target=job, args=(stop,)) for job in (load.run, typist.run)]
            for worker in workers:
                worker.start()
            async with watching(screens):
                began = time.monotonic()
                while (passed := time.monotonic() - began) < minutes * 60:
                    await asyncio.sleep(min(30.0, minutes * 6))
                    nodes, heap = await weight(page)
                    events = await asyncio.to_thread(load.events)
                    facts = (*process_facts(server.pid), *process_facts(terminal.pid))
                    megabytes = round(heap / 1e6, 2)
                    samples.append(
                        Sample(int(passed), events, *facts, megabytes, nodes, typist.keys)
                    )
                    sys.stdout.write(json.dumps(asdict(samples[-1])) + "\n")
                    sys.stdout.flush()
                stop.set()
                for worker in workers:
                    await asyncio.to_thread(worker.join)
    await asyncio.to_thread(server.kill)
    application.close_now()
    troubles = [trouble for one in screens for trouble in one.troubles]
    return samples, [*load.failures, *troubles]


def reception(folder: Path) -> Terminal:
    """Return the reception desk on a terminal, signed in."""
    terminal = Terminal(python(SCRATCH, str(folder)), columns=132, lines=43)
    terminal.wait_for("Please sign in", 60)
    terminal.type(f"rosa<enter>{PASSWORD}<enter>")
    terminal.wait_for("^L Lock", 60)
    return terminal


def verdict(samples: list[Sample], troubles: list[str]) -> list[str]:
    """Return what grew or went wrong; nothing when all stayed flat."""
    warm, last = samples[int(len(samples) * WARM)], samples[-1]
    per_100k = max(1, last.events - warm.events) / 100_000
    found = list(troubles[:5])
    if last.page_heap_mb > HEAP_GROWTH * warm.page_heap_mb:
        found.append(f"the page's heap grew from {warm.page_heap_mb} to {last.page_heap_mb} MB")
    if last.page_nodes > warm.page_nodes * 1.05:
        found.append(f"the page's nodes grew from {warm.page_nodes} to {last.page_nodes}")
    for part in ("server", "console"):
        before, after = getattr(warm, f"{part}_mb"), getattr(last, f"{part}_mb")
        if after - before > max(2.0, RSS_PER_100K * per_100k):
            found.append(f"the {part}'s memory grew from {before} to {after} MB")
        for what in ("files", "threads"):
            before, after = getattr(warm, f"{part}_{what}"), getattr(last, f"{part}_{what}")
            if after > before + 2:
                found.append(f"the {part}'s {what} grew from {before} to {after}")
    return found


def main() -> int:
    """Run the soak; return 0 when all stayed flat."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--rate", type=float, default=20.0, help="visits a second")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hms-soak-") as folder:
        samples, troubles = asyncio.run(soak(Path(folder), chosen.minutes, chosen.rate))
    found = verdict(samples, troubles)
    sys.stdout.write("\n".join(found or ["all stayed flat"]) + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
