"""Backups under load, and backups and restores that are killed (trust.md, T23)."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from hms.bootstrap import invariants
from hms.infra.backup import archive
from hms.infra.backup.folder import backups, folder_of
from hms.infra.backup.make import make_backup, restore_backup, verify_backup
from hms.infra.sqlite import sqlite3
from hms.kernel.actor import Actor, Role
from tests.sizes import sizes
from tests.support import hospital_at, opened
from tests.trust.books import faults, lost, url_of
from tests.trust.desk_process import Held, Said, issue_until_killed, settings_at

pytestmark = pytest.mark.on_disk

OWNER = Actor(None, "owner: tests", Role.SERVICE, 1, {}, terminal="restore")
WRITERS = 4


class Desks:
    """Desks that give out tokens until they are killed; ``said`` is what they acknowledged."""

    def __init__(self, url: str) -> None:
        self.said: list[Said] = []
        self._held = [Held(issue_until_killed, url, "GM", 0.05) for _ in range(WRITERS)]
        self._ears = [threading.Thread(target=self._listen, args=(held,)) for held in self._held]

    def _listen(self, held: Held) -> None:
        try:
            while True:
                said = held.hear()
                if said.what == "done":
                    self.said.append(said)
        except EOFError:
            held.end()

    def __enter__(self) -> Desks:
        for held, ear in zip(self._held, self._ears, strict=True):
            held.go()
            ear.start()
        while len(self.said) < WRITERS:
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        for held in self._held:
            held.process.kill()
        for ear in self._ears:
            ear.join()


@contextmanager
def inside(path: Path, folder: Path) -> Iterator[sqlite3.Connection]:
    """Open what a backup holds."""
    data = folder / "inside.db"
    data.unlink(missing_ok=True)
    archive.extract(path, data)
    db = sqlite3.connect(data)
    try:
        yield db
    finally:
        db.close()


@sizes("much", (3, 0.0), (300, 2.0))
def test_every_backup_under_load_holds_all_that_was_said_before(
    tmp_path: Path, much: tuple[int, float]
) -> None:
    how_many, every_seconds = much
    with hospital_at(tmp_path / "hms.db"):
        pass
    url = url_of(tmp_path / "hms.db")
    missing, slowest = 0, 0.0
    with Desks(url) as desks:
        for _ in range(how_many):
            began = time.monotonic()
            before = {one.token_id for one in list(desks.said)}
            made = make_backup(settings_at(url), invariants(), keep=3)
            slowest = max(slowest, time.monotonic() - began)
            verify_backup(settings_at(url), made.file, invariants())
            with inside(made.file, tmp_path) as db:
                missing += len(before - {row[0] for row in db.execute("SELECT id FROM token")})
            time.sleep(max(0.0, began + every_seconds - time.monotonic()))
    print(
        f"\n{how_many} backups, {missing} acknowledged tokens missing, "
        f"{len(desks.said)} given meanwhile, slowest backup {slowest:.2f} s"
    )
    assert missing == 0
    with opened(settings_at(url)) as hospital:
        assert lost(hospital, desks.said) == []
        assert faults(hospital) == []


def back_up(url: str, told: Connection) -> None:
    """Make a backup."""
    make_backup(settings_at(url), invariants())
    told.send("done")


def restore(url: str, file: Path, told: Connection) -> None:
    """Put a backup back."""
    restore_backup(settings_at(url), file, invariants(), who=OWNER, renew=lambda work: None)
    told.send("done")


def killed_somewhere(held: Held, chance: random.Random, longest_seconds: float) -> list[object]:
    """Let it work for a while, then kill it; return what it said."""
    held.go()
    time.sleep(chance.uniform(0, longest_seconds))
    return held.kill()


@sizes("kills", 4, 100)
def test_a_backup_that_is_killed_leaves_whole_ones_only(tmp_path: Path, kills: int) -> None:
    url = url_of(tmp_path / "hms.db")
    with hospital_at(tmp_path / "hms.db") as hospital:
        for _ in range(5):
            hospital.issue()
    settings, chance = settings_at(url), random.Random(23)
    began = time.monotonic()
    make_backup(settings, invariants())
    longest = 1.5 * (time.monotonic() - began)
    ended = 0
    for _ in range(kills):
        ended += bool(killed_somewhere(Held(back_up, url), chance, longest))
        for path in backups(folder_of(settings)):
            verify_backup(settings, path, invariants())
            path.unlink()
    print(f"\n{kills} backups killed, {ended} had ended")
    assert kills < 100 or 0 < ended < kills  # a few may all come too late
    make_backup(settings, invariants())
    left = [path.name for path in folder_of(settings).iterdir() if path.name != ".backup.lock"]
    assert left == [path.name for path in backups(folder_of(settings))]
    with opened(settings) as hospital:
        assert faults(hospital) == []


@sizes("kills", 4, 100)
def test_a_restore_that_is_killed_leaves_the_old_or_the_new(tmp_path: Path, kills: int) -> None:
    url = url_of(tmp_path / "hms.db")
    settings, chance = settings_at(url), random.Random(24)
    with hospital_at(tmp_path / "hms.db") as hospital:
        for _ in range(5):
            hospital.issue()
        file = make_backup(settings, invariants()).file
    whole = Held(restore, url, file)
    began = time.monotonic()
    whole.go()
    assert whole.end() == ["done"]
    longest = 1.3 * (time.monotonic() - began)
    with opened(settings) as hospital:
        hospital.issue()
    found: list[int] = []
    for _ in range(kills):
        killed_somewhere(Held(restore, url, file), chance, longest)
        with opened(settings) as hospital:
            assert faults(hospital) == []
            found.append(hospital.one("SELECT count(*) FROM token"))
            if found[-1] == 5:
                hospital.issue()  # so that the old one is another than the backup again
    print(f"\n{kills} restores killed: {found.count(6)} times the old, {found.count(5)} the new")
    assert set(found) <= {5, 6}
    assert kills < 100 or set(found) == {5, 6}
    restore_backup(settings, file, invariants(), who=OWNER, renew=lambda work: None)
    left = [path.name for path in tmp_path.iterdir() if path.name.startswith(".restoring")]
    assert left == []
    with opened(settings) as hospital:
        assert hospital.one("SELECT count(*) FROM token") == 5
