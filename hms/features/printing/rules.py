"""The life of a slip on its way to paper; pure.

Saved with what it is about, then printed once.  What may have come out is never
printed again by itself: it is doubtful until a human says.
"""

from __future__ import annotations

from enum import StrEnum

from hms.kernel.i18n import counted, joined, phrase, word


class JobStatus(StrEnum):
    """Where a slip is on its way."""

    QUEUED = "queued"
    PRINTING = "printing"
    PRINTED = "printed"
    FAILED = "failed"  # nothing came out; tried again by itself
    DOUBTFUL = "doubtful"  # it may have come out; a human says
    REPRINTED = "reprinted"  # another slip stands in its place
    DROPPED = "dropped"  # there was nothing left to print


WAITING = (JobStatus.QUEUED, JobStatus.FAILED)

ALLOWED: dict[JobStatus, tuple[JobStatus, ...]] = {
    JobStatus.QUEUED: (JobStatus.PRINTING, JobStatus.REPRINTED, JobStatus.DROPPED),
    JobStatus.FAILED: (
        JobStatus.PRINTING, JobStatus.QUEUED, JobStatus.REPRINTED, JobStatus.DROPPED,
    ),
    JobStatus.PRINTING: (
        JobStatus.PRINTED, JobStatus.FAILED, JobStatus.DOUBTFUL, JobStatus.DROPPED,
    ),
    JobStatus.DOUBTFUL: (JobStatus.PRINTED, JobStatus.REPRINTED),
    JobStatus.PRINTED: (JobStatus.REPRINTED,),
    JobStatus.REPRINTED: (),
    JobStatus.DROPPED: (),
}  # fmt: skip

LONGEST_PAUSE_SECONDS = 10.0
UNDRIVEN_SECONDS = 20  # after which a desk says that nobody drives the printer


def pause_seconds(tries: int) -> float:
    """Return how long to leave a printer in peace after its ``tries``-th failure in a row."""
    return min(LONGEST_PAUSE_SECONDS, 2.0 ** min(tries, 4))


def sentence(waiting: int, doubtful: int, reason: str, *, undriven: bool) -> str:
    """Return in one sentence what a desk says of its printer, "" when all is well."""
    parts: list[str] = []
    if reason:
        parts.append(word(reason, ""))
    elif undriven:
        parts.append(phrase("nobody drives the printer: is hms serve running?"))
    if waiting and parts:
        parts.append(counted("{count} slip waits", "{count} slips wait", waiting))
    if doubtful:
        parts.append(
            counted(
                "{count} in doubt: look whether it came out",
                "{count} in doubt: look whether they came out",
                doubtful,
            )
        )
    return joined(" · ", parts)
