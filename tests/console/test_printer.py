"""A desk's own printer is driven by its console while that is open."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hms.console.link import Link
from hms.console.printer import OwnPrinter
from hms.infra import settings as conf
from tests.printer import network_printer
from tests.support import hospital_at

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("station", ["desk 4", ""])
async def test_the_console_prints_what_is_for_its_own_printer(tmp_path: Path, station: str) -> None:
    """The common printer belongs to hms serve, and is left to it."""
    with network_printer() as printer:
        config = conf.PrintingSettings("network", f"127.0.0.1:{printer.port}", station)
        with hospital_at(tmp_path / "hms.db", printing=config) as hospital:
            await asyncio.to_thread(hospital.issue)
            link = Link(hospital.settings)
            own = OwnPrinter(link)
            own.start()
            async with asyncio.timeout(20):
                while station and not printer.slips:
                    await asyncio.sleep(0.05)
            await asyncio.sleep(0 if station else 0.6)
            await own.close()
            await link.close()
        assert len(printer.slips) == (1 if station else 0)
