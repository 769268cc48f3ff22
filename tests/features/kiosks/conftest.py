"""A furnished hospital for each test; every change in it must leave an audit row."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import AuditWatch, Hospital, hospital_at


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Hospital]:
    """Return a hospital with staff of every role."""
    with hospital_at(tmp_path / "data" / "hms.db") as made:
        yield made


@pytest.fixture(autouse=True)
def audit_watch() -> Iterator[None]:
    """Fail a test in which a domain row changed without an audit row in the same transaction."""
    watch = AuditWatch()
    watch.start()
    yield
    watch.stop()
    assert watch.missed == []
