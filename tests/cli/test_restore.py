"""``hms restore``: only onto a stopped system, and the old data is kept."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.house.sources import ROOT


@pytest.fixture
def file(hospital: Shell) -> str:
    """Return a backup made before a room was added."""
    made: str = hospital("backup", "--json").json["file"]
    assert hospital("room", "add", "Room 9").code == 0
    return made


def rooms(shell: Shell) -> list[str]:
    """Return the rooms of the hospital, after signing in again."""
    done = shell.process("login", "admin", "--password-stdin", stdin="a long enough passphrase\n")
    assert done.code == 0, done.err
    return [room["name"] for room in shell("room", "list", "--json").json]


def test_the_hospital_is_as_it_was_and_everybody_signs_in_again(hospital: Shell, file: str) -> None:
    said = hospital("restore", file, "--yes", "--json")
    assert said.code == 0
    assert Path(said.json["old_data"]).exists()
    assert hospital("whoami").code == 4
    assert rooms(hospital) == []
    [entry] = hospital("audit", "show", "--action", "backup.restore", "--json").json
    assert entry["user"].startswith("owner: ")
    assert hospital("audit", "verify").code == 0
    assert hospital("db", "check").code == 0


def test_it_needs_no_session(hospital: Shell, file: str) -> None:
    hospital("logout")
    said = hospital("restore", file, "--yes")
    assert said.code == 0
    assert "give people with later slips a new one" in said.err


def test_it_is_told_where_numbers_go_on(hospital: Shell, file: str) -> None:
    assert hospital("queue", "add", "GM", "--name", "General").code == 0
    later = hospital("backup", "--json").json["file"]
    said = hospital("restore", later, "--yes", "--json")
    assert said.json["numbers"] == {"known": True, "series": []}
    said = hospital("restore", later, "--yes", "--skip-numbers", "20")
    assert "numbers go on behind: GM 20" in said.err


def test_nobody_is_asked_without_a_terminal(hospital: Shell, file: str) -> None:
    assert hospital.process("restore", file, "--json").code == 2
    assert hospital("room", "list", "--json").json[0]["name"] == "Room 9"


def test_a_console_that_is_open_is_in_the_way(hospital: Shell, file: str) -> None:
    code = (
        "import sys; from pathlib import Path; from hms.bootstrap import open_application\n"
        "open_application(Path('hms.toml')); print('open', flush=True); sys.stdin.read()"
    )
    console = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=hospital.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert console.stdout is not None
    assert console.stdout.readline() == "open\n"
    said = hospital("restore", file, "--yes", "--json")
    assert said.code == 6
    assert said.error["code"] == "database.in_use"
    assert str(console.pid) in said.error["message"]
    console.kill()
    console.communicate()
    assert hospital("restore", file, "--yes").code == 0


def test_a_damaged_backup_is_refused_with_exit_3(hospital: Shell, file: str) -> None:
    whole = Path(file).read_bytes()
    Path(file).write_bytes(whole[:-1])
    assert hospital("restore", file, "--yes").code == 3
    assert hospital("room", "list", "--json").json[0]["name"] == "Room 9"


def test_a_stranger_may_not(hospital: Shell, file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    said = hospital("restore", file, "--yes", "--json")
    assert said.code == 4
    assert said.error["code"] == "restore.not_the_owner"
