"""Nobody's data in public (trust.md T17): every byte that leaves, every log line, every argv."""

from __future__ import annotations

import asyncio
import http.client
import json
import random
import sys
import threading
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from hms.features.patients import service as patients
from hms.features.patients.service import RegisterPatient
from hms.features.tokens import service as tokens
from hms.infra.log import record_failure
from hms.kernel import clock
from kiosk_display.web import load_page
from tests.kiosk_display.screen import hello
from tests.support import Hospital, hospital_at
from tests.trust.walls import free_port

CONFIG = """
[database]
url = "sqlite+aiosqlite:///{path}"

[display]
port = {port}

[zones]
front = ["GM", "LAB"]

[logging]
level = "debug"
file = "hms.log"
"""
SERVE = "import sys; from hms.cli.main import main; sys.argv[1:] = {words!r}; main()"


@dataclass
class Caught:
    """Everything that left the hospital, by where it left."""

    by_way: dict[str, bytearray] = field(default_factory=dict)

    def add(self, way: str, data: bytes) -> None:
        """Note bytes that left by ``way``."""
        self.by_way.setdefault(way, bytearray()).extend(data)

    def leaks(self, secrets: Iterable[str]) -> list[tuple[str, str]]:
        """Return each secret that left, and by which way."""
        found = []
        for way, data in self.by_way.items():
            text = data.decode("utf-8", "replace")
            forms = ((secret, {secret, json.dumps(secret)[1:-1]}) for secret in secrets)
            found += [(way, secret) for secret, either in forms if any(f in text for f in either)]
        return found


def seeded(hospital: Hospital, chance: random.Random) -> tuple[str, list[str]]:
    """Register somebody; return the MRN and what nobody outside may ever read of them."""
    word = f"Zq{chance.randrange(16**8):08x}"
    birth = date(1925, 1, 1) + timedelta(days=chance.randrange(30_000))
    phone = f"+1415{chance.randrange(2_000_000, 9_999_999)}"
    said = RegisterPatient(
        name=f"{word} Qu{word[::-1]}", birth=birth.isoformat(), sex="female", phone=phone,
        allergies=(f"Al{word}",), address=f"1 {word} Street",
    )  # fmt: skip
    mrn = hospital.do("rosa", patients.register, said, allow_duplicate=True).mrn
    return mrn, [word, word[::-1], birth.isoformat(), phone[-7:], mrn, f"Because{word}"]


def visit(hospital: Hospital, mrn: str, reason: str) -> None:
    """Bring a patient through everything that the walls hear of, and a failure."""
    token = hospital.issue("GM", mrn)
    hospital.called("GM")
    hospital.do("nils", tokens.recall, token.id)
    hospital.do("nils", tokens.hold, token.id, reason)
    hospital.do("nils", tokens.resume, token.id)
    moved = hospital.do("nils", tokens.transfer, token.id, to="LAB", reason=reason)
    hospital.do("rosa", tokens.cancel, moved.id, reason)
    patient = hospital.do("rosa", patients.show, mrn)
    try:
        raise RuntimeError(f"{patient.name} {mrn} {reason}")
    except RuntimeError as error:
        record_failure(error, hospital.settings.data_dir)


@asynccontextmanager
async def serving(config: Path, caught: Caught) -> AsyncIterator[int]:
    """Run ``hms serve`` and keep all that it prints; give its process id."""
    words = ["--config", str(config), "serve"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVE.format(words=words),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    assert process.stdout is not None
    while b"the wall is served" not in (line := await process.stdout.readline()):
        assert line, caught
        caught.add("output", line)
    try:
        yield process.pid
    finally:
        process.terminate()
        rest, _ = await process.communicate()
        caught.add("output", rest)


async def listen(port: int, zone: str | None, caught: Caught) -> None:
    """Keep every byte a screen is told, coming anew now and then for a snapshot."""
    while True:
        async with connect(f"ws://127.0.0.1:{port}/ws", compression=None) as line:
            await hello(line, zone)
            for _ in range(200):
                caught.add("socket", str(await line.recv()).encode())


def browse(port: int, caught: Caught) -> None:
    """Ask for every page there is, and for some that are not."""
    pages = [
        *load_page(),
        "/healthz",
        "/metrics",
        "/ws",
        "/t/x",
        "/kiosk",
        "/patients",
        "/../hms.db",
    ]
    for path in pages:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        line.request("GET", path)
        answer = line.getresponse()
        caught.add("http", str(answer.getheaders()).encode() + answer.read())
        line.close()


def arguments(pid: int) -> Iterator[bytes]:
    """Give the command line of a process and of all that it started."""
    yield Path(f"/proc/{pid}/cmdline").read_bytes() + b"\n"
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from arguments(int(child))


def watch_arguments(pid: int, caught: Caught, stop: threading.Event) -> None:
    """Keep what anybody on the machine could see by ``ps``."""
    while not stop.wait(0.02):
        try:
            for line in arguments(pid):
                caught.add("argv", line)
        except OSError:
            continue  # a child ended while it was looked at


async def day(hospital: Hospital, config: Path, port: int, people: int) -> tuple[Caught, set[str]]:
    """Let ``people`` come and go; return what left the hospital, and what must not have."""
    caught, secrets, chance = Caught(), set[str](), random.Random(2031)
    stop = threading.Event()

    def work() -> None:
        for _ in range(people):
            mrn, known = seeded(hospital, chance)
            secrets.update(known)
            visit(hospital, mrn, known[-1])

    async with serving(config, caught) as pid:
        watcher = threading.Thread(target=watch_arguments, args=(pid, caught, stop))
        watcher.start()
        zones = (None, "front")
        screens = [asyncio.create_task(listen(port, zone, caught)) for zone in zones]
        await asyncio.to_thread(browse, port, caught)
        await asyncio.to_thread(work)
        await asyncio.to_thread(browse, port, caught)
        await asyncio.sleep(0.5)
        stop.set()
        watcher.join()
        for task in screens:
            task.cancel()
        await asyncio.gather(*screens, return_exceptions=True)
    for log in hospital.settings.data_dir.glob("**/*.log"):
        caught.add(log.name, log.read_bytes())
    return caught, secrets


async def check(tmp_path: Path, people: int) -> None:
    """Check that nothing of ``people`` seeded patients leaves by any way."""
    port = free_port()
    with (
        hospital_at(tmp_path / "data" / "hms.db") as hospital,
        clock.replaced(lambda: datetime.now(UTC)),
    ):
        config = tmp_path / "hms.toml"
        config.write_text(CONFIG.format(path=hospital.settings.database_file, port=port))
        config.chmod(0o600)
        caught, secrets = await day(hospital, config, port, people)
    assert {"socket", "http", "argv", "hms.log", "errors.log"} <= set(caught.by_way)
    told = caught.by_way["socket"].decode()
    assert told.count('"CALL"') >= people, "the screens did not hear the calls"
    assert caught.leaks(secrets) == []
    size = {way: len(data) for way, data in caught.by_way.items()}
    print(json.dumps({"patients": people, "secrets": len(secrets), "bytes": size}))


@pytest.mark.asyncio
async def test_nothing_of_a_patient_leaves_the_hospital(tmp_path: Path) -> None:
    await check(tmp_path, 20)


@pytest.mark.long
@pytest.mark.asyncio
async def test_nothing_of_a_thousand_patients_leaves_the_hospital(tmp_path: Path) -> None:
    await check(tmp_path, 1_000)


def test_a_leak_by_any_way_would_be_found() -> None:
    caught = Caught()
    caught.add("socket", json.dumps({"token": "GM-001", "name": "Zürich Zq12"}).encode())
    caught.add("argv", b"espeak-ng\0Zq12 please\0")
    assert caught.leaks(["Zürich"]) == [("socket", "Zürich")]
    assert caught.leaks(["Zq12"]) == [("socket", "Zq12"), ("argv", "Zq12")]
