"""A kiosk is paired like a screen, locked by the desk, and sent away."""

from __future__ import annotations

import pytest

from hms.features.displays import service as displays
from hms.features.kiosks import service
from hms.features.kiosks.errors import KioskUnknown, NameOfScreen
from hms.kernel.errors import NotPermitted
from tests.features.displays.hall import kinds, report
from tests.features.kiosks.hall import NAME, configure, paired, take
from tests.support import Hospital


def test_the_list_tells_how_each_kiosk_is_and_what_it_gave_out(hospital: Hospital) -> None:
    device = paired(hospital)
    paired(hospital, "Side door")
    configure(hospital, hours="07:00-16:00", daily_limit=30)
    take(hospital, device)
    report(hospital, NAME, zone="(kiosk)", sound="off")
    report(hospital, "Hall B")  # a screen of the wall is not in this list
    hospital.do("rosa", service.lock_kiosk, "side door")
    main, side = hospital.ask("rosa", service.list_kiosks)
    assert (main.name, main.state, main.given_today, main.paired) == (NAME, "live", 1, True)
    assert (side.name, side.state, side.given_today) == ("Side door", "locked", 0)
    assert main.as_json()["hours"] == "07:00-16:00"
    assert main.as_json()["daily_limit"] == 30


def test_locking_is_told_once(hospital: Hospital) -> None:
    paired(hospital)
    assert hospital.do("rosa", service.lock_kiosk, "main  HALL") == NAME
    hospital.do("nils", service.lock_kiosk, NAME)
    hospital.do("rosa", service.unlock_kiosk, NAME)
    hospital.do("rosa", service.unlock_kiosk, NAME)
    assert kinds(hospital)[-2:] == ["KioskLocked", "KioskUnlocked"]
    done = hospital.rows("SELECT action, actor FROM audit WHERE kind = 'kiosk' ORDER BY id")
    assert done == [("kiosks.add", "mara"), ("kiosks.lock", "rosa"), ("kiosks.unlock", "rosa")]


def test_a_kiosk_is_paired_again_under_its_name_and_keeps_what_it_gave_out(
    hospital: Hospital,
) -> None:
    first = paired(hospital)
    take(hospital, first, 1)
    hospital.do("mara", service.revoke_kiosk, NAME)
    second = paired(hospital)
    with pytest.raises(KioskUnknown):
        take(hospital, first, 2)
    take(hospital, second, 2)
    [kiosk] = hospital.ask("rosa", service.list_kiosks)
    assert kiosk.given_today == 2


def test_a_screen_of_the_wall_does_not_become_a_kiosk_by_its_name(hospital: Hospital) -> None:
    hospital.do("mara", displays.pair_screen, displays.PairScreen("Hall B"))
    with pytest.raises(NameOfScreen):
        hospital.do("mara", service.pair_kiosk, "hall b")
    with pytest.raises(KioskUnknown):
        hospital.do("rosa", service.lock_kiosk, "Hall B")


def test_the_code_is_told_once_and_opens_the_page_of_kiosks(hospital: Hospital) -> None:
    code = hospital.do("mara", service.pair_kiosk, NAME)
    assert code.as_json()["address"] == f"/kiosk?pair={code.code}"
    assert code.code not in repr(code)


def test_the_front_desk_locks_and_does_not_pair(hospital: Hospital) -> None:
    with pytest.raises(NotPermitted):
        hospital.do("rosa", service.pair_kiosk, NAME)
    paired(hospital)
    with pytest.raises(NotPermitted):
        hospital.do("rosa", service.revoke_kiosk, NAME)
    with pytest.raises(NotPermitted):
        hospital.do("bela", service.lock_kiosk, NAME)
