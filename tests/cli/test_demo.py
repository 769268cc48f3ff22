"""``hms demo`` without a terminal: prints address and accounts, serves, leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cli.shell import Shell
from tests.cli.test_serve import health
from tests.house.sources import ROOT


@contextmanager
def demo(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run ``hms demo`` with a temp folder of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "hms.cli.main", "demo", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def announced(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Return the document that a demo with ``--json`` prints once it serves."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.stderr.read() if process.stderr else ""
    told: dict[str, Any] = json.loads(line)
    return told


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_a_living_wall_until_told_to_stop(tmp_path: Path, number: int) -> None:
    with demo(tmp_path, "--port", "0", "--json", "--speed", "40") as process:
        told = announced(process)
        assert {account["role"] for account in told["accounts"]} >= {"receptionist", "doctor"}
        assert all(account["password"] for account in told["accounts"])
        before = _seq(told["address"])
        until = time.monotonic() + 60
        while _seq(told["address"]) <= before:
            assert time.monotonic() < until, "nothing happens in the halls"
            time.sleep(0.2)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0
        assert out == ""
        assert "Traceback" not in err
    assert not any(tmp_path.iterdir())


def _seq(address: str) -> int:
    return int(health(address)["seq"])


def test_it_ends_by_itself_and_says_which_port_it_took(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with demo(tmp_path, "--port", str(port), "--duration", "1", "--no-console") as process:
            out, err = process.communicate(timeout=120)
    assert process.returncode == 0
    assert f"port {port} is taken" in err
    assert "reception\t" in out
    assert "http://127.0.0.1:" in out
    assert not any(tmp_path.iterdir())


def test_stopped_while_it_opens_it_leaves_nothing(tmp_path: Path) -> None:
    with demo(tmp_path, "--port", "0") as process:
        until = time.monotonic() + 30
        while not list(tmp_path.glob("hms-demo-*")):
            assert time.monotonic() < until
            time.sleep(0.02)
        process.terminate()
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    "arguments",
    [
        ("--speed", "0"),
        ("--speed", "-3"),
        ("--speed", "nan"),
        ("--duration", "-1"),
        ("--duration", "inf"),
        ("--port", "70000"),
        ("--port", "http"),
    ],
)
def test_values_that_nobody_could_mean_are_usage_mistakes(
    shell: Shell, arguments: tuple[str, str]
) -> None:
    said = shell("demo", *arguments, "--json")
    assert said.code == 2
    assert said.error["message"]
