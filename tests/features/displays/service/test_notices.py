"""Notices: who may put them on the wall, and what a wall can bear."""

from __future__ import annotations

import pytest

from hms.features.displays import rules, service
from hms.features.displays.queries import NoticeView
from hms.features.displays.service import (
    AddNotice,
    NoticeNotFound,
    NoticeRepeated,
    WallIsFull,
    ZoneUnknown,
)
from hms.kernel.errors import InvalidInput, NotPermitted
from tests.support import ROLES, SERVICE, Hospital


def add(hospital: Hospital, text: str, *, urgent: bool = False, who: str = "mara") -> NoticeView:
    return hospital.do(who, service.add_notice, AddNotice(text, urgent))


def on_the_wall(hospital: Hospital) -> list[str]:
    return [notice.text for notice in hospital.ask("rosa", service.list_notices)]


def test_a_notice_is_on_the_wall_until_it_is_taken_off(hospital: Hospital) -> None:
    notice = add(hospital, "Masks are free at the entrance")
    assert on_the_wall(hospital) == ["Masks are free at the entrance"]
    removed = hospital.do("mara", service.remove_notice, notice.id)
    assert removed == notice
    assert on_the_wall(hospital) == []


def test_urgent_notices_stand_before_the_others(hospital: Hospital) -> None:
    add(hospital, "Cafeteria open until 18:00")
    add(hospital, "The lift is out of service", urgent=True)
    assert on_the_wall(hospital) == ["The lift is out of service", "Cafeteria open until 18:00"]


def test_each_change_tells_every_wall_once_and_leaves_an_audit_row(hospital: Hospital) -> None:
    notice = add(hospital, "Hello")
    hospital.do("mara", service.remove_notice, notice.id)
    told = "SELECT kind, topic, frames, payload FROM outbox WHERE kind = 'NoticesChanged'"
    assert hospital.rows(told) == [("NoticesChanged", 0, 1, "{}")] * 2
    audited = "SELECT action, object_id FROM audit WHERE kind = 'notice' ORDER BY id"
    assert hospital.rows(audited) == [("notices.add", notice.id), ("notices.remove", notice.id)]


@pytest.mark.parametrize("who", sorted(ROLES))
def test_only_administrator_and_manager_write_on_the_wall(hospital: Hospital, who: str) -> None:
    if ROLES[who] in ("admin", "manager"):
        add(hospital, "Hello", who=who)
        hospital.do(who, service.remove_notice, 1)
        return
    with pytest.raises(NotPermitted):
        add(hospital, "Hello", who=who)
    add(hospital, "Hello")
    with pytest.raises(NotPermitted):
        hospital.do(who, service.remove_notice, 1)


@pytest.mark.parametrize("who", sorted(set(ROLES) - {"dirk"}))
def test_everybody_but_the_dispatcher_sees_the_notices(hospital: Hospital, who: str) -> None:
    add(hospital, "Hello")
    assert hospital.ask(who, service.list_notices)
    with pytest.raises(NotPermitted):
        hospital.ask("dirk", service.list_notices)


@pytest.mark.parametrize(
    "text",
    ["", "   ", "x" * (rules.NOTICE_LENGTH + 1), "x" * 10_000, "a\x1b[31mb", "a\u202eb", "\ud800"],
)
def test_a_text_that_cannot_be_shown_names_its_field(hospital: Hospital, text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        add(hospital, text)
    assert refused.value.field == "text"
    assert on_the_wall(hospital) == []


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "[/bold]", "' OR 1=1 --", "नमस्ते", "مرحبا", "👩‍⚕️ ok"]
)
def test_any_other_text_is_just_text(hospital: Hospital, text: str) -> None:
    add(hospital, text)
    assert on_the_wall(hospital) == [text]


def test_the_same_words_are_not_shown_twice(hospital: Hospital) -> None:
    add(hospital, "Hello")
    with pytest.raises(NoticeRepeated):
        add(hospital, "  Hello ")


def test_a_full_wall_takes_no_more(hospital: Hospital) -> None:
    for number in range(rules.NOTICES_AT_ONCE):
        add(hospital, f"Notice {number}")
    with pytest.raises(WallIsFull):
        add(hospital, "One more")
    hospital.do("mara", service.remove_notice, 1)
    add(hospital, "One more")


def test_what_is_not_on_the_wall_cannot_be_taken_off(hospital: Hospital) -> None:
    notice = add(hospital, "Hello")
    hospital.do("mara", service.remove_notice, notice.id)
    for missing in (notice.id, 99, -1):
        with pytest.raises(NoticeNotFound):
            hospital.do("mara", service.remove_notice, missing)


def test_a_notice_with_a_time_leaves_by_itself_and_every_wall_is_told(hospital: Hospital) -> None:
    hospital.do("mara", service.add_notice, AddNotice("Lift broken", minutes=30))
    add(hospital, "Masks are free")
    assert hospital.do(SERVICE, service.remove_old_notices) == 0
    hospital.clock.forward(minutes=30)
    assert hospital.do(SERVICE, service.remove_old_notices) == 1
    assert on_the_wall(hospital) == ["Masks are free"]
    told = "SELECT count(*) FROM outbox WHERE kind = 'NoticesChanged'"
    assert hospital.one(told) == 3


def test_an_emergency_finds_room_on_a_full_wall(hospital: Hospital) -> None:
    for number in range(rules.NOTICES_AT_ONCE):
        add(hospital, f"Notice {number}")
    for number in range(rules.EMERGENCIES_AT_ONCE):
        hospital.do("mara", service.add_notice, AddNotice(f"Fire {number}", emergency=True))
    assert on_the_wall(hospital)[0] == "Fire 0"
    with pytest.raises(WallIsFull):
        hospital.do("mara", service.add_notice, AddNotice("One more", emergency=True))
    with pytest.raises(ZoneUnknown):
        hospital.do("mara", service.add_notice, AddNotice("Here", zone="nowhere"))
