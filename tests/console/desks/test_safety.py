"""The administrator sees whether last night's backup is there, without asking."""

from __future__ import annotations

from pathlib import Path

import pytest

from hms.bootstrap import invariants
from hms.console.desks.admin import AdminDesk
from hms.infra.backup.make import make_backup
from tests.console.desks.seat import sits_at
from tests.support import Hospital

pytestmark = pytest.mark.asyncio
WIDE = (100, 30)


async def test_a_hospital_without_a_backup_says_so_in_words(
    hospital: Hospital, tmp_path: Path
) -> None:
    async with sits_at(hospital, "ada", AdminDesk(), tmp_path, WIDE) as desk:
        await desk.sees("PROBLEM: there is no backup yet")


async def test_the_age_of_the_last_good_backup_and_that_it_was_tried(
    hospital: Hospital, tmp_path: Path
) -> None:
    make_backup(hospital.settings, invariants())
    hospital.clock.forward(hours=7)
    async with sits_at(hospital, "ada", AdminDesk(), tmp_path, WIDE) as desk:
        await desk.sees("Backup: 7 h old, restored on trial and found good")
        hospital.clock.forward(days=4)
        await desk.type("f6")
        await desk.sees("PROBLEM: the last good backup is 4 days old")


async def test_a_file_that_others_may_read_is_named(hospital: Hospital, tmp_path: Path) -> None:
    make_backup(hospital.settings, invariants())
    file = hospital.settings.database_file
    assert file is not None
    file.chmod(0o644)
    async with sits_at(hospital, "ada", AdminDesk(), tmp_path, WIDE) as desk:
        await desk.sees("PROBLEM: others may read", "see hms check")


async def test_a_manager_is_not_shown_what_is_the_administrators(
    hospital: Hospital, tmp_path: Path
) -> None:
    async with sits_at(hospital, "mara", AdminDesk(), tmp_path, WIDE) as desk:
        await desk.settle()
        assert "backup" not in desk.text
