"""``hms serve``: the wall and the periodic work, side by side, until told to stop."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hms.bootstrap import Application
from hms.cli.serve import AddressRefused, serve_all, work_periodically
from hms.infra.settings import DisplaySettings
from hms.infra.sqlite import sqlite3
from tests.cli.shell import Shell
from tests.house.sources import ROOT
from tests.support import hospital_at


@contextmanager
def serving(shell: Shell, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], Any]]:
    """Run ``hms serve`` on a free port; give the process and what it announced."""
    process = subprocess.Popen(
        [sys.executable, "-m", "hms.cli.main", "serve", "--port", "0", "--json", *arguments],
        cwd=shell.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.stderr.read() if process.stderr else ""
        yield process, json.loads(line)
    finally:
        process.kill()
        process.communicate()


def health(address: str) -> dict[str, Any]:
    """Return what the wall says of itself once it is well."""
    for _ in range(100):
        try:
            with urllib.request.urlopen(f"{address}healthz", timeout=5) as answer:
                told: dict[str, Any] = json.load(answer)
                return told
        except urllib.error.HTTPError:
            time.sleep(0.05)
    raise AssertionError("the display server never became well")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_the_wall_and_ends_cleanly_when_told(
    hospital: Shell, number: signal.Signals
) -> None:
    """Ctrl+C at a terminal, SIGTERM from a service manager; exit 0 for both."""
    with serving(hospital) as (process, told):
        assert health(told["address"])["database"] == "ok"
        process.send_signal(number)
        out, err = process.communicate(timeout=15)
    assert process.returncode == 0, err
    assert out == ""
    assert "Traceback" not in err


def test_an_address_that_is_taken_is_refused(hospital: Shell) -> None:
    """Exit 6 with the address and what to do."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = hospital.process("serve", "--port", str(port), "--json")
    assert said.code == 6
    assert said.error["code"] == "display.address"
    assert str(port) in said.error["message"]


def test_a_port_that_cannot_be_is_a_usage_mistake(hospital: Shell) -> None:
    """Before anything is opened."""
    assert hospital("serve", "--port", "70000", "--json").code == 2


@pytest.mark.asyncio
async def test_what_yesterday_left_behind_is_closed_when_somebody_serves(tmp_path: Path) -> None:
    """Nothing depends on a process being up at midnight; today's tokens stay."""
    with hospital_at(tmp_path / "hms.db") as hospital:
        old = hospital.issue("GM")
        hospital.clock.forward(days=1)
        new = hospital.issue("GM")
        stop = asyncio.Event()
        work = asyncio.create_task(
            work_periodically(hospital.application, stop, period_seconds=0.01)
        )
        async with asyncio.timeout(10):
            while hospital.token(old.id).status != "expired":
                await asyncio.sleep(0.01)
        assert hospital.token(new.id).status == "waiting"
        stop.set()
        await work
        await hospital.application.close()


@pytest.mark.asyncio
async def test_a_round_that_fails_is_tried_again(tmp_path: Path) -> None:
    """A busy or missing database is logged, and the next round catches up."""
    with hospital_at(tmp_path / "hms.db") as hospital:
        old = hospital.issue("GM")
        hospital.clock.forward(days=1)
        hospital.force("ALTER TABLE token RENAME TO token_away")
        stop = asyncio.Event()
        work = asyncio.create_task(
            work_periodically(hospital.application, stop, period_seconds=0.01)
        )
        await asyncio.sleep(0.05)
        assert not work.done()
        hospital.force("ALTER TABLE token_away RENAME TO token")
        async with asyncio.timeout(10):
            while hospital.token(old.id).status != "expired":
                await asyncio.sleep(0.01)
        stop.set()
        await work
        await hospital.application.close()


@pytest.mark.asyncio
async def test_when_the_wall_fails_everything_stops(tmp_path: Path) -> None:
    """A service manager starts it again; half a server would go unnoticed."""
    with hospital_at(tmp_path / "hms.db") as hospital, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        display = DisplaySettings(port=port)
        application = Application(replace(hospital.settings, display=display), hospital.db)
        stop = asyncio.Event()
        with pytest.raises(AddressRefused):
            async with asyncio.timeout(10):
                await serve_all(application, stop, lambda _host, _port: None)
        assert stop.is_set()


def test_the_backup_of_the_night_is_made_and_recorded(hospital: Shell) -> None:
    """A night that passed without one is made up for, once."""
    raw = sqlite3.connect(hospital.folder / "hms-data" / "hms.db")
    raw.execute("DROP TRIGGER audit_no_update")
    raw.execute("UPDATE audit SET at = '2020-01-01 00:00:00.000000' WHERE id = 1")
    raw.execute("DROP TABLE audit_seal")  # as an entry of long ago would be: not sealed
    raw.commit()
    raw.close()
    assert hospital("init").code == 0
    folder = hospital.folder / "hms-data" / "backups"
    with serving(hospital) as (process, _):
        for _ in range(300):
            if list(folder.glob("*.hmsbackup")):
                break
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert len(list(folder.glob("*.hmsbackup"))) == 1
    [entry] = hospital("audit", "show", "--action", "backup", "--json").json
    assert entry["user"] == "nightly backup"
