"""A desk locks a self-service kiosk that is in trouble, and opens it again."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hms.console.desks.admin import AdminDesk
from hms.console.desks.reception import ReceptionDesk
from hms.features.kiosks.errors import KioskUnknown
from tests.console.desks.seat import sits_at
from tests.features.displays.hall import claim
from tests.features.kiosks.hall import menu, paired
from tests.support import Hospital

pytestmark = pytest.mark.asyncio


async def test_the_reception_locks_a_kiosk_and_opens_it_again(
    hospital: Hospital, tmp_path: Path
) -> None:
    async with sits_at(hospital, "rosa", ReceptionDesk(), tmp_path) as desk:
        await desk.type("ctrl+p", "self-service", "enter")
        await desk.sees("There is no kiosk yet")
        device = await asyncio.to_thread(paired, hospital)
        for locked in (True, False):
            await desk.type("ctrl+p", "self-service", "enter")
            await desk.sees("Which kiosk?", "Main hall", "0 today" if locked else "locked")
            await desk.type("enter")
            await desk.sees("Lock Main hall?" if locked else "Open Main hall again?")
            await desk.type("f7")
            await desk.sees("Main hall is locked" if locked else "Main hall is open again")
            assert menu(hospital, device)["closed"] == ("locked" if locked else "")


async def test_the_manager_pairs_a_kiosk_and_sends_it_away(
    hospital: Hospital, tmp_path: Path
) -> None:
    async with sits_at(hospital, "mara", AdminDesk(), tmp_path) as desk:
        await desk.type("ctrl+p", "self-service", "enter")
        await desk.sees("Which kiosk?", "Pair a kiosk")
        await desk.type("enter", "Side door", "enter")
        await desk.sees("Side door: ", "/kiosk?pair=")
        code = desk.text.partition("Side door: ")[2][:9]
        device = await asyncio.to_thread(lambda: claim(hospital, code)["device"])
        await desk.type("enter", "ctrl+p", "self-service", "enter")
        await desk.sees("Side door", "0 today")
        await desk.type("enter", "f10")
        await desk.sees("Side door is sent away")
    with pytest.raises(KioskUnknown):
        menu(hospital, device)
