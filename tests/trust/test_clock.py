"""Clocks that jump, days of 23 and 25 hours, midnight with everybody at work (trust.md, T24)."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest

from hms.features.tokens.errors import ClockBack
from hms.infra import settings as conf
from hms.kernel import clock
from tests.house.sources import ROOT
from tests.sizes import nightly, sizes
from tests.support import Clock, Hospital, hospital_at, opened
from tests.trust.books import faults, url_of
from tests.trust.desk_process import at_work, issue, processes, settings_at

CUT_OFF = time(3, 0)
JUMPS = [  # a zone, and the UTC instant at which its clock jumps
    ("Europe/Berlin", "2031-03-30T01:00"),
    ("Europe/Berlin", "2031-10-26T01:00"),
    ("America/New_York", "2031-03-09T07:00"),
    ("America/New_York", "2031-11-02T06:00"),
    ("Australia/Lord_Howe", "2031-10-04T15:30"),
    ("Australia/Lord_Howe", "2031-04-05T15:00"),
    ("America/Havana", "2031-03-09T05:00"),
    ("America/Havana", "2031-11-02T05:00"),
]


def numbers(hospital: Hospital) -> dict[date, list[int]]:
    """Return the numbers of each service day in the order of their issue."""
    found: dict[date, list[int]] = {}
    for day, number in hospital.rows("SELECT service_day, number FROM token ORDER BY id"):
        found.setdefault(date.fromisoformat(day), []).append(number)
    return found


@pytest.mark.parametrize(("zone", "jump"), JUMPS)
@pytest.mark.parametrize("cut_off", [CUT_OFF, time(0, 0), time(2, 30)], ids=str)
def test_a_day_of_23_or_25_hours_has_one_row_of_numbers(
    tmp_path: Path, zone: str, jump: str, cut_off: time
) -> None:
    place = conf.Hospital(name="St. Test", timezone=zone, day_starts_at=cut_off)
    at = datetime.fromisoformat(jump).replace(tzinfo=UTC)
    offsets = {
        (at + timedelta(seconds=s)).astimezone(clock.zone(zone)).utcoffset() for s in (-1, 1)
    }
    assert len(offsets) == 2, "the clock jumps here"
    with hospital_at(tmp_path / "hms.db", hospital=place) as hospital:
        hospital.clock.at = at - timedelta(hours=30)
        while hospital.clock.at < at + timedelta(hours=30):
            hospital.issue()
            hospital.clock.forward(minutes=45)
        days = numbers(hospital)
        assert 3 <= len(days) <= 4
        assert list(days) == [min(days) + timedelta(days=n) for n in range(len(days))]
        assert all(given == list(range(1, len(given) + 1)) for given in days.values())
        assert faults(hospital) == []


def test_a_clock_an_hour_back_gives_out_nothing_until_it_is_right(tmp_path: Path) -> None:
    with hospital_at(tmp_path / "hms.db") as hospital:
        hospital.issue()
        hospital.clock.forward(hours=-1)
        with pytest.raises(ClockBack, match="before the last token of GM"):
            hospital.issue()
        hospital.clock.forward(minutes=56)  # four minutes are forgiven
        assert hospital.issue().number == 2
        assert faults(hospital) == []


def test_a_clock_a_day_ahead_gives_no_number_of_a_day_twice(tmp_path: Path) -> None:
    with hospital_at(tmp_path / "hms.db") as hospital:
        assert hospital.issue().number == 1
        hospital.clock.forward(days=1)
        assert [hospital.issue().number for _ in range(2)] == [1, 2]  # of tomorrow
        hospital.clock.forward(days=-1)
        with pytest.raises(ClockBack):
            hospital.issue()
        hospital.clock.forward(days=1)
        assert hospital.issue().number == 3
        days = numbers(hospital)
        assert [len(given) for given in days.values()] == [1, 3]
        assert faults(hospital) == []


# --- many desks over midnight, each with a clock of its own ------------------------


def over_midnight(
    url: str, from_at: datetime, ahead_seconds: float, count: int, start: Barrier, results: Any
) -> None:
    """Give out ``count`` tokens while one's own clock goes over the cut-off."""
    told = []
    with at_work(url) as application:
        start.wait()
        for number in range(count):
            at = from_at + timedelta(seconds=ahead_seconds + number * 120 / count)
            with clock.replaced(Clock(at)):
                token = issue(application, "GM")
                told.append((token.service_day, token.number))
    results.put(told)


@pytest.mark.serial
@sizes("count", 25, 1_000)
@pytest.mark.parametrize("ahead", [(0,) * 8, (-90, 90)], ids=["eight desks", "two clocks"])
def test_over_midnight_numbers_begin_again_once(
    tmp_path: Path, ahead: tuple[float, ...], count: int
) -> None:
    with hospital_at(tmp_path / "hms.db"):
        pass
    url = url_of(tmp_path / "hms.db")
    cut = datetime(2031, 3, 5, 3, 0, tzinfo=UTC)
    context = processes()
    start, results = context.Barrier(len(ahead)), context.SimpleQueue()
    desks = [
        context.Process(
            target=over_midnight,
            args=(url, cut - timedelta(seconds=60), skew, count, start, results),
        )
        for skew in ahead
    ]
    for desk in desks:
        desk.start()
    told = [one for _ in desks for one in results.get()]
    for desk in desks:
        desk.join()
    print(f"\n{len(ahead)} desks over midnight: {len(told)} tokens on two days")
    assert len(set(told)) == len(told) == count * len(ahead)
    for day in (date(2031, 3, 4), date(2031, 3, 5)):
        given = sorted(number for of_day, number in told if of_day == day)
        assert given == list(range(1, len(given) + 1))
        assert given
    with opened(settings_at(url)) as hospital:
        assert faults(hospital) == []


# --- a real clock that is set, by libfaketime -----------------------------------------


@pytest.fixture(scope="session")
def faketime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return libfaketime: installed, or taken out of its Debian package."""
    known = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    if known:
        return known[0]
    folder = tmp_path_factory.mktemp("faketime")
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        pytest.skip("libfaketime is not installed, and this is no Debian")
    got = subprocess.run(
        ["apt-get", "download", "libfaketime"],
        cwd=folder,
        capture_output=True,
        check=False,
        timeout=60,
    )
    for package in folder.glob("libfaketime*.deb"):
        subprocess.run(["dpkg", "-x", str(package), str(folder)], check=True)
    found = sorted(folder.rglob("libfaketime.so.1"))
    if got.returncode or not found:
        pytest.skip("libfaketime is not installed and cannot be fetched: apt-get install faketime")
    return found[0]


ISSUE = """
import sys
from pathlib import Path
from hms.kernel.errors import HmsError
from tests.trust.desk_process import at_work, issue
with at_work(sys.argv[1]) as application:
    for line in sys.stdin:
        Path(sys.argv[2]).write_text(line)
        try:
            token = issue(application, "GM")
            print(token.service_day, token.number, flush=True)
        except HmsError as error:
            print(error.code, flush=True)
"""


@nightly
@pytest.mark.serial
def test_a_machine_whose_clock_is_set_while_a_desk_works(tmp_path: Path, faketime: Path) -> None:
    with hospital_at(tmp_path / "hms.db"):
        pass
    said_time = tmp_path / "time"
    said_time.write_text("@2031-03-04 09:00:00\n")
    env = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "TZ": "UTC",
        "LD_PRELOAD": str(faketime),
        "FAKETIME_TIMESTAMP_FILE": str(said_time),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "PYTHONPATH": str(ROOT),
    }
    times = [
        ("@2031-03-04 09:00:00", "2031-03-04 1"),
        ("@2031-03-04 08:00:00", "tokens.clock_back"),
        ("@2031-03-04 09:01:00", "2031-03-04 2"),
        ("@2031-03-05 09:01:00", "2031-03-05 1"),
        ("@2031-03-04 09:02:00", "tokens.clock_back"),
        ("@2031-03-05 02:59:00", "tokens.clock_back"),
        ("@2031-03-05 09:02:00", "2031-03-05 2"),
        ("@2031-03-06 02:59:59", "2031-03-05 3"),
        ("@2031-03-06 03:00:00", "2031-03-06 1"),
    ]
    desk = subprocess.run(
        [sys.executable, "-c", ISSUE, url_of(tmp_path / "hms.db"), str(said_time)],
        input="".join(f"{at}\n" for at, _ in times),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=env,
        check=False,
        timeout=300,
    )
    assert desk.stdout.splitlines() == [expected for _, expected in times], desk.stderr
    with opened(settings_at(url_of(tmp_path / "hms.db"))) as hospital:
        assert faults(hospital) == []
