"""Loads what a panel shows, never twice at once, and once more when asked meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


class Loader:
    """Runs ``load`` whenever something changed.

    ``failed`` gets what ``load`` raised; the panel then keeps what it showed.
    """

    def __init__(
        self, load: Callable[[], Awaitable[None]], failed: Callable[[Exception], None]
    ) -> None:
        self._load = load
        self._failed = failed
        self._asked = 0
        self._task: asyncio.Task[None] | None = None
        self._stopped = False

    def ask(self) -> None:
        """Load soon; returns at once."""
        self._asked += 1
        if self._task is None and not self._stopped:
            self._task = asyncio.create_task(self._run(), name="loader")

    async def fresh(self) -> None:
        """Wait until nothing that was asked for is still to be loaded."""
        while self._task is not None:
            await asyncio.wait([self._task])

    def stop(self) -> None:
        """Load no more: the panel is gone."""
        self._stopped = True
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        try:
            done = -1
            while done != self._asked and not self._stopped:
                done = self._asked
                try:
                    await self._load()
                except Exception as error:  # noqa: BLE001 its screen tells, nothing crashes
                    self._failed(error)
        finally:
            self._task = None
