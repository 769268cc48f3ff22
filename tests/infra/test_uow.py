"""One transaction: what it changes, what it says, who did it, all or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from hms.features.tokens.events import QueuePaused
from hms.infra.uow import OperationRepeated, Work, WriteInRead
from hms.kernel.actor import Actor, Role
from tests.support import Hospital, hospital_at, quick_folder

ROSA = Actor(3, "rosa", Role.RECEPTIONIST, 1, {}, session_id=None, terminal="desk 1")


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Hospital]:
    with quick_folder(tmp_path) as folder, hospital_at(folder / "hms.db") as made:
        yield made


def paused(work: Work, *, then: Exception | None = None) -> str:
    work.emit(QueuePaused(topic=1, subject_id=1, code="GM"))
    work.audit(ROSA, "test.first", "queue", 1, before={"x": 1}, after={"x": 2})
    work.audit(ROSA, "test.second", "queue", 1)
    if then is not None:
        raise then
    return work.op_id


def count(hospital: Hospital) -> tuple[int, int]:
    return (
        hospital.one("SELECT count(*) FROM audit WHERE action LIKE 'test.%'"),
        hospital.one("SELECT count(*) FROM outbox WHERE kind = 'QueuePaused'"),
    )


def test_events_and_audit_are_written_at_the_commit(hospital: Hospital) -> None:
    op_id = hospital.db.write_now(paused)
    assert count(hospital) == (2, 1)
    assert hospital.rows(
        "SELECT op_id, part, actor, role, terminal, before, after FROM audit "
        "WHERE action LIKE 'test.%' ORDER BY part"
    ) == [
        (op_id, 0, "rosa", "receptionist", "desk 1", '{"x": 1}', '{"x": 2}'),
        (op_id, 1, "rosa", "receptionist", "desk 1", "null", "null"),
    ]


def test_nothing_is_written_when_the_use_case_fails(hospital: Hospital) -> None:
    with pytest.raises(KeyError):
        hospital.db.write_now(lambda work: paused(work, then=KeyError()))
    assert count(hospital) == (0, 0)


def test_an_event_for_no_wall_makes_no_frame(hospital: Hospital) -> None:
    hospital.db.write_now(lambda w: w.emit(QueuePaused(topic=None, subject_id=1, code="GM")))
    assert hospital.one("SELECT frames FROM outbox WHERE kind = 'QueuePaused'") == 0


def test_an_operation_is_done_once_and_tells_what_it_did(hospital: Hospital) -> None:
    hospital.db.write_now(paused, op_id="same")
    with pytest.raises(OperationRepeated) as refused:
        hospital.db.write_now(paused, op_id="same")
    assert refused.value.outcome.action == "test.first"
    assert refused.value.exit == 6
    assert count(hospital) == (2, 1)


def test_an_operation_that_comes_again_is_not_even_begun(hospital: Hospital) -> None:
    """A second press must hear that it was done, not what its own first left behind."""
    begun: list[str] = []

    def noted(work: Work) -> str:
        begun.append(work.op_id)
        return paused(work)

    hospital.db.write_now(noted, op_id="same")
    with pytest.raises(OperationRepeated):
        hospital.db.write_now(noted, op_id="same")
    assert begun == ["same"]


def test_an_operation_that_failed_may_be_tried_again(hospital: Hospital) -> None:
    with pytest.raises(KeyError):
        hospital.db.write_now(lambda work: paused(work, then=KeyError()), op_id="same")
    assert hospital.db.outcome_now("same") is None
    hospital.db.write_now(paused, op_id="same")
    outcome = hospital.db.outcome_now("same")
    assert outcome is not None
    assert (outcome.action, outcome.kind, outcome.object_id) == ("test.first", "queue", 1)


@pytest.mark.parametrize(
    "use",
    [
        lambda work: work.emit(QueuePaused(topic=1, subject_id=1, code="GM")),
        lambda work: work.audit(ROSA, "test.first", "queue", 1),
    ],
)
def test_a_reading_one_records_no_change(hospital: Hospital, use: Any) -> None:
    with pytest.raises(WriteInRead):
        hospital.db.read_now(use)


def test_all_of_one_transaction_has_one_instant(hospital: Hospital) -> None:
    def slow(work: Work) -> datetime:
        hospital.clock.forward(hours=1)
        paused(work)
        return work.now

    assert hospital.db.write_now(slow) == datetime(2031, 3, 4, 9, 0, tzinfo=UTC)
    assert hospital.one("SELECT count(DISTINCT at) FROM audit WHERE action LIKE 'test.%'") == 1


def test_the_service_day_is_the_hospitals(hospital: Hospital) -> None:
    hospital.clock.at = datetime(2031, 3, 5, 2, 59, tzinfo=UTC)
    assert hospital.db.read_now(lambda work: work.service_day()) == date(2031, 3, 4)
