"""A desk locks a self-service kiosk that is in trouble, and opens it again."""

from __future__ import annotations

from pathlib import Path

import pytest

from hms.console.desks.reception import ReceptionDesk
from tests.console.desks.seat import sits_at
from tests.features.kiosks.hall import menu, paired
from tests.support import Hospital

pytestmark = pytest.mark.asyncio


async def test_the_reception_locks_a_kiosk_and_opens_it_again(
    hospital: Hospital, tmp_path: Path
) -> None:
    device = paired(hospital)
    async with sits_at(hospital, "rosa", ReceptionDesk(), tmp_path) as desk:
        for locked in (True, False):
            await desk.type("ctrl+p", "self-service", "enter")
            await desk.sees("Which kiosk?", "Main hall", "0 today" if locked else "locked")
            await desk.type("enter")
            await desk.sees("Lock Main hall?" if locked else "Open Main hall again?")
            await desk.type("f7")
            await desk.sees("Main hall is locked" if locked else "Main hall is open again")
            assert menu(hospital, device)["closed"] == ("locked" if locked else "")


async def test_a_hospital_without_kiosks_is_told_how_to_make_one(
    hospital: Hospital, tmp_path: Path
) -> None:
    async with sits_at(hospital, "rosa", ReceptionDesk(), tmp_path) as desk:
        await desk.type("ctrl+p", "self-service", "enter")
        await desk.sees("There is no kiosk yet")
