"""A fault of ours shows no data (trust.md T27): every command, and the console all over."""

from __future__ import annotations

import re
import shutil
import stat
from pathlib import Path

import pytest

from tests.console.scratch import PASSWORD, build
from tests.journeys.pty_desk import Terminal, python
from tests.trust.broken_console import PLACES
from tests.trust.hostile import foreign

SMALL = ("command", "timer", "message")


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hospital, made once."""
    folder = tmp_path_factory.mktemp("crash") / "data"
    build(folder)
    return folder


@pytest.fixture
def folder(furnished: Path, tmp_path: Path) -> Path:
    """A hospital of this test's own."""
    shutil.copytree(furnished, tmp_path / "hms-data")
    return tmp_path / "hms-data"


def look_at(terminal: Terminal, log: Path) -> None:
    """Find the canary neither on the terminal nor in the log, which is its owner's alone."""
    raw = bytes(terminal.raw)
    assert not re.search(rb"canary|birdsong|Traceback", raw, re.IGNORECASE)
    if log.exists():
        assert not re.search("canary|birdsong", log.read_text(), re.IGNORECASE)
        assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_every_command_fails_with_an_id_and_nothing_else(folder: Path) -> None:
    (folder.parent / "hms.toml").write_text(
        '[database]\nurl = "sqlite+aiosqlite:///hms-data/hms.db"\n'
    )
    program = python("tests.trust.every_command", "broken", str(folder.parent))
    with Terminal(program, columns=200, lines=50) as terminal:
        assert terminal.exit_code(120) == 0
        look_at(terminal, folder / "errors.log")
        ended = re.search(rb"ENDED (\d+) ONE (\d+)", terminal.raw)
        assert ended is not None
        # The others never open the hospital, or refuse the placeholders they are given.
        assert int(ended[2]) >= 0.75 * int(ended[1]) >= 60
        assert len(re.findall(rb"error id [0-9A-Z]{8}", terminal.raw)) == int(ended[2])
        assert terminal.terminal_is_sane()


@pytest.mark.parametrize(
    "place",
    [name if name in SMALL else pytest.param(name, marks=pytest.mark.long) for name in PLACES],
)
def test_the_console_fails_with_an_id_and_nothing_else(folder: Path, place: str) -> None:
    goes_on = PLACES[place][3]
    log = folder / "state" / "console-errors.log"
    with Terminal(python("tests.trust.broken_console", str(folder), place)) as terminal:
        if goes_on:
            terminal.wait_for("Please sign in", 60)
            terminal.type(f"rosa<enter>{PASSWORD}<enter>")
            terminal.settle(1.0, 20)
            terminal.type("zara quist<enter><enter>")
            terminal.settle(0.5, 5)
            terminal.kill(15)  # type: ignore[arg-type]
            assert terminal.exit_code(30) == 0
        else:
            if place in ("action", "message"):
                terminal.wait_for("Please sign in", 60)
                terminal.type("<f1>" if place == "action" else "rosa<enter>x<enter>")
            assert terminal.exit_code(60) == 1
            assert re.search(rb"Error id: [0-9A-Z]{8}", terminal.raw)
        look_at(terminal, log)
        assert log.exists() == (place != "drafts")
        assert foreign(bytes(terminal.raw)) == []
        assert terminal.terminal_is_sane()
