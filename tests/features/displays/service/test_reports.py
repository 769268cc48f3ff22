"""What screens report is kept, and told to the desks when it is news."""

from __future__ import annotations

import pytest

from hms.features.displays import rules, service
from hms.kernel.errors import NotPermitted
from tests.features.displays.hall import kinds, listed, report
from tests.support import SERVICE, Hospital


def test_a_screen_is_listed_from_its_first_report_on(hospital: Hospital) -> None:
    assert report(hospital, "Hall B", sound="blocked", languages="en,hi") == 1
    view = listed(hospital)["Hall B"]
    assert (view.state, view.sound, view.languages, view.paired) == (
        "live", "blocked", "en,hi", False,
    )  # fmt: skip


def test_a_screen_that_says_nothing_is_stale(hospital: Hospital) -> None:
    report(hospital, "Hall B")
    hospital.clock.forward(seconds=rules.LIVE_FOR.total_seconds() + 1)
    assert listed(hospital)["Hall B"].state == "stale"


def test_a_screen_that_went_is_not_live(hospital: Hospital) -> None:
    report(hospital, "Hall B")
    report(hospital, "Hall B", screens=0)
    assert listed(hospital)["Hall B"].state == "stale"


def test_desks_hear_of_news_and_of_nothing_else(hospital: Hospital) -> None:
    report(hospital, "Hall B")
    told = len(kinds(hospital))
    report(hospital, "Hall B")
    assert len(kinds(hospital)) == told
    report(hospital, "Hall B", sound="blocked")
    report(hospital, "Hall B", sound="blocked", screens=0)
    assert kinds(hospital)[told:] == ["ScreenChanged"] * 2


def test_a_batch_of_screens_that_change_is_told_the_desks_once(hospital: Hospital) -> None:
    """One machine may report under two hundred names; every desk wakes at each event."""
    told = len(kinds(hospital))
    said = {"zone": None, "languages": "en", "screens": 1, "sound": "ok"}
    found = rules.read_reports({"reports": [{**said, "name": f"Hall {n}"} for n in range(50)]})
    assert hospital.do(SERVICE, service.take_reports, found) == 50
    assert kinds(hospital)[told:] == ["ScreenChanged"]


def test_a_call_is_shown_once_and_spoken_later(hospital: Hospital) -> None:
    """The first report of a call has its time; that it was heard comes after the voice."""
    report(hospital, "Hall B", call_id=7, shown_ms=400)
    report(hospital, "Hall B", call_id=7, shown_ms=2900, spoken=True)
    call = listed(hospital)["Hall B"].last_call
    assert (call.call_id, call.shown_ms, call.spoken) == (7, 400, True)


def test_single_calls_are_forgotten_after_some_days(hospital: Hospital) -> None:
    report(hospital, "Hall B", call_id=7, shown_ms=400)
    assert hospital.do(SERVICE, service.forget_old_reports) == 0
    hospital.clock.forward(seconds=rules.FORGET_AFTER.total_seconds() + 1)
    assert hospital.do(SERVICE, service.forget_old_reports) == 1


def test_invented_names_fill_neither_list_nor_audit(hospital: Hospital) -> None:
    """Anybody on the network may call themselves a screen."""
    for number in range(rules.MAX_UNPAIRED):
        report(hospital, f"invented {number}")
    assert report(hospital, "one more") == 0
    hospital.clock.forward(seconds=rules.EXPECTED_FOR.total_seconds() + 1)
    assert report(hospital, "one more") == 1
    assert len(listed(hospital)) == rules.MAX_UNPAIRED


@pytest.mark.parametrize("who", ["ada", "mara", "rosa", "dora"])
def test_nobody_but_our_own_process_reports(hospital: Hospital, who: str) -> None:
    with pytest.raises(NotPermitted):
        hospital.do(who, service.take_reports, ())
