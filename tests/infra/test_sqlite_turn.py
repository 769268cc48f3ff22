"""The line in which writers wait: first come, first served, and nobody waits for ever."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hms.infra.sqlite_turn import Turn
from hms.infra.transact import DatabaseBusy

HOLD = """
import sys, time
from pathlib import Path
from hms.infra.sqlite_turn import Turn
with Turn(Path(sys.argv[1]), patience_seconds=5):
    print("mine", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "hms.db"


@pytest.fixture
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Return a process that has the turn."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "mine\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def turn(path: Path, patience_seconds: float = 5) -> Turn:
    return Turn(path, patience_seconds=patience_seconds)


def test_is_had_by_one_at_a_time(path: Path) -> None:
    with turn(path), pytest.raises(DatabaseBusy), turn(path, 0.05):
        pass
    with turn(path):
        pass


def test_comes_in_the_order_of_asking(path: Path) -> None:
    order: list[int] = []

    def wait(number: int) -> None:
        with turn(path):
            order.append(number)

    with turn(path):
        waiting = []
        for number in range(12):
            waiting.append(threading.Thread(target=wait, args=(number,)))
            waiting[-1].start()
            time.sleep(0.02)
    for thread in waiting:
        thread.join()
    assert order == list(range(12))


def test_patience_lasts_as_long_as_the_line_moves(path: Path) -> None:
    """Ten who hold it for 50 ms each keep a patience of 200 ms waiting for half a second."""
    got: list[bool] = []

    def work() -> None:
        with turn(path, 0.2):
            time.sleep(0.05)
            got.append(True)

    threads = [threading.Thread(target=work) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 10


def test_who_lost_patience_does_not_keep_it_from_the_next(path: Path) -> None:
    with turn(path):
        for _ in range(3):
            with pytest.raises(DatabaseBusy), turn(path, 0.02):
                pass
    with turn(path, 1):
        pass


def test_names_who_does_not_let_go(path: Path, holder: subprocess.Popen[str]) -> None:
    with pytest.raises(DatabaseBusy, match=f"process {holder.pid} does not"), turn(path, 0.05):
        pass


def test_a_stopped_desk_harms_the_others_only_for_their_patience(
    path: Path, holder: subprocess.Popen[str]
) -> None:
    os.kill(holder.pid, signal.SIGSTOP)
    began = time.monotonic()
    with pytest.raises(DatabaseBusy), turn(path, 0.2):
        pass
    assert time.monotonic() - began < 1


def test_a_killed_desk_leaves_the_line(path: Path, holder: subprocess.Popen[str]) -> None:
    threading.Timer(0.1, holder.kill).start()
    with turn(path, 5):
        pass


def test_is_given_back_after_an_error(path: Path) -> None:
    with pytest.raises(KeyError), turn(path):
        raise KeyError
    with turn(path):
        pass


def test_a_full_disk_keeps_nobody_from_the_turn_nor_the_turn_from_the_next(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    with turn(path), pytest.raises(DatabaseBusy), turn(path, 0.05):
        pass
    with turn(path):
        pass


def test_the_file_is_private(path: Path) -> None:
    with turn(path):
        pass
    [file] = path.parent.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


def test_where_no_file_can_be_made_sqlite_alone_decides(tmp_path: Path) -> None:
    with turn(tmp_path / "no such folder" / "hms.db"):
        pass
