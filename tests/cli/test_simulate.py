"""``hms simulate``: its summary, what it refuses, and that it leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.house.sources import ROOT
from tests.simulation.days import GOOD, HEAD, MONTH, written
from tests.sizes import sizes

SUMMARY = {
    "arrivals", "issued", "called", "completed", "no_show", "refused", "waiting",
    "wait_p50_minutes", "wait_p90_minutes", "seconds",
}  # fmt: skip

A_DAY, THE_MONTH = (276, 180), (8_563, 120)


@pytest.fixture(autouse=True)
def own_temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


@pytest.fixture
def day(tmp_path: Path) -> Path:
    """Return the month's first 40 arrivals as a file."""
    lines = MONTH.read_text(encoding="utf-8").splitlines()[:41]
    path = tmp_path / "day.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_it_needs_no_session_and_prints_the_contracts_keys(
    shell: Shell, day: Path, own_temp: Path
) -> None:
    said = shell("simulate", "--arrivals", str(day), "--speed", "0", "--json")
    assert said.code == 0, said.err
    assert set(said.json) >= SUMMARY
    assert said.json["arrivals"] == said.json["issued"] == said.json["completed"] == 40
    assert said.json["called"] == 40
    assert (said.json["no_show"], said.json["refused"], said.json["waiting"]) == (0, 0, 0)
    assert not any(own_temp.iterdir())
    assert not any(shell.folder.iterdir())


def test_people_read_a_line_for_each_number(shell: Shell, day: Path) -> None:
    said = shell("simulate", "--arrivals", str(day), "--doctors", "2")
    assert "issued\t40" in said.out
    assert "doctors\t2" in said.out


def test_refused_rows_are_reported_and_the_good_ones_kept(shell: Shell, tmp_path: Path) -> None:
    bad = GOOD.replace("2031-03-01", "2031-02-31")
    path = written(tmp_path / "a.csv", GOOD, bad, GOOD, "2031-03-01T00:5")
    said = shell("simulate", "--arrivals", str(path), "--json")
    assert said.code == 6
    assert (said.json["arrivals"], said.json["issued"], said.json["refused"]) == (4, 2, 2)
    assert [row["line"] for row in said.json["refused_rows"]] == [3, 5]
    assert "line 3: arrived_at" in said.err


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04\x00", HEAD.replace("sex,", "").encode(), f"{HEAD}\n".encode("utf-16")],
)
def test_a_file_that_is_no_arrivals_is_told_plainly(
    shell: Shell, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    said = shell("simulate", "--arrivals", str(path), "--json")
    assert said.code == 2
    assert said.error["code"] == "simulate.arrivals"
    assert "line 1" in said.error["message"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--speed", "-1"),
        ("--speed", "nan"),
        ("--speed", "inf"),
        ("--speed", "fast"),
        ("--doctors", "0"),
        ("--doctors", "1000000"),
        ("--no-show-rate", "1.5"),
        ("--arrivals", "nowhere.csv"),
        ("--desks", "0"),
        ("--screens", "1000000"),
        ("--hospitals", "51"),
        ("--queues", "-1"),
        ("--desks", "2", "--doctors", "0"),
        ("--desks", "2", "--no-show-rate", "0.5"),
    ],
)
def test_values_that_nobody_could_mean_are_usage_mistakes(
    shell: Shell, day: Path, arguments: tuple[str, str]
) -> None:
    said = shell("simulate", "--arrivals", str(day), *arguments, "--json")
    assert said.code == 2
    assert said.error["message"]


def test_a_hospital_at_work_is_refused_and_its_database_stays_as_it_is(
    shell: Shell, day: Path, tmp_path: Path
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'kept.db'}"
    assert shell("simulate", "--arrivals", str(day), "--database", url).code == 0
    before = (tmp_path / "kept.db").read_bytes()
    said = shell("simulate", "--arrivals", str(day), "--database", url, "--json")
    assert said.code == 6
    assert said.error["code"] == "simulate.hospital_in_use"
    assert (tmp_path / "kept.db").read_bytes() == before


def test_interrupted_it_leaves_nothing(day: Path, own_temp: Path) -> None:
    command = ["simulate", "--arrivals", str(day), "--speed", "1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "hms.cli.main", *command],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - a background job of a shell would ignore it
    )
    while not list(own_temp.glob("hms-simulate-*/hms.db")):
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    # Struck inside an exec of a string, Python ends itself by the signal: 130 to every shell, too.
    assert process.returncode in (130, -signal.SIGINT)
    assert "Traceback" not in err
    assert not any(own_temp.iterdir())


@sizes("much", A_DAY, THE_MONTH)
def test_a_day_and_a_month_run_as_fast_as_they_can_and_nobody_is_lost(
    shell: Shell, tmp_path: Path, much: tuple[int, int]
) -> None:
    arrivals, longest_wait_minutes = much
    lines = MONTH.read_text(encoding="utf-8").splitlines()
    path = written(tmp_path / "arrivals.csv", *lines[1 : arrivals + 1], head=lines[0])
    said = shell("simulate", "--arrivals", str(path), "--speed", "0", "--json")
    assert said.code == 0, said.err
    counted = [said.json[key] for key in ("arrivals", "issued", "called", "completed")]
    assert counted == [arrivals] * 4
    assert said.json["waiting"] == said.json["no_show"] == said.json["refused"] == 0
    assert 0 <= said.json["wait_p50_minutes"] < said.json["wait_p90_minutes"] < longest_wait_minutes
