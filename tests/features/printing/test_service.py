"""The spool: saved with the token, taken by one, settled by who took it or by a human."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from hms.features.printing.errors import JobNotFound, JobSettled, PrintingOff
from hms.features.printing.queries import JobView
from hms.features.printing.rules import JobStatus, pause_seconds
from hms.features.printing.service import (
    came_out,
    claim,
    hold,
    list_jobs,
    printer_sentence,
    retry,
    settle,
)
from hms.features.tokens import service as tokens
from hms.kernel.errors import InvalidInput, NotPermitted
from tests.features.printing.conftest import Open
from tests.support import Hospital


def jobs(hospital: Hospital) -> list[tuple[str, int, str]]:
    found = hospital.ask("rosa", list_jobs)
    return [(job.label, job.copy_no, job.status) for job in reversed(found)]


def claimed(hospital: Hospital, worker: str = "one", lease: float = 30) -> JobView | None:
    return hospital.do("tests", claim, "", worker, lease)


def settled(hospital: Hospital, job: JobView, status: JobStatus, worker: str = "one") -> bool:
    return hospital.do("tests", settle, job, worker, status, "why")


def in_doubt(hospital: Hospital) -> JobView:
    hospital.issue()
    job = claimed(hospital)
    assert job is not None
    assert settled(hospital, job, JobStatus.DOUBTFUL)
    return job


def test_a_token_that_is_refused_leaves_no_slip(printing: Open) -> None:
    hospital, _ = printing()
    who = hospital.patient().mrn
    hospital.issue(patient=who)
    with pytest.raises(tokens_refusal()):
        hospital.issue(patient=who)
    assert len(jobs(hospital)) == 1


def tokens_refusal() -> type[Exception]:
    from hms.features.tokens.errors import AlreadyQueued

    return AlreadyQueued


def test_without_a_printer_nothing_is_written(printing: Open) -> None:
    hospital, _ = printing(driver="none")
    hospital.issue()
    assert jobs(hospital) == []
    with pytest.raises(PrintingOff):
        hospital.do("rosa", tokens.reprint, "GM-001")


def test_one_slip_at_a_time_and_each_taken_by_one(printing: Open) -> None:
    hospital, _ = printing()
    hospital.issue(), hospital.issue()
    first = claimed(hospital)
    assert first is not None
    assert claimed(hospital, "two") is None
    assert not settled(hospital, first, JobStatus.PRINTED, "two")
    assert settled(hospital, first, JobStatus.PRINTED)
    assert not settled(hospital, first, JobStatus.PRINTED)
    second = claimed(hospital, "two")
    assert second is not None
    assert second.label == "GM-002"


def test_who_dies_in_the_middle_leaves_a_doubt_not_a_second_slip(printing: Open) -> None:
    hospital, _ = printing()
    hospital.issue()
    assert claimed(hospital, lease=30) is not None
    hospital.clock.forward(seconds=31)
    assert claimed(hospital, "two") is None
    assert jobs(hospital) == [("GM-001", 0, "doubtful")]


def test_many_slips_are_held_for_longer(printing: Open) -> None:
    hospital, _ = printing()
    hospital.issue()
    job = claimed(hospital, lease=30)
    assert job is not None
    hospital.do("tests", hold, job, "one", 300)
    hospital.clock.forward(seconds=60)
    assert claimed(hospital, "two") is None
    assert jobs(hospital) == [("GM-001", 0, "printing")]


def test_a_doubtful_slip_came_out_or_is_printed_again_marked(printing: Open) -> None:
    hospital, _ = printing()
    hospital.do("rosa", came_out, in_doubt(hospital).id)
    hospital.do("rosa", retry, in_doubt(hospital).id)
    assert jobs(hospital) == [
        ("GM-001", 0, "printed"), ("GM-002", 0, "reprinted"), ("GM-002", 1, "queued"),
    ]  # fmt: skip


def test_what_failed_is_tried_at_once_when_a_human_says_so(printing: Open) -> None:
    hospital, _ = printing()
    hospital.issue()
    job = claimed(hospital)
    assert job is not None
    settled(hospital, job, JobStatus.FAILED)
    hospital.do("rosa", retry, job.id)
    assert jobs(hospital) == [("GM-001", 0, "queued")]


def test_what_was_printed_is_settled_for_good(printing: Open) -> None:
    hospital, _ = printing()
    hospital.issue()
    job = claimed(hospital)
    assert job is not None
    settled(hospital, job, JobStatus.PRINTED)
    for verb in (retry, came_out):
        with pytest.raises(JobSettled):
            hospital.do("rosa", verb, job.id)
        with pytest.raises(JobNotFound):
            hospital.do("rosa", verb, 99)


def test_a_reprint_is_counted_and_audited(printing: Open) -> None:
    hospital, _ = printing()
    hospital.issue()
    hospital.do("rosa", tokens.reprint, "GM-001")
    assert hospital.do("rosa", tokens.reprint, "GM-001").copy_no == 2
    assert hospital.one("SELECT count(*) FROM audit WHERE action = 'printing.reprint'") == 2
    assert hospital.one("SELECT count(*) FROM token") == 1


def test_yesterdays_slips_are_not_printed_in_the_morning(printing: Open) -> None:
    hospital, _ = printing()
    hospital.issue()
    hospital.clock.forward(days=1)
    assert claimed(hospital) is None
    assert hospital.one("SELECT status FROM print_job") == "dropped"


def test_a_desk_with_a_printer_of_its_own_leaves_the_common_one_alone(printing: Open) -> None:
    hospital, _ = printing(station="desk 4")
    hospital.issue()
    assert claimed(hospital) is None
    assert hospital.do("tests", claim, "desk 4", "own", 30) is not None


SECOND_ORIGINAL = (
    "INSERT INTO print_job SELECT 9, hospital_id, service_day, station, kind, object_id, label, "
    "copy_no, 'queued', NULL, 0, created_at, next_at, NULL, NULL, NULL FROM print_job"
)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE print_job SET status = 'queued' WHERE status = 'printed'",
        "UPDATE print_job SET status = 'lost'",
        SECOND_ORIGINAL,
    ],
)
def test_the_database_itself_refuses_a_second_original(printing: Open, sql: str) -> None:
    hospital, _ = printing()
    hospital.issue()
    job = claimed(hospital)
    assert job is not None
    settled(hospital, job, JobStatus.PRINTED)
    with pytest.raises(IntegrityError):
        hospital.force(sql)


def test_who_may_not_is_refused(printing: Open) -> None:
    hospital, _ = printing()
    job = in_doubt(hospital)
    for verb, *more in ((retry, job.id), (came_out, job.id), (list_jobs,), (claim, "", "x", 1)):
        with pytest.raises(NotPermitted):
            hospital.do("dora", verb, *more)


def test_a_state_that_is_none_is_refused(printing: Open) -> None:
    hospital, _ = printing()
    with pytest.raises(InvalidInput):
        hospital.ask("rosa", list_jobs, status="lost")


def test_a_printer_is_left_in_peace_longer_each_time_but_never_long() -> None:
    assert [pause_seconds(tries) for tries in (1, 2, 3, 4, 50)] == [2, 4, 8, 10, 10]


def test_a_desk_hears_that_nobody_drives_the_printer(printing: Open) -> None:
    hospital, _ = printing()
    hospital.issue()
    assert hospital.ask("rosa", printer_sentence) == ""
    hospital.clock.forward(seconds=30)
    assert hospital.ask("rosa", printer_sentence) == (
        "nobody drives the printer: is hms serve running? · 1 slip waits"
    )
