"""Two faults at once: killed while recovering; no room while backing up and a desk is killed."""

from __future__ import annotations

import random
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from hms.bootstrap import invariants
from hms.infra.backup.errors import FolderUnusable, NoRoom
from hms.infra.backup.folder import backups, folder_of
from hms.infra.backup.make import make_backup, verify_backup
from hms.kernel.errors import HmsError
from tests.sizes import sizes
from tests.support import hospital_at, opened
from tests.trust.books import faults, lost, url_of
from tests.trust.desk_process import Held, Said, issue_until_killed, settings_at
from tests.trust.strace import injected, needs_strace

pytestmark = pytest.mark.on_disk

REFUSALS = {NoRoom.code, FolderUnusable.code, "database.full", "database.disk"}


def at_work(url: str) -> tuple[Held, list[Said]]:
    """Return a desk that has given out a token, and what it said."""
    desk = Held(issue_until_killed, url, "GM", 0.0)
    desk.go()
    said = [desk.hear(), desk.hear()]
    return desk, said


@sizes("rounds", 3, 200)
def test_a_desk_killed_while_it_recovers_what_another_left_loses_nothing(
    tmp_path: Path, rounds: int
) -> None:
    """The log of a killed desk is read by the next one to open, which is killed in the middle."""
    url, chance = url_of(tmp_path / "hms.db"), random.Random(31)
    with hospital_at(tmp_path / "hms.db"):
        pass
    said: list[Said] = []
    for _ in range(rounds):
        recovering = [Held(issue_until_killed, url, "GM", 0.0) for _ in range(2)]
        desk, heard = at_work(url)
        said += [*heard, *desk.kill()]
        assert (tmp_path / "hms.db-wal").stat().st_size > 0, "there is something to recover"
        for next_one in recovering:
            next_one.go()
            time.sleep(chance.uniform(0, 0.03))
            said += next_one.kill()
    done = [one for one in said if one.what == "done"]
    with opened(settings_at(url)) as hospital:
        print(f"\n{3 * rounds} kills, {len(done)} acknowledged")
        assert lost(hospital, done) == []
        assert faults(hospital) == []
    assert len(done) >= rounds


def back_up(url: str, told: Connection) -> None:
    """Make a backup; tell what came of it."""
    try:
        make_backup(settings_at(url), invariants())
    except HmsError as error:
        told.send(error.code)
    else:
        told.send("done")


@needs_strace
@sizes("numbers", (3, 40), tuple(range(1, 200)))
def test_a_backup_without_room_while_a_desk_is_killed_leaves_whole_ones_and_every_token(
    tmp_path: Path, numbers: tuple[int, ...]
) -> None:
    url = url_of(tmp_path / "hms.db")
    with hospital_at(tmp_path / "hms.db") as hospital:
        for _ in range(5):
            hospital.issue("ENT")  # its clock is not that of the desks
    settings = settings_at(url)
    first = make_backup(settings, invariants()).file
    done: list[Said] = []
    outcomes = []
    for number in numbers:
        desk, heard = at_work(url)
        copying = Held(back_up, url)
        with injected(copying.pid, f"pwrite64:error=ENOSPC:when={number}+"):
            copying.go()
            heard += desk.kill()
            outcomes.append(copying.hear())
        copying.end()
        done += [one for one in heard if one.what == "done"]
        for path in backups(folder_of(settings)):
            verify_backup(settings, path, invariants())
    assert set(outcomes) <= {"done", *REFUSALS}, outcomes
    assert set(outcomes) & REFUSALS, "the disk was never full where it matters"
    assert first in backups(folder_of(settings))
    assert make_backup(settings, invariants()).file.exists(), "with room again"
    with opened(settings) as hospital:
        assert lost(hospital, done) == []
        assert faults(hospital) == []
