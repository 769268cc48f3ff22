"""A PostgreSQL cluster of a test's own, so that it may be stopped without harm to anybody."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

# Debian keeps the server's own programs beside the path.
_DEBIAN = sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)
PROGRAMS = os.pathsep.join([os.environ.get("PATH", os.defpath), *_DEBIAN])


class Cluster:
    """A cluster in a folder; ``restart`` and ``stop`` stop it at once, as a crash would."""

    def __init__(self, folder: Path, host: str = "127.0.0.1", options: str = "") -> None:
        self._data = folder / "data"
        self.host = host
        with socket.socket() as free:
            free.bind((host, 0))
            self.port = int(free.getsockname()[1])
        self._options = f"-p {self.port} -k {folder} -c listen_addresses={host} {options}"

    @property
    def url(self) -> str:
        """Return where databases may be made."""
        return f"postgresql+asyncpg://postgres@{self.host}:{self.port}/postgres"

    def make(self, *, network: str | None = None) -> None:
        """Make the cluster, which believes whoever comes from ``network``, and start it."""
        _as_postgres("initdb", "-N", "-A", "trust", "-U", "postgres", "-D", str(self._data))
        if network is not None:
            with (self._data / "pg_hba.conf").open("a") as rules:
                rules.write(f"host all all {network} trust\n")
        self.start()

    def make_standby_of(self, first: Cluster) -> None:
        """Make it a standby that follows ``first`` commit by commit, and start it."""
        told = f"host={first.host} port={first.port} user=postgres application_name=standby"
        _as_postgres(
            "pg_basebackup", "-D", str(self._data), "-d", told, "-R", "-X", "stream", "-c", "fast"
        )
        self.start()

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        self._control("start")

    def restart(self) -> None:
        """Let it crash and come back."""
        self._control("-m", "immediate", "restart")

    def stop(self) -> None:
        """Let it crash."""
        self._control("-m", "immediate", "stop")

    def promote(self) -> None:
        """Make the standby the first server."""
        self._control("promote")

    def say(self, statement: str) -> None:
        """Run a statement as its administrator."""
        _as_postgres("psql", "-h", self.host, "-p", str(self.port), "-c", statement)

    def _control(self, *what: str) -> None:
        log = str(self._data.parent / "log")
        _as_postgres(
            "pg_ctl", "-D", str(self._data), "-o", self._options, "-l", log, "-w", "-t", "60", *what
        )


def can_be_made() -> bool:
    """Return whether PostgreSQL's own programs are here, and somebody who may run them."""
    return shutil.which("pg_ctl", path=PROGRAMS) is not None and not _only_root()


def _only_root() -> bool:
    """Return whether there is only root, as whom PostgreSQL does not run."""
    if os.geteuid() != 0:
        return False
    return subprocess.run(["id", "postgres"], capture_output=True, check=False).returncode != 0


def version() -> int:
    """Return the first number of the version of PostgreSQL's programs."""
    program = shutil.which("pg_ctl", path=PROGRAMS)
    assert program is not None
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"\d+", said)
    return int(found[0]) if found else 0


@contextmanager
def cluster(
    host: str = "127.0.0.1",
    *,
    network: str | None = None,
    standby_of: Cluster | None = None,
    options: str = "",
    inside: Path | None = None,
) -> Iterator[Cluster]:
    """Make a cluster that listens at ``host`` with the server's ``options``, give it, remove it.

    It lies in a new folder ``inside`` one that its user may enter, by default that of
    temporary files.
    """
    if not can_be_made():
        pytest.skip("no pg_ctl, or no user postgres to run it: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="hms-cluster-", dir=inside))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    made = Cluster(folder, host, options)
    try:
        if standby_of is None:
            made.make(network=network)
        else:
            made.make_standby_of(standby_of)
        yield made
    finally:
        with suppress(subprocess.CalledProcessError):  # a test may have stopped it
            made.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _as_postgres(*command: str) -> None:
    plain = f"cd /; PATH={shlex.quote(PROGRAMS)} {shlex.join(command)}"
    run = ("su", "postgres", "-s", "/bin/sh", "-c") if os.geteuid() == 0 else ("/bin/sh", "-c")
    subprocess.run([*run, plain], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
