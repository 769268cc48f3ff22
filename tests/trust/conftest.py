"""Folders on the disk: who is killed in the middle of a write must meet one that takes its time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """Give a folder on the disk, also where the other tests' folders lie in memory."""
    disk = os.environ.get("HMS_TEST_DISK")
    with TemporaryDirectory(prefix="hms-test-", dir=disk, ignore_cleanup_errors=True) as folder:
        yield Path(folder)
