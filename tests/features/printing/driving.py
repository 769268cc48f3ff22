"""Driving a printer until nothing is left to do."""

from __future__ import annotations

import asyncio

from hms.features.printing.worker import drive
from hms.features.tokens.slip import SLIPS
from tests.support import Hospital

WAITING = "SELECT count(*) FROM print_job WHERE status IN ('queued', 'failed', 'printing')"


async def driven(
    hospital: Hospital, *, until: str = WAITING, seconds: float = 60.0, workers: int = 1
) -> None:
    """Let ``workers`` print until the statement ``until`` counts nothing."""
    stop = asyncio.Event()
    tasks = [
        asyncio.create_task(
            drive(hospital.application, SLIPS, stop, look_seconds=0.01, pause=lambda _: 0.001)
        )
        for _ in range(workers)
    ]
    try:
        async with asyncio.timeout(seconds):
            while await asyncio.to_thread(hospital.one, until):
                await asyncio.sleep(0.02)
    finally:
        stop.set()
        await asyncio.gather(*tasks)


def drive_now(
    hospital: Hospital, *, seconds: float = 60.0, workers: int = 1, until: str = WAITING
) -> None:
    """Do the same from a test without a loop; the loop's connections are closed with it."""

    async def all_of_it() -> None:
        try:
            await driven(hospital, seconds=seconds, workers=workers, until=until)
        finally:
            await hospital.application.db.backend.close()

    asyncio.run(all_of_it())
