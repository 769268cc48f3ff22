"""Finding tokens: the statements stay on their indexes however long the history is."""

from __future__ import annotations

from typing import Any

import pytest

from hms.features.tokens.queries import boards, waits
from hms.features.tokens.queries import tokens as found
from hms.features.tokens.service import calling, day, issuing
from tests.features.tokens.queries.test_line import plan
from tests.support import Hospital


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (found._WHOLE.by_id, "INTEGER PRIMARY KEY (rowid=?)"),
        (found._WHOLE.by_code, "ix_token_code (hospital_id=? AND code=? AND service_day=?)"),
        (found._WHOLE.still_open, "ix_token_code (hospital_id=? AND code=?)"),
        (found._NEWEST, "ix_token_day (hospital_id=? AND service_day=?)"),
        (boards._BOARD, "ix_token_waiting (queue_id=?)"),
        (boards._BOARD, "ix_token_open (queue_id=? AND status=?)"),
        (boards._BOARD, "ix_token_completed (queue_id=?)"),
        (waits.RECENT, "ix_token_completed (queue_id=?)"),
        (calling._AT_COUNTER, "uq_token_counter_serving (hospital_id=? AND counter=?)"),
        (issuing._ACTIVE_OF_PATIENT, "uq_token_patient_active (queue_id=? AND patient_id=?)"),
        (day._OPEN_ONES, "ix_token_open (queue_id=? AND status=?)"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_no_statement_reads_the_whole_history(
    hospital: Hospital, statement: Any, index: str
) -> None:
    said = plan(hospital, statement)
    assert index in said
    assert "SCAN token" not in said


def test_a_token_knows_whether_something_can_still_happen(hospital: Hospital) -> None:
    token = hospital.issue()
    assert hospital.token(token.id).open
    hospital.force("UPDATE token SET status = 'cancelled'")
    assert not hospital.token(token.id).open


def test_patients_are_fetched_in_one_statement(hospital: Hospital) -> None:
    for _ in range(5):
        hospital.issue(patient=hospital.patient().mrn)
    statements: list[str] = []

    def count(work: object) -> int:
        from sqlalchemy import event

        db = work.db  # type: ignore[attr-defined]
        listener = lambda *args: statements.append(args[2])  # noqa: E731
        event.listen(db, "before_cursor_execute", listener)
        views = found.tokens_of_day(db, 1, work.service_day())  # type: ignore[attr-defined]
        event.remove(db, "before_cursor_execute", listener)
        return len([view for view in views if view.mrn])

    assert hospital.db.read_now(count) == 5
    assert len(statements) == 2
