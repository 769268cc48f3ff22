"""The line as it will be called; the statements behind it stay on their indexes."""

from __future__ import annotations

from typing import Any

import pytest

from hms.features.tokens import service as tokens
from hms.features.tokens.queries import line
from hms.features.tokens.service import calling
from tests.support import Hospital


def plan(hospital: Hospital, statement: Any, **values: Any) -> str:
    """Return SQLite's plan for a statement."""

    def ask(work: Any) -> str:
        compiled = statement.compile(dialect=work.db.dialect)
        sql = str(compiled)
        given = [values.get(name) for name in compiled.positiontup]
        rows = work.db.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", tuple(given)).all()
        return "\n".join(row[-1] for row in rows)

    return hospital.db.read_now(ask)


@pytest.mark.sqlite
def test_calling_the_next_reads_one_index_of_those_who_wait(hospital: Hospital) -> None:
    said = plan(hospital, calling._claim("sqlite"))
    assert "USING INDEX ix_token_waiting (queue_id=?)" in said
    assert "SCAN token" not in said
    assert "TEMP B-TREE" not in said


@pytest.mark.sqlite
@pytest.mark.parametrize("name", ["_FIRST", "_AHEAD"])
def test_the_line_is_read_from_the_same_index_alone(hospital: Hospital, name: str) -> None:
    said = plan(hospital, getattr(line, name))
    assert "USING COVERING INDEX ix_token_waiting" in said
    assert "TEMP B-TREE" not in said


@pytest.mark.sqlite
def test_whose_turn_it_is_is_read_from_the_day(hospital: Hospital) -> None:
    said = plan(hospital, line._LAST_CLASS)
    assert "ix_token_day (hospital_id=? AND service_day=?)" in said
    assert "SCAN token" not in said


def test_a_token_that_does_not_wait_is_behind_all(hospital: Hospital) -> None:
    hospital.do("mara", tokens.edit_queue, "GM", tokens.EditQueue(policy="alternate"))
    hospital.issue(), hospital.issue()
    queue = hospital.queue().row
    place = hospital.db.read_now(
        lambda work: line.place_of(work.db, 1, queue.id, queue.policy, 0, 999)
    )
    assert place == 2


def test_the_order_of_some_is_their_order_among_all(hospital: Hospital) -> None:
    hospital.do("mara", tokens.edit_queue, "GM", tokens.EditQueue(policy="alternate"))
    ids = [hospital.issue(token_class=c).id for c in ("normal", "normal", "elderly")]
    queue = hospital.queue().row.id
    order = hospital.db.read_now(
        lambda work: line.in_call_order(work.db, 1, queue, "alternate", ids[1:])
    )
    assert order == [ids[2], ids[1]]
