"""A screen is paired by a code that is good once, and sent away for good."""

from __future__ import annotations

import pytest

from hms.features.displays import queries, rules, service
from hms.features.displays.service import ZoneUnknown
from hms.features.displays.service.pairing import (
    ScreenAway,
    ScreenSentAway,
    ScreenUnknown,
    TooManyCodes,
)
from hms.kernel.errors import InvalidInput, NotPermitted
from kiosk_display.guests import TRIES_A_MINUTE
from tests.features.displays.hall import claim, kinds, listed, report
from tests.support import SERVICE, Hospital


def pair(hospital: Hospital, name: str = "Hall B") -> service.PairingCode:
    return hospital.do("mara", service.pair_screen, service.PairScreen(name, None, ("en", "hi")))


def test_a_code_makes_a_screen_a_paired_one_once(hospital: Hospital) -> None:
    code = pair(hospital)
    given = claim(hospital, code.code.lower())
    assert (given["name"], given["languages"]) == ("Hall B", "en,hi")
    found = hospital.db.read_now(lambda work: queries.device_of(work.db, given["device"]))
    assert found is not None
    assert found.name == "Hall B"
    assert listed(hospital)["Hall B"].paired
    assert "ScreenPaired" in kinds(hospital)
    assert "refused" in claim(hospital, code.code)


def test_neither_code_nor_token_is_kept_or_audited(hospital: Hospital) -> None:
    code = pair(hospital)
    device = claim(hospital, code.code)["device"]
    kept = str(hospital.rows("SELECT * FROM display"))
    kept += str(hospital.rows("SELECT * FROM display_pairing"))
    kept += str(hospital.rows("SELECT * FROM audit")) + str(hospital.rows("SELECT * FROM outbox"))
    assert device not in kept
    assert code.code not in kept
    assert code.code not in repr(code)


def test_a_code_ends_after_ten_minutes(hospital: Hospital) -> None:
    code = pair(hospital)
    hospital.clock.forward(seconds=rules.CODE_LIVES.total_seconds())
    assert "refused" in claim(hospital, code.code)


def test_a_new_code_for_a_screen_ends_the_older_one(hospital: Hospital) -> None:
    first, second = pair(hospital), pair(hospital, "hall b")
    assert "refused" in claim(hospital, first.code)
    assert "device" in claim(hospital, second.code)


def test_a_stranger_who_guesses_ends_nobodys_pairing(hospital: Hospital) -> None:
    code = pair(hospital)
    for _ in range(60):
        assert "refused" in claim(hospital, "AAAA-AAAA")
    assert "device" in claim(hospital, code.code)


def test_what_a_server_lets_through_hardly_ever_is_a_code() -> None:
    minutes = rules.CODE_LIVES.total_seconds() / 60
    tries = TRIES_A_MINUTE * minutes * rules.CODES_OPEN
    assert tries / 32**8 < 1e-7
    assert rules.WRONG_TRIES * rules.CODES_OPEN / 32**8 < 1e-6


def test_guessing_by_way_of_many_servers_ends_the_codes_before_it_finds_one(
    hospital: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "WRONG_TRIES", 20)
    code = pair(hospital)
    for _ in range(rules.WRONG_TRIES):
        assert "refused" in claim(hospital, "AAAA-AAAA")
    assert "refused" in claim(hospital, code.code)
    refused = hospital.one("SELECT count(*) FROM audit WHERE action = 'displays.pair_refused'")
    assert refused == rules.WRONG_TRIES


def test_guessing_without_an_open_code_leaves_nothing_behind(hospital: Hospital) -> None:
    before = hospital.one("SELECT count(*) FROM audit")
    assert "refused" in claim(hospital, "AAAA-AAAA")
    assert hospital.one("SELECT count(*) FROM audit") == before


def test_so_many_codes_at_once_are_a_mistake(hospital: Hospital) -> None:
    for number in range(rules.CODES_OPEN):
        pair(hospital, f"Hall {number}")
    with pytest.raises(TooManyCodes):
        pair(hospital, "one more")


def test_a_screen_that_is_sent_away_stays_away_until_it_is_paired_again(
    hospital: Hospital,
) -> None:
    device = claim(hospital, pair(hospital).code)["device"]
    assert hospital.do("mara", service.revoke_screen, "HALL B") == "Hall B"
    assert kinds(hospital)[-1] == "ScreenRevoked"
    revoked = hospital.db.read_now(lambda work: queries.standing_of(work.db, "hall b").revoked)
    assert revoked
    assert hospital.db.read_now(lambda work: queries.device_of(work.db, device)) is None
    assert report(hospital, "Hall B") == 0
    assert listed(hospital)["Hall B"].state == "revoked"
    assert "device" in claim(hospital, pair(hospital).code)
    assert listed(hospital)["Hall B"].state == "never seen"


def test_an_open_code_ends_when_its_screen_is_sent_away(hospital: Hospital) -> None:
    code = pair(hospital)
    hospital.do("mara", service.revoke_screen, "Hall B")
    assert "refused" in claim(hospital, code.code)


def test_screens_are_told_to_load_again_or_to_say_their_name(hospital: Hospital) -> None:
    report(hospital, "Hall A")
    report(hospital, "Hall B")
    hospital.do("mara", service.identify_screen, "Hall A")
    hospital.do("mara", service.reload_screen, "Hall A")
    assert kinds(hospital)[-2:] == ["ScreenIdentifyAsked", "ScreenReloadAsked"]
    assert hospital.do("mara", service.reload_every_screen) == ["Hall A", "Hall B"]
    hospital.clock.forward(seconds=rules.EXPECTED_FOR.total_seconds() + 1)
    assert hospital.do("mara", service.reload_every_screen) == []


@pytest.mark.parametrize(
    "verb", [service.revoke_screen, service.reload_screen, service.identify_screen]
)
def test_a_screen_that_is_not_there_is_said_so(hospital: Hospital, verb: object) -> None:
    with pytest.raises(ScreenUnknown):
        hospital.do("mara", verb, "nowhere")  # type: ignore[arg-type]


@pytest.mark.parametrize("verb", [service.reload_screen, service.identify_screen])
def test_a_screen_that_nobody_could_see_is_not_told_anything(
    hospital: Hospital, verb: object
) -> None:
    pair(hospital)
    with pytest.raises(ScreenAway, match="never been there"):
        hospital.do("mara", verb, "Hall B")  # type: ignore[arg-type]
    report(hospital, "Hall A")
    hospital.clock.forward(minutes=2)
    with pytest.raises(ScreenAway, match="not there; last seen at"):
        hospital.do("mara", verb, "Hall A")  # type: ignore[arg-type]
    hospital.do("mara", service.revoke_screen, "Hall A")
    with pytest.raises(ScreenSentAway):
        hospital.do("mara", verb, "Hall A")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["", " ", "\x1b[31m", "x" * 65, "…"])
def test_a_name_that_cannot_be_one_is_refused(hospital: Hospital, name: str) -> None:
    with pytest.raises(InvalidInput):
        pair(hospital, name)


def test_zone_and_language_must_be_real(hospital: Hospital) -> None:
    with pytest.raises(ZoneUnknown):
        hospital.do("mara", service.pair_screen, service.PairScreen("Hall", "nowhere"))
    with pytest.raises(InvalidInput):
        hospital.do("mara", service.pair_screen, service.PairScreen("Hall", None, ("en", "<b>")))


@pytest.mark.parametrize("who", ["rosa", "nils", "dora", SERVICE])
def test_only_administrator_and_manager_manage_screens(hospital: Hospital, who: str) -> None:
    with pytest.raises(NotPermitted):
        hospital.do(who, service.pair_screen, service.PairScreen("Hall B"))
