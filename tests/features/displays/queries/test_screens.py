"""Screens as the display server and the desks read them."""

from __future__ import annotations

from typing import Any

import pytest

from hms.features.displays import queries
from hms.features.displays.events import ScreenChanged
from hms.features.displays.queries import screens
from hms.features.tokens import service as tokens
from tests.features.displays.hall import report
from tests.support import Hospital


def test_names_are_found_by_id_and_unknown_ones_are_left_out(hospital: Hospital) -> None:
    report(hospital, "Hall B")
    [view] = hospital.db.read_now(lambda work: queries.all_screens(work.db, work.now))
    found = hospital.db.read_now(lambda work: queries.screen_names(work.db, [view.id, 99]))
    assert found == {view.id: "Hall B"}


def test_a_token_that_nobody_has_is_no_device(hospital: Hospital) -> None:
    assert hospital.db.read_now(lambda work: queries.device_of(work.db, "")) is None
    assert not hospital.db.read_now(lambda work: queries.standing_of(work.db, "Hall B").revoked)


def test_a_screen_in_json_holds_what_programs_need(hospital: Hospital) -> None:
    report(hospital, "Hall B", call_id=7, shown_ms=400, spoken=True)
    [view] = hospital.db.read_now(lambda work: queries.all_screens(work.db, work.now))
    said = view.as_json()
    assert said["languages"] == ["en"]
    assert said["state"] == "live"
    assert isinstance(said["last_call"], dict)
    assert said["last_call"]["shown_ms"] == 400


def test_a_call_is_found_however_much_the_screens_report_after_it(hospital: Hospital) -> None:
    """Anybody on the network may report; the desk's bell must not go quiet by it."""
    token = hospital.issue().id
    hospital.called()

    def chatter(work: Any) -> None:
        for number in range(2_500):
            work.emit(ScreenChanged(topic=None, subject_id=number))

    hospital.db.write_now(chatter)
    found = hospital.db.read_now(lambda work: screens.call_of_token(work.db, token))
    assert found is not None
    assert found.code == "GM-001"


def test_the_last_time_a_token_was_called_counts(hospital: Hospital) -> None:
    token = hospital.issue().id
    assert hospital.db.read_now(lambda work: screens.call_of_token(work.db, token)) is None
    hospital.called()
    hospital.clock.forward(seconds=60)
    hospital.do("nils", tokens.recall, token)
    found = hospital.db.read_now(lambda work: screens.call_of_token(work.db, token))
    assert found is not None
    assert found.call_id == hospital.one("SELECT id FROM outbox WHERE kind = 'TokenRecalled'")


@pytest.mark.sqlite
def test_a_call_is_looked_for_among_the_calls_alone(hospital: Hospital) -> None:
    def ask(work: Any) -> str:
        sql = str(screens._CALL_OF_TOKEN.compile(dialect=work.db.dialect))
        rows = work.db.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", (None,) * sql.count("?")).all()
        return "\n".join(row[-1] for row in rows)

    said = hospital.db.read_now(ask)
    assert "SEARCH outbox USING INDEX ix_outbox_kind_id (kind=? AND id>?)" in said
    assert "SCAN" not in said
    assert "TEMP B-TREE" not in said
