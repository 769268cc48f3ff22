"""A PostgreSQL cluster of a test's own, so that it may be stopped without harm to anybody."""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class Cluster:
    """A cluster in a folder; ``restart`` stops it at once, as a crash would."""

    def __init__(self, folder: Path) -> None:
        self._data = folder / "data"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._options = f"-p {self.port} -k {folder} -c listen_addresses=127.0.0.1"

    @property
    def url(self) -> str:
        """Return where databases may be made."""
        return f"postgresql+asyncpg://postgres@127.0.0.1:{self.port}/postgres"

    def make(self) -> None:
        """Make the cluster and start it."""
        _as_postgres("initdb", "-A", "trust", "-U", "postgres", "-D", str(self._data))
        self._control("start")

    def restart(self) -> None:
        """Let it crash and come back."""
        self._control("-m", "immediate", "restart")

    def stop(self) -> None:
        """Stop it."""
        self._control("-m", "immediate", "stop")

    def _control(self, *what: str) -> None:
        log = str(self._data.parent / "log")
        _as_postgres(
            "pg_ctl", "-D", str(self._data), "-o", self._options, "-l", log, "-w", "-t", "60", *what
        )


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Make a cluster, give it, remove it."""
    if not shutil.which("pg_ctl") or not shutil.which("initdb"):
        pytest.skip("pg_ctl and initdb are not installed")
    folder = Path(tempfile.mkdtemp(prefix="hms-cluster-"))
    if os.geteuid() == 0:
        if subprocess.run(["id", "postgres"], capture_output=True, check=False).returncode:
            pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
        shutil.chown(folder, "postgres")
    made = Cluster(folder)
    try:
        made.make()
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _as_postgres(*command: str) -> None:
    if os.geteuid() == 0:
        command = ("su", "postgres", "-s", "/bin/sh", "-c", f"cd /; {shlex.join(command)}")
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
