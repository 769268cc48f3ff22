"""The printer that belongs to this desk: the console drives it while it is open."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from hms.kernel.errors import HmsError

if TYPE_CHECKING:
    from hms.console.link import Link

RETRY_SECONDS = 2.0
PATIENCE_SECONDS = 3.0  # for the slip that is under way when the console is left

log = logging.getLogger(__name__)


class OwnPrinter:
    """Drives the printer of a desk that has one (``[printing] station``)."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, when the settings name a printer of this desk."""
        printing = self._link.settings.printing
        if printing.on and printing.station and self._task is None:
            self._task = asyncio.create_task(self._drive(), name="printer")

    async def close(self) -> None:
        """End after the slip that is under way; one that takes too long will be in doubt."""
        self._stop.set()
        if self._task is None:
            return
        await asyncio.wait({self._task}, timeout=PATIENCE_SECONDS)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _drive(self) -> None:
        from hms.bootstrap import drive_printer

        while not self._stop.is_set():
            try:
                await drive_printer(await self._link.application(), self._stop)
            except HmsError as error:
                log.warning("the printer waits for the database: %s", error.message)
                await asyncio.sleep(RETRY_SECONDS)
