"""Folders on the disk for what is killed in the middle of a write: a disk takes its time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """Give a folder on the disk to who is marked so, also where the others' lie in memory."""
    disk = os.environ.get("HMS_TEST_DISK")
    if disk is None or request.node.get_closest_marker("on_disk") is None:
        yield tmp_path
        return
    with TemporaryDirectory(prefix="hms-test-", dir=disk, ignore_cleanup_errors=True) as folder:
        yield Path(folder)
