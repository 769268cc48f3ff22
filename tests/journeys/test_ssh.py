"""A desk by SSH with a forced command, as docs/deployment.md has it, on a real sshd.

Needs ``sshd`` and ``ssh`` (Debian: openssh-server); runs on the loopback with keys and a
configuration of its own, as the user that runs the tests.
"""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.console.scratch import PASSWORD, build
from tests.house.sources import ROOT
from tests.journeys.pty_desk import Terminal

SSHD = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(SSHD is None or not shutil.which("ssh"), reason="sshd is not installed"),
]


@dataclass(frozen=True)
class Door:
    """A running sshd whose one key opens nothing but the console."""

    folder: Path
    port: int

    def ssh(self, *arguments: str, options: tuple[str, ...] = ()) -> list[str]:
        """Return the command of a person at a terminal far away."""
        known = f"UserKnownHostsFile={self.folder / 'known'}"
        return [
            "ssh", "-F", "none", "-p", str(self.port), "-i", str(self.folder / "desk"),
            "-o", known, "-o", "StrictHostKeyChecking=accept-new", "-o", "LogLevel=ERROR",
            *options, f"{getpass.getuser()}@127.0.0.1", *arguments,
        ]  # fmt: skip

    def run(self, *command: str, options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        """Ask for ``command`` without a terminal."""
        return subprocess.run(
            self.ssh(*command, options=options),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    def desk(self, *command: str, options: tuple[str, ...] = ()) -> Terminal:
        """Ask for ``command`` on a terminal."""
        return Terminal(self.ssh(*command, options=("-t", *options)))

    @property
    def data(self) -> Path:
        """Return the hospital's folder."""
        return self.folder / "hospital"


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    """Run sshd on the hospital; the key's line is that of docs/deployment.md."""
    assert SSHD is not None
    build(tmp_path / "hospital")
    config = tmp_path / "hms.toml"
    config.write_text(f'[database]\nurl = "sqlite+aiosqlite:///{tmp_path}/hospital/hms.db"\n')
    for name in ("host", "desk"):
        make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / name)]
        subprocess.run(make, check=True)
    hms = f"/usr/bin/env PYTHONPATH={ROOT} {sys.executable} -m hms.cli.main"
    public = (tmp_path / "desk.pub").read_text()
    keys = tmp_path / "authorized_keys"
    keys.write_text(f'restrict,pty,command="{hms} --config {config} console" {public}')
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # AcceptEnv * is wider than any recipe: what a terminal sends along must not matter.
    (tmp_path / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {tmp_path}/host\nUsePAM no\n"
        f"AuthorizedKeysFile {keys}\nStrictModes no\nPidFile none\nAcceptEnv *\n"
        "PasswordAuthentication no\nPermitRootLogin prohibit-password\n"
        "Subsystem sftp internal-sftp\n"
    )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    log = (tmp_path / "sshd.log").open("w")
    serving = subprocess.Popen([SSHD, "-D", "-e", "-f", str(tmp_path / "sshd_config")], stderr=log)
    try:
        _wait_for(port)
        yield Door(tmp_path, port)
    finally:
        serving.terminate()
        serving.wait()
        log.close()


def _wait_for(port: int) -> None:
    for _ in range(100):
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.05)
    raise AssertionError("sshd does not listen")


def consoles(folder: Path) -> list[tuple[int, str]]:
    """Return id and state of every console on the hospital in ``folder``."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (process / "cmdline").read_bytes().split(b"\0")
            if b"hms.cli.main" in words and any(os.fsencode(folder) in word for word in words):
                state = (process / "stat").read_text().rpartition(")")[2].split()[0]
                found.append((int(process.name), state))
    return found


def sign_in(terminal: Terminal) -> None:
    """Sign in as the receptionist."""
    terminal.wait_for("Please sign in", 60)
    terminal.type(f"rosa<enter>{PASSWORD}<enter>")
    terminal.wait_for("^L Lock", 60)


def test_the_key_opens_the_console_and_no_shell(door: Door) -> None:
    """Whatever command is asked for, the console is what runs."""
    for asked in (["id"], ["/bin/sh", "-c", "id; echo got-a-shell"], ["bash"]):
        said = door.run(*asked)
        assert "the console needs a terminal" in said.stderr
        assert said.returncode == 2
        assert "uid=" not in said.stdout
    with door.desk("/bin/sh") as terminal:
        terminal.wait_for("Please sign in", 60)
        terminal.type("<ctrl+q>")
        assert terminal.exit_code(30) == 0


def test_the_key_forwards_nothing_and_copies_nothing(door: Door) -> None:
    refused = door.run(options=("-N", "-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:22"))
    assert refused.returncode == 255
    copied = subprocess.run(
        ["scp", *door.ssh()[1:3], "-P", str(door.port), *door.ssh()[5:-1],
         f"{getpass.getuser()}@127.0.0.1:/etc/passwd", str(door.folder / "stolen")],
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert copied.returncode != 0
    assert not (door.folder / "stolen").exists()


def test_a_desk_works_cannot_be_suspended_and_a_dropped_line_keeps_its_draft(door: Door) -> None:
    recorded = door.folder / "recorded"
    smuggled = f"SetEnv=TEXTUAL_ALLOW_SIGNALS=1 TEXTUAL_LOG={recorded}"
    with door.desk(options=("-o", smuggled)) as terminal:
        sign_in(terminal)
        terminal.type("zara quist<enter><enter>")
        terminal.settle()
        for key in (b"\x1a", b"\x1c", b"\x03"):  # Ctrl+Z, Ctrl+\, Ctrl+C
            terminal.send(key)
        terminal.read_for(0.5)
        assert [state for _, state in consoles(door.folder)] in (["S"], ["R"])
        terminal.type("9 May 1983")
        terminal.wait_for("9 May 1983")
        terminal.kill()  # the line drops
    for _ in range(100):
        if not consoles(door.folder):
            break
        time.sleep(0.1)
    assert not consoles(door.folder)
    assert not recorded.exists()
    assert not (door.data / "state" / "console-errors.log").exists()
    with door.desk() as terminal:
        sign_in(terminal)
        terminal.type("<f3>")
        terminal.wait_for("9 May 1983", 10)


def test_lines_instead_of_screens_cannot_be_suspended_either(door: Door) -> None:
    keys = door.folder / "authorized_keys"
    keys.write_text(keys.read_text().replace(" console", " console --plain"))
    with door.desk() as terminal:
        terminal.wait_for("Name", 60)
        terminal.send(b"\x1a\x1c")
        terminal.read_for(0.5)
        assert [state for _, state in consoles(door.folder)] in (["S"], ["R"])
        terminal.type("rosa<enter>")
        terminal.wait_for("Password", 10)
        terminal.settle()
        terminal.type(f"{PASSWORD}<enter>")
        terminal.wait_for("Rosa", 10)
