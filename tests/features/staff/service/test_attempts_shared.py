"""Failed sign-ins are counted by all machines together: in the database, without Redis."""

from __future__ import annotations

import asyncio

from hms.features.staff.service import TooManyTries, attempts
from hms.infra.db import Database, open_database
from hms.infra.uow import Work
from tests.postgres import database
from tests.support import opened

MACHINES, TRIES = 4, 5


def test_machines_that_guess_at_the_same_moment_count_together() -> None:
    """Each at the same terminal name: as many tries as one machine would have."""
    with database() as settings:
        with opened(settings, furnished=False):
            pass
        free = settings.security.free_tries

        async def guess(machine: Database) -> bool:
            def count(work: Work) -> None:
                attempts.count_attempt(work, attempts.account_key("rosa"), "desk 1", None)

            try:
                await machine.write(count)
            except TooManyTries:
                return False
            return True

        async def all_at_once() -> list[bool]:
            machines = [open_database(settings) for _ in range(MACHINES)]
            try:
                tries = [guess(machine) for machine in machines for _ in range(TRIES)]
                return await asyncio.gather(*tries)
            finally:
                for machine in machines:
                    await machine.close()

        allowed = asyncio.run(all_at_once())
    assert free <= sum(allowed) <= free + 1, "the next one waits"
    assert len(allowed) == MACHINES * TRIES
