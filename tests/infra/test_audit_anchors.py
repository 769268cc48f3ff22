"""The heads noted outside of the database: one an hour, the newest at the end."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path

from hms.infra.audit_anchors import anchor_file, note, read
from hms.infra.audit_chain import Head
from tests.support import MORNING

HASH = "ab" * 32


def test_the_present_hour_has_one_line_and_past_hours_stay(tmp_path: Path) -> None:
    for minutes in range(0, 150, 10):
        note(
            tmp_path,
            "epoch",
            Head(minutes + 1, minutes + 1, HASH),
            MORNING + timedelta(minutes=minutes),
        )
    assert [anchor.head.seq for anchor in read(tmp_path, "epoch")] == [51, 111, 141]


def test_an_older_head_does_not_replace_a_newer(tmp_path: Path) -> None:
    note(tmp_path, "epoch", Head(9, 9, HASH), MORNING)
    note(tmp_path, "epoch", Head(7, 7, HASH), MORNING)
    assert [anchor.head.seq for anchor in read(tmp_path, "epoch")] == [9]


def test_each_timeline_has_its_own(tmp_path: Path) -> None:
    note(tmp_path, "old", Head(9, 9, HASH), MORNING)
    note(tmp_path, "new", Head(4, 4, HASH), MORNING)
    assert [anchor.head.seq for anchor in read(tmp_path, "new")] == [4]
    assert [anchor.head.seq for anchor in read(tmp_path, "old")] == [9]


def test_a_line_that_was_torn_by_a_power_cut_is_passed_over(tmp_path: Path) -> None:
    note(tmp_path, "epoch", Head(3, 3, HASH), MORNING)
    with anchor_file(tmp_path).open("ab") as file:
        file.write(b"2031-03-04T10:00:00")
    assert [anchor.head.seq for anchor in read(tmp_path, "epoch")] == [3]
    note(tmp_path, "epoch", Head(5, 5, HASH), MORNING + timedelta(hours=2))
    assert [anchor.head.seq for anchor in read(tmp_path, "epoch")] == [3, 5]


def test_the_file_is_private_and_may_be_missing(tmp_path: Path) -> None:
    assert read(tmp_path, "epoch") == []
    note(tmp_path / "data", "epoch", Head(1, 1, HASH), MORNING)
    assert stat.S_IMODE(anchor_file(tmp_path / "data").stat().st_mode) == 0o600
