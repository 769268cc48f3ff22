"""A furnished hospital for each test of a desk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import Hospital, hospital_at


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Hospital]:
    """Return a hospital with staff of every role and the queues GM, ENT and LAB."""
    with hospital_at(tmp_path / "data" / "hms.db") as made:
        yield made
