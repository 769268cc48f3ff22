"""Now, and the hospital's service day."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hms.kernel import clock

THREE = time(3, 0)
ZONES = ["UTC", "Europe/Berlin", "America/Havana", "Asia/Kolkata", "Pacific/Apia", "Asia/Kathmandu"]
INSTANTS = st.integers(946_684_800, 2_208_988_800).map(lambda s: datetime.fromtimestamp(s, UTC))


def day(text: str, zone: str = "Europe/Berlin", cut_off: time = THREE) -> str:
    return clock.service_day(datetime.fromisoformat(text), zone, cut_off).isoformat()


@pytest.mark.parametrize(
    ("at", "zone", "expected"),
    [
        ("2031-03-04T02:59:59+01:00", "Europe/Berlin", "2031-03-03"),
        ("2031-03-04T03:00:00+01:00", "Europe/Berlin", "2031-03-04"),
        ("2031-03-30T00:59:59+00:00", "Europe/Berlin", "2031-03-29"),  # 01:59:59, then 03:00
        ("2031-03-30T01:00:00+00:00", "Europe/Berlin", "2031-03-30"),
        ("2031-10-26T00:59:59+00:00", "Europe/Berlin", "2031-10-25"),  # 02:59:59 the first time
        ("2031-10-26T01:59:59+00:00", "Europe/Berlin", "2031-10-25"),  # and the second time
        ("2031-10-26T02:00:00+00:00", "Europe/Berlin", "2031-10-26"),
        ("2026-03-08T08:00:00+00:00", "America/Havana", "2026-03-08"),  # a day without 00:30
        ("2031-03-03T21:29:59+00:00", "Asia/Kolkata", "2031-03-03"),
        ("2031-03-03T21:30:00+00:00", "Asia/Kolkata", "2031-03-04"),
    ],
)
def test_a_service_day_begins_at_the_hospitals_own_hour(at: str, zone: str, expected: str) -> None:
    assert day(at, zone) == expected


def test_a_cut_off_at_midnight_is_the_date() -> None:
    assert day("2031-03-04T00:00:00+01:00", cut_off=time(0, 0)) == "2031-03-04"
    assert day("2031-03-03T23:59:59+01:00", cut_off=time(0, 0)) == "2031-03-03"


@given(INSTANTS, st.sampled_from(ZONES), st.times())
def test_the_service_day_never_goes_back_while_time_goes_on(
    at: datetime, zone: str, cut_off: time
) -> None:
    """A clock that repeats an hour in autumn may stand still, never fall behind by a day."""
    later = at + timedelta(hours=2)
    first, then = (clock.service_day(t, zone, cut_off) for t in (at, later))
    assert first <= then <= first + timedelta(days=1)


@given(INSTANTS)
def test_the_zone_in_which_an_instant_is_written_does_not_matter(at: datetime) -> None:
    elsewhere = at.astimezone(timezone(timedelta(hours=-11)))
    assert clock.service_day(at, "Asia/Kolkata", THREE) == clock.service_day(
        elsewhere, "Asia/Kolkata", THREE
    )
    assert clock.iso(at) == clock.iso(elsewhere)


def test_the_clock_can_be_replaced_and_comes_back() -> None:
    fixed = datetime(2031, 3, 4, tzinfo=UTC)
    with clock.replaced(lambda: fixed):
        assert clock.now() == fixed
        with clock.replaced(lambda: fixed + timedelta(days=1)):
            assert clock.now() > fixed
        assert clock.now() == fixed
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_instants_are_written_in_utc_with_milliseconds() -> None:
    at = datetime(2031, 3, 4, 10, 0, 0, 123456, tzinfo=timezone(timedelta(hours=1)))
    assert clock.iso(at) == "2031-03-04T09:00:00.123Z"
    assert clock.iso(None) is None


def test_the_wall_clock_is_the_hospitals() -> None:
    assert clock.local_hm(datetime(2031, 7, 4, 9, 5, tzinfo=UTC), "Asia/Kolkata") == "14:35"
