"""For what is killed and crowded: folders on the disk, and a service day that lasts."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest

from hms.infra.settings import Hospital

LASTS_SECONDS = 90.0  # no short form takes longer


@pytest.fixture(autouse=True)
def a_day_that_lasts() -> None:
    """Begin after a new service day has begun, where one is near.

    These work by the true clock: who was given a number before it is not called after it.
    """
    hospital = Hospital(name="St. Test")
    now = datetime.now(ZoneInfo(hospital.timezone))
    turns = datetime.combine(now.date(), hospital.day_starts_at, now.tzinfo)
    left = (turns - now).total_seconds()
    if 0 <= left < LASTS_SECONDS:
        time.sleep(left + 1)


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """Give a folder on the disk to who is marked so, also where the others' lie in memory."""
    disk = os.environ.get("HMS_TEST_DISK")
    if disk is None or request.node.get_closest_marker("on_disk") is None:
        yield tmp_path
        return
    with TemporaryDirectory(prefix="hms-test-", dir=disk, ignore_cleanup_errors=True) as folder:
        yield Path(folder)
