"""A number is taken at a kiosk once for a touch, and only where and when the hospital says."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hms.bootstrap import wire
from hms.features.displays import service as displays
from hms.features.kiosks import rules, service
from hms.features.kiosks.errors import (
    KioskLimit,
    KioskLocked,
    KioskUnknown,
    OutOfHours,
    QueueNotOffered,
    TooFast,
)
from hms.features.tokens import service as tokens
from hms.features.tokens.errors import AlreadyQueued, DailyLimit
from hms.infra import place_link
from hms.infra.settings import DisplaySettings, KioskPlace
from hms.kernel.errors import HmsError
from tests.features.kiosks.hall import NAME, configure, menu, paired, take, touch
from tests.support import Hospital


def issued(hospital: Hospital) -> int:
    found: int = hospital.one("SELECT count(*) FROM token")
    return found


def test_a_touch_gives_one_number_however_often_it_comes(hospital: Hospital) -> None:
    device = paired(hospital)
    first = take(hospital, device)
    assert first == take(hospital, device)
    assert (first["token"], first["queue"], first["ahead"]) == ("GM-001", "General medicine", 0)
    assert take(hospital, device, 2)["ahead"] == 1
    assert issued(hospital) == 2
    assert hospital.one("SELECT count(*) FROM kiosk_number") == 2


@pytest.mark.asyncio
async def test_a_touch_that_comes_several_times_at_once_gives_one_number(
    hospital: Hospital,
) -> None:
    device = await asyncio.to_thread(paired, hospital)
    wish = rules.read_take({"device": device, "touch": touch(), "queue": "GM"})
    application = wire(hospital.settings)  # as the worker has it
    try:
        who = application.as_service("wall")
        every = [application.do(who, service.take_number, wish) for _ in range(8)]
        given = [one.as_json()["token"] for one in await asyncio.gather(*every)]
    finally:
        await application.close()
    assert given == ["GM-001"] * 8
    assert await asyncio.to_thread(issued, hospital) == 1


def test_the_same_touch_gives_its_number_also_when_the_kiosk_was_closed_meanwhile(
    hospital: Hospital,
) -> None:
    device = paired(hospital)
    first = take(hospital, device)
    hospital.do("rosa", service.lock_kiosk, NAME)
    assert take(hospital, device) == first


def test_the_audit_says_which_kiosk_it_was(hospital: Hospital) -> None:
    take(hospital, paired(hospital))
    [entry] = hospital.rows("SELECT actor, role, terminal FROM audit WHERE action = 'tokens.issue'")
    assert entry == ("kiosk", "service", f"kiosk {NAME}")


def test_a_card_gives_the_token_its_patient_and_the_page_no_name(hospital: Hospital) -> None:
    device, patient = paired(hospital), hospital.patient("Amara Very-Unmistakable")
    given = take(hospital, device, card=f" {patient.mrn.lower()} ")
    assert hospital.token(given["token"]).mrn == patient.mrn
    assert "Amara" not in str(given)
    assert patient.mrn not in str(given)
    with pytest.raises(AlreadyQueued):
        take(hospital, device, 2, card=patient.mrn)
    assert take(hospital, device, 3, "LAB", patient.mrn)["token"] == "LAB-001"


def test_a_broken_card_an_unknown_one_and_any_other_text_get_the_same_answer(
    hospital: Hospital,
) -> None:
    device = paired(hospital)
    broken = f"{hospital.patient().mrn[:-1]}x"
    answers = [
        take(hospital, device, number, card=card)
        for number, card in enumerate((broken, "M99999994", "Amara", "' OR 1=1", "\x1b[2J"), 1)
    ]
    assert answers == [{"refused": "card"}] * 5
    assert issued(hospital) == 0
    assert take(hospital, device, 1)["token"] == "GM-001"  # it may go on without a card


def test_nobody_tries_out_card_after_card(hospital: Hospital) -> None:
    device, patient = paired(hospital), hospital.patient()
    for number in range(rules.WRONG_CARDS):
        take(hospital, device, number, card="M00000000")
    assert take(hospital, device, 50, card=patient.mrn) == {"refused": "card"}
    assert take(hospital, device, 51)["token"] == "GM-001"
    hospital.clock.forward(seconds=rules.CARD_WINDOW.total_seconds())
    assert take(hospital, device, 52, card=patient.mrn)["token"] == "GM-002"
    refused = hospital.rows("SELECT * FROM audit WHERE action = 'kiosks.card_refused'")
    assert len(refused) == rules.WRONG_CARDS + 1
    assert patient.mrn not in str(refused)  # what a card said is not kept
    assert "M00000000" not in str(refused)


def test_no_card_is_looked_up_where_the_hospital_wants_none(hospital: Hospital) -> None:
    device, patient = paired(hospital), hospital.patient()
    configure(hospital, cards=False)
    assert take(hospital, device, card=patient.mrn) == {"refused": "card"}


def test_a_token_of_another_screen_or_of_a_revoked_kiosk_opens_nothing(hospital: Hospital) -> None:
    device = paired(hospital)
    for stranger in ("nonsense", device[:-1]):
        with pytest.raises(KioskUnknown):
            take(hospital, stranger)
    hospital.do("mara", service.revoke_kiosk, NAME)
    with pytest.raises(KioskUnknown):
        menu(hospital, device)
    with pytest.raises(KioskUnknown):
        take(hospital, device)
    assert issued(hospital) == 0


def test_a_screen_of_the_wall_is_no_kiosk(hospital: Hospital) -> None:
    from tests.features.displays.hall import claim

    code = hospital.do("mara", displays.pair_screen, displays.PairScreen("Hall B"))
    with pytest.raises(KioskUnknown):
        take(hospital, claim(hospital, code.code)["device"])


def closed(hospital: Hospital, device: str) -> Any:
    return menu(hospital, device)["closed"]


def test_a_locked_kiosk_gives_nothing_until_it_is_opened(hospital: Hospital) -> None:
    device = paired(hospital)
    hospital.do("rosa", service.lock_kiosk, NAME.upper())
    assert closed(hospital, device) == "locked"
    with pytest.raises(KioskLocked):
        take(hospital, device)
    hospital.do("rosa", service.unlock_kiosk, NAME)
    assert closed(hospital, device) == ""
    assert take(hospital, device)["token"] == "GM-001"


def test_out_of_hours_it_gives_nothing(hospital: Hospital) -> None:
    device = paired(hospital)
    configure(hospital, hours="10:00-12:00")  # it is nine
    assert closed(hospital, device) == "hours"
    with pytest.raises(OutOfHours):
        take(hospital, device)
    hospital.clock.forward(hours=1)
    assert take(hospital, device)["token"] == "GM-001"


def test_a_kiosk_has_a_limit_for_the_day(hospital: Hospital) -> None:
    device = paired(hospital)
    configure(hospital, daily_limit=500, places={"MAIN  hall": KioskPlace(daily_limit=2)})
    take(hospital, device, 1)
    take(hospital, device, 2)
    assert closed(hospital, device) == "limit"
    with pytest.raises(KioskLimit):
        take(hospital, device, 3)
    other = paired(hospital, "Side door")
    assert take(hospital, other, 3)["token"] == "GM-003"
    hospital.clock.forward(days=1)
    assert take(hospital, device, 4)["token"] == "GM-001"


def test_a_child_that_plays_with_it_gets_so_many_numbers_a_minute(hospital: Hospital) -> None:
    device = paired(hospital)
    configure(hospital, per_minute=3)
    for number in range(3):
        take(hospital, device, number)
    with pytest.raises(TooFast):
        take(hospital, device, 4)
    hospital.clock.forward(minutes=1)
    assert take(hospital, device, 4)["token"] == "GM-004"


def test_only_queues_that_are_offered_open_and_used_give_numbers(hospital: Hospital) -> None:
    device = paired(hospital)
    configure(hospital, queues=("gm", "LAB"))
    hospital.do("ada", tokens.pause_queue, "LAB", "lunch")
    shown = {queue["code"]: queue["paused"] for queue in menu(hospital, device)["queues"]}
    assert shown == {"GM": False, "LAB": True}
    assert "lunch" not in str(menu(hospital, device))
    for queue in ("ENT", "LAB", "nowhere"):
        with pytest.raises(QueueNotOffered):
            take(hospital, device, queue=queue)
    hospital.do("ada", tokens.edit_queue, "GM", tokens.EditQueue(daily_limit=1))
    take(hospital, device, 1)
    with pytest.raises(DailyLimit):
        take(hospital, device, 2)
    assert issued(hospital) == 1


def test_a_refusal_leaves_nothing_behind(hospital: Hospital) -> None:
    device = paired(hospital)
    hospital.do("rosa", service.lock_kiosk, NAME)
    before = hospital.one("SELECT count(*) FROM audit"), hospital.one("SELECT count(*) FROM outbox")
    with pytest.raises(HmsError):
        take(hospital, device)
    after = hospital.one("SELECT count(*) FROM audit"), hospital.one("SELECT count(*) FROM outbox")
    assert (after, issued(hospital)) == (before, 0)


def test_the_link_to_ones_own_place_is_that_of_the_slip(hospital: Hospital) -> None:
    device = paired(hospital)
    assert take(hospital, device)["link"] == ""  # no phone could reach the wall
    configure(hospital, DisplaySettings(public_url="http://10.0.0.5:8765"))
    link = take(hospital, device)["link"]
    day = hospital.token("GM-001").service_day
    secret = place_link.make_secret(hospital.settings)
    signed = link.removeprefix("http://10.0.0.5:8765/t/")
    assert place_link.verify(secret, signed, day) == hospital.token("GM-001").id
