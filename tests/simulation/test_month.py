"""A simulation as a whole: its summary, its pace, and the wall that followed it."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hms.infra.db import Database, open_database
from hms.kernel.board import RECENT_CALLS
from hms.simulation.arrivals import Arrivals, RefusedRow
from hms.simulation.engine import Simulation
from hms.simulation.month import Plan, quantile, simulate_month
from hms.simulation.plan import LINES, seats
from hms.simulation.scratch import furnish, scratch_hospital
from kiosk_display.feed import Opening, look
from tests.simulation.days import arrival, first
from tests.support import quick_folder


def test_the_summary_counts_every_row_of_the_file() -> None:
    arrivals = Arrivals(first(30), (RefusedRow(7, "sex is X"),))
    summary = simulate_month(arrivals, Plan())
    told = summary.as_json()
    assert told["arrivals"] == 31
    assert (told["issued"], told["called"], told["completed"]) == (30, 30, 30)
    assert (told["refused"], told["waiting"], told["no_show"]) == (1, 0, 0)
    assert 0 <= told["wait_p50_minutes"] <= told["wait_p90_minutes"]


def test_nobody_came() -> None:
    told = simulate_month(Arrivals(()), Plan()).as_json()
    assert (told["arrivals"], told["issued"], told["wait_p50_minutes"]) == (0, 0, None)


def test_speed_is_simulated_seconds_in_one_second() -> None:
    arrivals = Arrivals((arrival(9, 0), arrival(9, 10)))
    began = time.monotonic()
    simulate_month(arrivals, Plan(speed=1_000))
    assert time.monotonic() - began >= 0.6


@pytest.mark.parametrize(
    ("values", "half", "most"), [([], None, None), ([3.0], 3.0, 3.0), ([1, 2, 3, 4], 3.0, 4.0)]
)
def test_quantiles(values: list[float], half: float | None, most: float | None) -> None:
    assert (quantile(values, 0.5), quantile(values, 0.9)) == (half, most)


class Screen:
    """A wall's screen that knows nothing but the contract's letter."""

    def __init__(self, snapshot: str) -> None:
        told = json.loads(snapshot)
        self.seq = told["seq"]
        self.queues = {queue["code"]: queue for queue in told["queues"]}
        self.calls: list[dict[str, Any]] = told["recent_calls"]
        self.notices = told["notices"]

    def take(self, text: str) -> None:
        frame = json.loads(text)
        assert frame["seq"] == self.seq + 1
        self.seq = frame["seq"]
        if frame["type"] == "QUEUE_UPDATED":
            self.queues[frame["queue"]["code"]] = frame["queue"]
        elif frame["type"] == "CALL":
            call = {key: frame[key] for key in ("call_id", "token", "queue", "room", "call_no")}
            self._forget(frame["token"])
            self.calls = [{**call, "at": frame["at"]}, *self.calls][:RECENT_CALLS]
        else:
            names = {"waiting", "next", "serving"} & frame.keys()
            self.queues[frame["queue"]].update({name: frame[name] for name in names})
            if frame.get("status") == "waiting":
                self._forget(frame["token"])

    def _forget(self, token: str) -> None:
        self.calls = [call for call in self.calls if call["token"] != token]


class Follower:
    """The wall's feed and one screen of it, looked at whenever somebody arrives."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.opening = self.open()
        self.cursor = self.opening.cursor
        self.stream = self.opening.streams[None]
        self.screen = Screen(self.stream.snapshot(datetime.now(UTC)))

    def open(self) -> Opening:
        found = self._database.read_now(lambda work: look(work, None, 0))
        assert isinstance(found, Opening)
        return found

    def follow(self, _arrivals: int) -> None:
        found = self._database.read_now(lambda work: look(work, self.opening, self.cursor))
        assert not isinstance(found, Opening)
        for sent in self.stream.advance(found.events, found.boards, found.notices):
            self.screen.take(sent.text)
        self.cursor = found.events[-1].id if found.events else self.cursor


def test_the_wall_folded_from_its_frames_equals_a_fresh_snapshot(tmp_path: Path) -> None:
    people = first(250)
    with quick_folder(tmp_path) as folder:
        url = f"sqlite+aiosqlite:///{folder / 'hms.db'}"
        with scratch_hospital(url) as application:
            who = application.as_service("simulate")
            places = seats(3, people)
            furnish(application, who, LINES, places)
            wall = Follower(open_database(application.settings, read_only=True))
            simulation = Simulation(application, who, people, places, no_show_rate=0.2)
            simulation.run(step=wall.follow, until=people[200].at)
            wall.follow(0)
            fresh = Screen(wall.open().streams[None].snapshot(datetime.now(UTC)))
            assert wall.screen.seq == fresh.seq > 1_500
            assert any(queue["waiting"] for queue in fresh.queues.values())
            assert list(wall.screen.queues.values()) == list(fresh.queues.values())
            assert wall.screen.calls == fresh.calls
            assert len(fresh.calls) == RECENT_CALLS
            wall._database.close_now()
