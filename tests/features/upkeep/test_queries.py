"""Entries of the audit, chosen in every way that somebody may ask for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hms.features.upkeep.queries import AuditFilter, AuditView, entries
from tests.support import MORNING, Hospital


def found(hospital: Hospital, **wanted: Any) -> list[AuditView]:
    """Return the entries that fit."""
    return hospital.db.read_now(lambda work: entries(work.db, 1, AuditFilter(**wanted)))


def test_an_entry_tells_who_what_when_and_from_where(hospital: Hospital) -> None:
    entry = found(hospital, action="tokens.issue", limit=1)[0].as_json()
    assert entry["user"] == "rosa"
    assert entry["role"] == "receptionist"
    assert entry["terminal"] == "desk 1"
    assert entry["at"] == "2031-03-04T11:00:00.000Z"
    assert entry["kind"] == "token"
    assert entry["after"]


def test_the_newest_come_first(hospital: Hospital) -> None:
    ids = [entry.id for entry in found(hospital)]
    assert ids == sorted(ids, reverse=True)


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({"user": "rosa"}, 4),
        ({"user": "ros"}, 0),
        ({"terminal": "desk 1", "user": "rosa"}, 4),
        ({"terminal": "desk 2"}, 0),
        ({"action": "tokens.issue"}, 3),
        ({"action": "tokens"}, 3),
        ({"action": "token"}, 0),
        ({"action": "tokens_"}, 0),
        ({"kind": "patient"}, 1),
        ({"kind": "token", "object_id": 2}, 1),
        ({"user": "rosa", "since": MORNING + timedelta(hours=2)}, 2),
        ({"user": "rosa", "until": MORNING + timedelta(hours=2)}, 2),
        ({"user": "rosa", "limit": 1}, 1),
    ],
)
def test_each_filter_leaves_what_fits(
    hospital: Hospital, wanted: dict[str, Any], count: int
) -> None:
    assert len(found(hospital, **wanted)) == count


def test_another_hospital_sees_nothing_of_it(hospital: Hospital) -> None:
    assert hospital.db.read_now(lambda work: entries(work.db, 2, AuditFilter())) == []


def test_a_filter_tells_only_what_was_asked() -> None:
    assert AuditFilter(user="rosa", since=MORNING).as_json() == {
        "user": "rosa",
        "since": "2031-03-04T09:00:00.000Z",
    }
