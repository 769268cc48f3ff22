"""One hospital under load: everybody who comes is issued, called and served, or counted."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from hms.features.tokens import service as tokens
from hms.simulation.floor import Floor
from hms.simulation.plan import Line, Seat
from hms.simulation.scratch import furnish, scratch_hospital
from tests.simulation.days import arrival

SEATS = (Seat("doctor1", "Room 1", "A"), Seat("doctor2", "Room 2", "B"))
LINES = (Line("A", "Clinic A", "Clinics"), Line("B", "Clinic B", "Clinics"))


def test_a_queue_that_takes_nobody_is_counted_and_the_others_go_on() -> None:
    with scratch_hospital() as application:
        who = application.as_service("simulate")
        furnish(application, who, LINES, SEATS)
        application.do_now(who, tokens.edit_queue, "B", tokens.EditQueue(daily_limit=1))
        floor = Floor(application, who, SEATS, lambda one: "AB"[one.line % 2], speed=0, seed=1)
        people = [replace(arrival(), line=number) for number in range(6)]
        steps: list[int] = []

        async def day() -> None:
            try:
                await floor.work(people, 3, steps.append)
            finally:
                await application.close()

        asyncio.run(day())
    count = floor.count
    assert len(steps) == 6
    assert (count.issued, count.called, count.completed) == (4, 4, 4)
    assert len(count.refused) == 2
    assert not count.failed
    assert len(count.issue_ms) == len(count.call_ms) == len(count.began) == 4
