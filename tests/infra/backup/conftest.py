"""A hospital at work, and ways to back it up and put it back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hms.bootstrap import invariants, numbers
from hms.infra.backup.make import Made, Restored, make_backup, restore_backup
from hms.infra.settings import Settings
from hms.infra.uow import Work
from hms.kernel.actor import Actor, Role
from tests.support import Hospital, hospital_at

OWNER = Actor(None, "owner: tests", Role.SERVICE, 1, {}, terminal="restore")


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Hospital]:
    """Return a hospital in which five tokens were given."""
    with hospital_at(tmp_path / "data" / "hms.db") as made:
        for _ in range(5):
            made.issue()
        yield made


@pytest.fixture
def backup(hospital: Hospital) -> Made:
    """Return a backup of the hospital."""
    return make_backup(hospital.settings, invariants())


def restored(
    settings: Settings,
    file: Path,
    renew: Callable[[Work], None] = lambda work: None,
    skip: int | None = None,
) -> Restored:
    """Put ``file`` in the place of the database."""
    return restore_backup(
        settings, file, invariants(), who=OWNER, renew=renew, numbers=numbers(), skip=skip
    )
