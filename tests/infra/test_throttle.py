"""Guessing is slowed down and ends; the owner elsewhere is not hindered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hms.infra.throttle import Policy, Record, seconds_to_wait

POLICY = Policy(free_tries=5, max_wait_seconds=300, max_failures=100)
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(0, 0), (4, 0), (5, 1), (6, 2), (7, 4), (12, 128), (13, 256), (14, 300), (1_000_000, 300)],
)
def test_waits_double_after_the_free_tries_up_to_the_longest(failures: int, seconds: int) -> None:
    assert POLICY.wait(failures) == timedelta(seconds=seconds)


def test_the_wait_is_counted_from_the_last_failure() -> None:
    record = Record(7, NOW, 7, owner_was_here=False)
    assert seconds_to_wait(POLICY, record, NOW) == 4
    assert seconds_to_wait(POLICY, record, NOW + timedelta(seconds=2.5)) == 2
    assert seconds_to_wait(POLICY, record, NOW + timedelta(seconds=4)) == 0


def test_a_clock_set_back_does_not_lengthen_the_wait() -> None:
    record = Record(7, NOW, 7, owner_was_here=False)
    assert seconds_to_wait(POLICY, record, NOW - timedelta(days=1)) == 4


@pytest.mark.parametrize(
    ("failed_here", "owner_was_here", "in_all", "allowed"),
    [
        (1, False, 79, True),
        (1, False, 80, False),
        (1, True, 80, False),
        (0, False, 80, True),
        (0, False, 90, False),
        (0, True, 90, True),
        (0, True, 99, True),
        (0, True, 100, False),
    ],
)
def test_the_last_tries_are_kept_for_terminals_that_did_not_fail(
    failed_here: int, owner_was_here: bool, in_all: int, allowed: bool
) -> None:
    at = NOW - timedelta(days=1) if failed_here else None
    record = Record(failed_here, at, in_all, owner_was_here)
    assert seconds_to_wait(POLICY, record, NOW) == (0 if allowed else None)


def test_no_way_of_guessing_weighs_more_than_a_hundred_passwords() -> None:
    failures = dict.fromkeys(range(200), 0)
    weighed = 0
    for terminal in [n for n in failures for _ in range(200)]:
        at = NOW - timedelta(days=1) if failures[terminal] else None
        record = Record(failures[terminal], at, weighed, owner_was_here=terminal % 2 == 0)
        if seconds_to_wait(POLICY, record, NOW) == 0:
            failures[terminal] += 1
            weighed += 1
    assert weighed == 100
