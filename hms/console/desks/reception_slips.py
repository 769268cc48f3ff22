"""The slips that failed or are in doubt: a human says what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hms.features.printing import service as printing
from hms.features.printing.queries import JobView
from hms.features.printing.rules import JobStatus
from hms.kernel.i18n import phrase, word
from hms.kit.modals import Answer, Ask, Item, Pick

if TYPE_CHECKING:
    from hms.console.desks.reception import ReceptionDesk

MOST = 40
_SAID = {JobStatus.DOUBTFUL: word("in doubt"), JobStatus.FAILED: word("failed")}


class DeskSlips:
    """Lists the slips that wait for a word, and takes it."""

    def __init__(self, desk: ReceptionDesk) -> None:
        self._desk = desk

    async def show(self) -> None:
        """Offer the slips that are in doubt, then those that failed."""
        jobs: list[JobView] = []
        for status in _SAID:
            jobs += await self._desk.ask(printing.list_jobs, status=status.value, limit=MOST)
        if not jobs:
            self._desk.say("Every slip came out.")
            return
        by_id = {str(job.id): job for job in jobs}
        items = [
            Item(
                key,
                phrase("{label:<12}{state}", label=job.label, state=_SAID[JobStatus(job.status)]),
                job.reason or "",
            )
            for key, job in by_id.items()
        ]

        def picked(key: str | None) -> None:
            if key is not None:
                self._ask(by_id[key])

        self._desk.host.push_screen(Pick("Which slip?", items), picked)

    def _ask(self, job: JobView) -> None:
        if job.status == JobStatus.FAILED:
            self._desk.perform(self._retry(job))
            return
        answers = [
            Answer("f7", "it came out: nothing more to do", "done"),
            Answer("f8", "it did not: print it again, marked as such", "again"),
        ]

        def answered(answer: str | None) -> None:
            if answer is not None:
                self._desk.perform(self._retry(job) if answer == "again" else self._done(job))

        self._desk.host.push_screen(
            Ask(phrase("Did the slip of {label} come out?", label=job.label), answers), answered
        )

    async def _retry(self, job: JobView) -> None:
        await self._desk.do(printing.retry, job.id)
        self._desk.say(phrase("{label} goes to the printer again", label=job.label), "good")

    async def _done(self, job: JobView) -> None:
        await self._desk.do(printing.came_out, job.id)
        self._desk.say(phrase("{label} came out", label=job.label), "good")
