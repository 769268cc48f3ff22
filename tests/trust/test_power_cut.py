"""The power goes: what was acknowledged is on the disk (trust.md, T3)."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hms.infra.sqlite import sqlite3
from tests.sizes import sizes
from tests.support import hospital_at, quick_folder
from tests.trust.powercut import Disk, Record, build, needs_gcc, recorded

pytestmark = needs_gcc
FILES = ("hms.db", "hms.db-wal", "hms.db-journal")
HOW = ("none", "subset", "torn")


@dataclass
class Found:
    """What was wrong with the disks after the cuts."""

    images: int = 0
    cut_with_loss: int = 0
    most_lost: int = 0
    damaged: list[str] = field(default_factory=list)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    with quick_folder(tmp_path) as made:
        yield made


def cut(records: list[Record], start: Disk, folder: Path, images: int, seed: int) -> Found:
    """Cut the power at random instants, each of the three ways; look at what is left."""
    chance, found, disk = random.Random(seed), Found(), start
    instants = Counter(chance.randrange(len(records)) for _ in range(images))
    for number, record in enumerate(records):
        disk.take(record)
        for _ in range(instants[number]):
            for how in HOW:
                look(disk, how, folder, chance, found)
    return found


def look(disk: Disk, how: str, folder: Path, chance: random.Random, found: Found) -> None:
    """Start the hospital on what a cut leaves, and compare it with what was said."""
    place = folder / "image"
    place.mkdir(exist_ok=True)
    for left in place.iterdir():
        left.unlink()
    disk.after_a_cut(place, how, chance)
    said = {int(line) for line in bytes(disk.acknowledged).split()}
    found.images += 1
    db = sqlite3.connect(place / "hms.db", isolation_level=None)
    try:
        [(sound,)] = db.execute("PRAGMA integrity_check")
        tokens = {row[0] for row in db.execute("SELECT id FROM token")}
        [(events, entries)] = db.execute(
            "SELECT (SELECT count(*) FROM outbox WHERE kind = 'TokenIssued'), "
            "(SELECT count(*) FROM audit WHERE action = 'tokens.issue')"
        )
        if sound != "ok" or not len(tokens) == events == entries:
            found.damaged.append(f"{how}: {sound}, {len(tokens)}, {events}, {entries}")
    except sqlite3.DatabaseError as error:
        found.damaged.append(f"{how}: {error}")
        return
    finally:
        db.close()
    lost = len(said - tokens)
    found.cut_with_loss += lost > 0
    found.most_lost = max(found.most_lost, lost)


def after_cuts(folder: Path, promise: str, tokens: int, images: int) -> Found:
    """Let a desk give out ``tokens``, then cut the power at ``images`` instants of that."""
    data = folder / "data"
    with hospital_at(data / "hms.db"):
        pass
    start = Disk.of(data, FILES)
    desk = ("-m", "tests.trust.power_desk", str(data), str(tokens), promise)
    records = [
        record
        for record in recorded(build(folder), data, folder / "log", *desk)
        if record.file in (*FILES, "acknowledged")
    ]
    assert sum(record.what == "S" for record in records) >= (tokens if promise == "FULL" else 1)
    found = cut(records, start, folder, images, seed=tokens)
    print(
        f"\n{promise}: {found.images} cuts in {tokens} tokens, {found.cut_with_loss} with a loss "
        f"(at most {found.most_lost} tokens), {len(found.damaged)} damaged"
    )
    return found


@sizes("much", (100, 40), (600, 1_000))
def test_nothing_acknowledged_is_lost_when_the_power_goes(
    folder: Path, much: tuple[int, int]
) -> None:
    found = after_cuts(folder, "FULL", *much)
    assert found.images == 3 * much[1]
    assert found.damaged == []
    assert found.cut_with_loss == 0


@sizes("much", (100, 10), (600, 200))
def test_without_waiting_for_the_disk_it_would_be(folder: Path, much: tuple[int, int]) -> None:
    """The control: with ``synchronous=NORMAL`` the same test finds lost tokens."""
    found = after_cuts(folder, "NORMAL", *much)
    assert found.cut_with_loss > 0
