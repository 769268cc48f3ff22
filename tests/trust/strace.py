"""Faults put into a running process by strace: killed at a system call, or told that it failed."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.trust.desk_process import Held

needs_strace = pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
WRITES = ("pwrite64", "fdatasync", "fsync", "ftruncate", "unlink", "rename")


@contextmanager
def injected(pid: int, *faults: str) -> Iterator[subprocess.Popen[bytes]]:
    """Let the ``faults`` ("fdatasync:error=EIO:when=2") happen to the process ``pid``."""
    calls = ",".join(fault.partition(":")[0] for fault in faults)
    command = ["strace", "-qq", "-o", "/dev/null", "-e", f"trace={calls}"]
    for fault in faults:
        command += ["-e", f"inject={fault}"]
    tracer = subprocess.Popen([*command, "-p", str(pid)], stderr=subprocess.DEVNULL)
    try:
        while "TracerPid:\t0\n" in Path(f"/proc/{pid}/status").read_text():
            if tracer.poll() is not None:
                pytest.skip("strace may not look at our own processes here")
            time.sleep(0.001)
        yield tracer
    finally:
        let_go(tracer)


def let_go(tracer: subprocess.Popen[bytes]) -> None:
    """End the faults; what was traced goes on."""
    if tracer.poll() is None:
        tracer.send_signal(signal.SIGINT)
    tracer.wait()


def killed_at_every(
    calls: tuple[str, ...], prepare: Callable[[], Held], check: Callable[[], None], step: int = 1
) -> int:
    """Kill what ``prepare`` holds at the 1st, 2nd, … of each of ``calls``, until it gets through.

    After each, ``check`` looks at what is left.  Returns how often it was killed.
    """
    kills = 0
    for call in calls:
        number = 1
        while True:
            held = prepare()
            with injected(held.pid, f"{call}:signal=KILL:when={number}"):
                held.go()
                held.end()
            check()
            if not held.killed:
                break
            kills += 1
            number += step
    return kills
