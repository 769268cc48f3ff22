"""Many desks at once: no number twice, no gap, each called once, and nobody sees an error."""

from __future__ import annotations

import os
import statistics
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hms.features.tokens import service as tokens
from tests.journeys.desk_process import Day, call_many, issue_many, processes
from tests.support import Hospital, hospital_at, opened, sqlite_settings

DESKS = 16
EACH = 2_000 if os.environ.get("HMS_TEST_LONG") else 60


def figures(name: str, days: list[Day]) -> str:
    """Return what is worth knowing of how long it took."""
    took = sorted(ms for day in days for ms in day.took_ms)
    p99 = took[int(len(took) * 0.99)]
    return (
        f"{name}: {len(took)} in {len(days)} processes, p50 {statistics.median(took):.1f} ms, "
        f"p99 {p99:.1f} ms, max {took[-1]:.1f} ms, errors {sum(len(d.errors) for d in days)}"
    )


def fill(hospital: Hospital, queue: str, count: int) -> None:
    """Let ``count`` wait in ``queue``."""

    def issue_all(work: object, actor: object) -> None:
        for _ in range(count):
            tokens.issue(work, actor, tokens.IssueToken(queue))  # type: ignore[arg-type]

    hospital.clock.at = datetime.now(UTC)
    hospital.do("tests", issue_all)


@pytest.mark.serial
@pytest.mark.slow
def test_sixteen_desks_issue_and_sixteen_rooms_call(tmp_path: Path) -> None:
    path = tmp_path / "hms.db"
    context = processes()
    start, results = context.Barrier(2 * DESKS), context.SimpleQueue()
    with hospital_at(path) as hospital:
        fill(hospital, "LAB", DESKS * EACH)
    issuers = [
        context.Process(target=issue_many, args=(path, "GM", EACH, start, results))
        for _ in range(DESKS)
    ]
    callers = [
        context.Process(target=call_many, args=(path, "LAB", f"R {n}", EACH, start, results))
        for n in range(DESKS)
    ]
    for process in (*issuers, *callers):
        process.start()
    days = [results.get() for _ in (*issuers, *callers)]
    for process in (*issuers, *callers):
        process.join()
    issued = [day for day in days if not day.codes or day.codes[0].startswith("GM")]
    called = [day for day in days if day not in issued]
    print("\n" + figures("issued", issued) + "\n" + figures("called", called))

    assert [error for day in days for error in day.errors] == []
    expected = [f"GM-{n:03d}" for n in range(1, DESKS * EACH + 1)]
    assert sorted((c for d in issued for c in d.codes), key=lambda c: (len(c), c)) == expected
    codes = [code for day in called for code in day.codes]
    assert len(codes) == len(set(codes)) == DESKS * EACH
    took = sorted(ms for day in days for ms in day.took_ms)
    assert took[int(len(took) * 0.99)] < 5_000
    check(path)


def check(path: Path) -> None:
    """Compare what was said with what the tables, the events and the audit hold."""
    with opened(sqlite_settings(path)) as hospital:
        assert hospital.one("PRAGMA integrity_check") == "ok"
        total = DESKS * EACH
        for queue, kind in (("GM", "TokenIssued"), ("LAB", "TokenIssued"), ("LAB", "TokenCalled")):
            topic = hospital.queue(queue).row.id
            told = "SELECT count(*), count(DISTINCT subject_id) FROM outbox "
            told += "WHERE kind = :kind AND topic = :topic"
            assert hospital.rows(told, kind=kind, topic=topic) == [(total, total)]
        events = hospital.one("SELECT count(*) FROM outbox WHERE kind LIKE 'Token%'")
        assert events == hospital.one("SELECT count(*) FROM audit WHERE kind = 'token'")
        assert hospital.one("SELECT max(call_count) FROM token") == 1
