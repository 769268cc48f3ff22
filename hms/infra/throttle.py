"""How often a password may be tried: growing waits, and an end that a colleague cannot cause.

Counted by account and terminal.  Attempts during a wait do not lengthen it.  The
last fifth of an account's budget is kept for terminals that have not failed, half
of that for those where its owner has signed in before: whoever guesses at one
place stops there, and the owner's right password at another still works.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

FORGOTTEN_AFTER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Policy:
    """Tries without a wait, the longest wait in seconds, failures in all before the end."""

    free_tries: int
    max_wait_seconds: int
    max_failures: int

    def wait(self, failures: int) -> timedelta:
        """Return the wait after so many ``failures`` at one terminal: 1, 2, 4 … seconds."""
        beyond = failures - self.free_tries
        if beyond < 0:
            return timedelta(0)
        return timedelta(seconds=min(2 ** min(beyond, 32), self.max_wait_seconds))

    def budget(self, *, failed_here: bool, owner_was_here: bool) -> int:
        """Return how many failures the account may have in all for a try at this terminal."""
        if failed_here:
            return self.max_failures * 8 // 10
        return self.max_failures if owner_was_here else self.max_failures * 9 // 10


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of an account at a terminal when somebody tries."""

    failures_here: int
    last_failed_at: datetime | None
    failures_in_all: int
    owner_was_here: bool


def seconds_to_wait(policy: Policy, record: Record, now: datetime) -> int | None:
    """Return the seconds until a try is allowed, 0 for at once, None for not before an unlock."""
    budget = policy.budget(
        failed_here=record.failures_here > 0, owner_was_here=record.owner_was_here
    )
    if record.failures_in_all >= budget:
        return None
    if record.last_failed_at is None:
        return 0
    wait = policy.wait(record.failures_here)
    left = record.last_failed_at + wait - now
    # A clock that was set back must not lengthen the wait.
    return max(0, math.ceil(min(left, wait).total_seconds()))
