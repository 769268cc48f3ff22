"""A hospital at work whose audit somebody reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hms.infra.sealing import seal_all_now
from tests.support import Hospital, hospital_at, quick_folder


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Hospital]:
    """Return a hospital with a patient and three tokens, its audit sealed."""
    with quick_folder(tmp_path) as folder, hospital_at(folder / "hms.db") as made:
        made.clock.forward(hours=1)
        mrn = made.patient("Ana Example").mrn
        made.issue("GM", mrn)
        made.clock.forward(hours=1)
        made.issue("LAB")
        made.issue("ENT")
        seal_all_now(made.db)
        yield made
