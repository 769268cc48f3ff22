"""Whatever HMS writes is its owner's alone (trust.md, T26; see tests/cli/test_check.py, too)."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.house.sources import ROOT

PASSWORD = "a long enough passphrase"
CRASH = """
import os, sys
from hms.cli import check
from hms.cli.main import main
def fail():
    raise RuntimeError("a fault of ours")
check.look = fail
sys.exit(main(["check"]))
"""


class Machine:
    """A folder with the hospital in it, where every process begins with umask 000."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("HMS_", "XDG_"))},
            "HOME": str(self.home),
            "PYTHONPATH": str(ROOT),
            "HMS_DATABASE__URL": f"sqlite+aiosqlite:///{folder / 'place' / 'data' / 'hms.db'}",
            "HMS_DISPLAY__PORT": "0",
        }

    def start(self, arguments: Sequence[str]) -> subprocess.Popen[str]:
        """Start a process."""
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=self.folder / "place",
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            umask=0,
        )

    def hms(self, *arguments: str, stdin: str = "", code: int = 0) -> str:
        """Run ``hms`` to its end; return what it said."""
        process = self.start(["-m", "hms.cli.main", *arguments])
        out, err = process.communicate(stdin, timeout=120)
        assert process.returncode == code, out + err
        return out

    def open_ones(self) -> list[str]:
        """Return every file and folder of ours that others have any right on."""
        ours = [*(self.folder / "place").rglob("*"), *self.home.rglob("*")]
        found = []
        for path in ours:
            mode = stat.S_IMODE(path.lstat().st_mode)
            cache = any(part in (".cache", "__pycache__") for part in path.parts)
            if mode & 0o077 and not path.is_symlink() and not cache:
                found.append(f"{mode:o} {path.relative_to(self.folder)}")
        return found


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine on which the hospital was set up, and its administrator signed in."""
    (tmp_path / "place").mkdir(mode=0o700)
    (tmp_path / "home").mkdir(mode=0o700)
    made = Machine(tmp_path)
    made.hms("init", "--password-stdin", stdin=PASSWORD + "\n")
    made.hms("login", "admin", "--password-stdin", stdin=PASSWORD + "\n")
    return made


def test_every_file_is_its_owners_alone_whatever_the_umask(machine: Machine) -> None:
    """After init, sign-in, second factor, backup, rotation, the server, the console, a crash."""
    machine.hms("second-factor", "enrol", "--password-stdin", stdin=PASSWORD + "\n")
    machine.hms("key", "rotate")
    machine.hms("backup")
    machine.hms("user", "add", "asha", "--role", "nurse")
    server = machine.start(["-m", "hms.cli.main", "serve"])
    assert server.stderr is not None
    assert "served" in server.stderr.readline()
    machine.hms("console", "--plain", stdin=f"admin\n{PASSWORD}\nquit\n")
    server.send_signal(signal.SIGTERM)
    server.communicate(timeout=60)
    crashed = machine.start(["-c", CRASH])
    _, said = crashed.communicate(timeout=60)
    assert (crashed.returncode, "error id" in said) == (1, True)
    data = machine.folder / "place" / "data"
    written = {path.name for path in data.iterdir()}
    assert {"keys.json", "factor.key", "hms.db", "errors.log", "backups"} <= written
    assert machine.open_ones() == []
