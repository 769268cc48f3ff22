"""Notices as walls and programs read them."""

from __future__ import annotations

from hms.features.displays import queries, service
from hms.kernel.board import Notice
from tests.support import Hospital


def test_a_wall_is_told_number_text_and_urgency(hospital: Hospital) -> None:
    hospital.do("mara", service.add_notice, service.AddNotice("Hello"))
    hospital.do("mara", service.add_notice, service.AddNotice("Lift broken", urgent=True))
    told = hospital.db.read_now(lambda work: queries.current_notices(work.db))
    assert told == (Notice(2, "Lift broken", urgent=True), Notice(1, "Hello"))


def test_another_hospital_has_its_own(hospital: Hospital) -> None:
    hospital.do("mara", service.add_notice, service.AddNotice("Hello"))
    assert hospital.db.read_now(lambda work: queries.current_notices(work.db, 2)) == ()


def test_a_notice_in_json(hospital: Hospital) -> None:
    view = hospital.do("mara", service.add_notice, service.AddNotice("Hello"))
    assert view.as_json() == {
        "id": 1,
        "text": "Hello",
        "urgent": False,
        "emergency": False,
        "zone": None,
        "until": None,
        "created_at": "2031-03-04T09:00:00.000Z",
    }
