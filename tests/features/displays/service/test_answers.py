"""The desk that called sees which screens have shown and spoken it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hms.features.displays import service
from hms.features.displays.service.answers import CallAnswers
from hms.features.tokens import service as tokens
from hms.kernel.errors import NotPermitted
from tests.features.displays.hall import report
from tests.support import Hospital, hospital_at


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Hospital]:
    """Return a hospital with a zone of its own for LAB."""
    with hospital_at(tmp_path / "data" / "hms.db", zones={"labs": ("LAB",)}) as made:
        yield made


def called(hospital: Hospital) -> int:
    """Call the only one who waits for LAB; return the token."""
    token = hospital.do("rosa", tokens.issue, tokens.IssueToken("LAB"))
    hospital.do("rosa", tokens.call_next, "LAB")
    return int(token.id)


def call_id(hospital: Hospital) -> int:
    return int(hospital.one("SELECT max(id) FROM outbox WHERE kind = 'TokenCalled'"))


def answers(hospital: Hospital, token: int, who: str = "rosa") -> CallAnswers:
    found = hospital.ask(who, service.call_answers, token)
    assert found is not None
    return found


def test_each_screen_that_shows_the_queue_answers(hospital: Hospital) -> None:
    report(hospital, "Hall A")
    report(hospital, "Hall B", zone="labs")
    report(hospital, "Hall C")
    report(hospital, "Hall D", sound="blocked")
    report(hospital, "Elsewhere", zone="front")
    hospital.clock.forward(minutes=18)
    report(hospital, "Hall A")
    report(hospital, "Hall B", zone="labs")
    report(hospital, "Hall D", sound="blocked")
    token = called(hospital)
    report(hospital, "Hall B", zone="labs", call_id=call_id(hospital), shown_ms=400, spoken=True)
    words = answers(hospital, token).words()
    assert words.startswith("… Hall A · ✓ Hall B 0.4 s, spoken · ✗ Hall C not seen since ")
    assert words.endswith(" · ! Hall D sound blocked")


def test_a_call_that_reached_no_screen_in_time_is_one_to_worry_about(hospital: Hospital) -> None:
    report(hospital, "Hall A")
    token = called(hospital)
    assert not answers(hospital, token).unseen
    hospital.clock.forward(seconds=3)
    assert answers(hospital, token).unseen
    report(hospital, "Hall A", call_id=call_id(hospital), shown_ms=3100)
    assert not answers(hospital, token).unseen


def test_a_hospital_without_screens_is_not_rung_at(hospital: Hospital) -> None:
    report(hospital, "Hall A")
    hospital.clock.forward(hours=25)
    token = called(hospital)
    hospital.clock.forward(seconds=10)
    found = answers(hospital, token)
    assert not found.unseen
    assert found.words() == ""


def test_a_recall_is_a_call_of_its_own(hospital: Hospital) -> None:
    report(hospital, "Hall A")
    token = called(hospital)
    report(hospital, "Hall A", call_id=call_id(hospital), shown_ms=100)
    hospital.do("rosa", tokens.recall, token)
    assert not answers(hospital, token).reached


def test_a_token_that_was_never_called_has_no_answers(hospital: Hospital) -> None:
    token = hospital.do("rosa", tokens.issue, tokens.IssueToken("LAB"))
    assert hospital.ask("rosa", service.call_answers, token.id) is None


def test_a_dispatcher_sees_no_screens(hospital: Hospital) -> None:
    with pytest.raises(NotPermitted):
        hospital.ask("dirk", service.list_screens)
