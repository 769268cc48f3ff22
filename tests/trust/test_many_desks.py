"""Many desks at once: no number twice, no gap, each called once, nobody sees an error (T5)."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hms.features.tokens import service as tokens
from hms.infra.settings import Settings
from tests import postgres
from tests.sizes import sizes
from tests.support import Hospital, hospital_at, opened
from tests.trust.books import faults, url_of
from tests.trust.desk_process import Day, call_many, issue_many, processes, settings_at

DESKS = 16
ROOMS = ("Room 1", "Room 2", "Lab 1")


@pytest.fixture(params=["sqlite", "postgresql"])
def hospital(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Hospital]:
    """Return a furnished hospital on either kind of database."""
    if request.param == "sqlite":
        with hospital_at(tmp_path / "hms.db") as made:
            yield made
        return
    with postgres.database() as settings, opened(settings, furnished=False) as made:
        yield made


def figures(name: str, days: list[Day]) -> str:
    """Return what is worth knowing of how long it took."""
    took = sorted(ms for day in days for ms in day.took_ms)
    p99 = took[int(len(took) * 0.99)]
    return (
        f"{name}: {len(took)} in {len(days)} processes, p50 {statistics.median(took):.1f} ms, "
        f"p99 {p99:.1f} ms, max {took[-1]:.1f} ms, errors {sum(len(d.errors) for d in days)}, "
        f"refused for the other desk {sum(d.refused for d in days)}"
    )


def fill(hospital: Hospital, queue: str, count: int) -> None:
    """Let ``count`` wait in ``queue``."""

    def issue_all(work: object, actor: object, some: int) -> None:
        for _ in range(some):
            tokens.issue(work, actor, tokens.IssueToken(queue))  # type: ignore[arg-type]

    hospital.clock.at = datetime.now(UTC)
    for _ in range(0, count, 1_000):
        hospital.do("tests", issue_all, min(count, 1_000))


def url(settings: Settings) -> str:
    return settings.database.url


@pytest.mark.serial
@sizes("waiting", 120, 20_000)
def test_each_patient_is_called_once_by_sixteen_desks_of_three_doctors(
    hospital: Hospital, waiting: int
) -> None:
    context = processes()
    start, results = context.Barrier(DESKS), context.SimpleQueue()
    fill(hospital, "LAB", waiting)
    desks = [
        context.Process(
            target=call_many,
            args=(url(hospital.settings), "LAB", ROOMS[n % 3], None, start, results),
        )
        for n in range(DESKS)
    ]
    for process in desks:
        process.start()
    days = [results.get() for _ in desks]
    for process in desks:
        process.join()
    print("\n" + figures(f"called ({hospital.db.backend.__class__.__name__})", days))

    assert [error for day in days for error in day.errors] == []
    codes = [code for day in days for code in day.codes]
    assert len(codes) == len(set(codes)) == waiting
    assert hospital.one("SELECT max(call_count) FROM token") == 1
    assert faults(hospital) == []
    took = sorted(ms for day in days for ms in day.took_ms)
    assert took[int(len(took) * 0.99)] < 5_000


@pytest.mark.serial
@sizes("each", 20, 2_000)
def test_sixteen_desks_issue_and_sixteen_rooms_call(tmp_path: Path, each: int) -> None:
    address = url_of(tmp_path / "hms.db")
    context = processes()
    start, results = context.Barrier(2 * DESKS), context.SimpleQueue()
    with hospital_at(tmp_path / "hms.db") as hospital:
        fill(hospital, "LAB", DESKS * each)
    issuers = [
        context.Process(target=issue_many, args=(address, "GM", each, start, results))
        for _ in range(DESKS)
    ]
    callers = [
        context.Process(target=call_many, args=(address, "LAB", f"R {n}", each, start, results))
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
    expected = [f"GM-{n:03d}" for n in range(1, DESKS * each + 1)]
    assert sorted((c for d in issued for c in d.codes), key=lambda c: (len(c), c)) == expected
    codes = [code for day in called for code in day.codes]
    assert len(codes) == len(set(codes)) == DESKS * each
    took = sorted(ms for day in days for ms in day.took_ms)
    assert took[int(len(took) * 0.99)] < 5_000
    with opened(settings_at(address)) as hospital:
        assert faults(hospital) == []
        check(hospital, DESKS * each)


def check(hospital: Hospital, total: int) -> None:
    """Compare what was said with what the events hold."""
    for queue, kind in (("GM", "TokenIssued"), ("LAB", "TokenIssued"), ("LAB", "TokenCalled")):
        topic = hospital.queue(queue).row.id
        told = "SELECT count(*), count(DISTINCT subject_id) FROM outbox "
        told += "WHERE kind = :kind AND topic = :topic"
        assert hospital.rows(told, kind=kind, topic=topic) == [(total, total)]
    assert hospital.one("SELECT max(call_count) FROM token") == 1
