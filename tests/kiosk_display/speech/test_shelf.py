"""Spoken phrases are kept whole, privately, and never more than was allowed."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from kiosk_display.speech.shelf import SEAL_BYTES, Shelf

MANY = 1 << 30


def test_a_phrase_comes_back_as_it_was_also_after_a_restart(tmp_path: Path) -> None:
    Shelf(tmp_path / "speech", MANY).put("a", b"sound")
    assert Shelf(tmp_path / "speech", MANY).get("a") == b"sound"
    assert Shelf(tmp_path / "speech", MANY).get("b") is None


def test_nobody_else_reads_it(tmp_path: Path) -> None:
    Shelf(tmp_path / "speech", MANY).put("a", b"sound")
    assert stat.S_IMODE((tmp_path / "speech").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "speech/a.wav").stat().st_mode) == 0o600


@pytest.mark.parametrize("broken", [b"", b"sound", b"noise" + bytes(SEAL_BYTES)])
def test_a_damaged_phrase_is_none_and_is_made_again(tmp_path: Path, broken: bytes) -> None:
    shelf = Shelf(tmp_path, MANY)
    shelf.put("a", b"sound")
    (tmp_path / "a.wav").write_bytes(broken)
    assert shelf.get("a") is None
    assert not (tmp_path / "a.wav").exists()
    shelf.put("a", b"sound")
    assert shelf.get("a") == b"sound"


def test_the_longest_unused_leave_first_when_room_is_short(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, 3 * (100 + SEAL_BYTES))
    for key in "abc":
        shelf.put(key, bytes(100))
    assert shelf.get("a") is not None
    shelf.put("d", bytes(100))
    assert shelf.get("b") is None, "a was heard since"
    assert [key for key in "acd" if shelf.get(key) is not None] == ["a", "c", "d"]
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 3 * (100 + SEAL_BYTES)


def test_the_order_and_the_bound_outlive_a_restart(tmp_path: Path) -> None:
    first = Shelf(tmp_path, MANY)
    for place, key in enumerate("cab"):
        first.put(key, bytes(100))
        os.utime(tmp_path / f"{key}.wav", (place, place))
    second = Shelf(tmp_path, 2 * (100 + SEAL_BYTES))
    second.put("d", bytes(100))
    assert sorted(file.stem for file in tmp_path.iterdir()) == ["b", "d"]


def test_what_a_killed_server_left_half_written_is_cleared(tmp_path: Path) -> None:
    (tmp_path / "tmpabc").write_bytes(b"half")
    Shelf(tmp_path, MANY).put("a", b"sound")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.wav"]


def test_a_folder_that_cannot_be_written_keeps_nothing_and_breaks_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    shelf = Shelf(tmp_path / "file", MANY)
    shelf.put("a", b"sound")
    assert shelf.get("a") is None


def test_a_phrase_larger_than_the_whole_shelf_is_not_kept(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, 50)
    shelf.put("a", bytes(100))
    assert not list(tmp_path.iterdir())
