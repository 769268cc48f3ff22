"""A running demo: its wall answers, a taken port is passed by, nothing is left."""

from __future__ import annotations

import socket
import tempfile
import threading
import urllib.request
from pathlib import Path

import pytest

from hms.simulation.demo import session
from hms.simulation.demo.session import NoWall, Wall, running_demo
from tests.cli.test_serve import health
from tests.support import hospital_at, sqlite_settings


def test_the_wall_is_served_beside_the_life_and_all_of_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with running_demo(timezone="UTC", port=0, speed=20, morning_minutes=2) as running:
        assert health(running.wall)["status"] == "ok"
        assert {thread.name for thread in threading.enumerate()} >= {"life", "wall"}
    assert not {thread.name for thread in threading.enumerate()} & {"life", "wall"}
    assert not any(tmp_path.iterdir())
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"{running.wall}healthz", timeout=5)


def test_a_taken_port_is_passed_by() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with running_demo(timezone="UTC", port=port, speed=1, morning_minutes=0.1) as running:
            assert running.port != port


def test_a_wall_that_cannot_be_served_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "HOST", "203.0.113.1")
    with hospital_at(tmp_path / "hms.db") as hospital:
        wall = Wall(hospital.settings, 0)
        with pytest.raises(NoWall):
            wall.start()
        wall.stop()


def test_a_wall_without_a_hospital_is_told(tmp_path: Path) -> None:
    wall = Wall(sqlite_settings(tmp_path / "hms.db"), 0)
    with pytest.raises(NoWall):
        wall.start()
    wall.stop()
