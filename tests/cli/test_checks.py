"""Single checks that ``hms check`` puts together."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from hms.cli import checks
from hms.cli.checks import Finding, Grade
from hms.infra.settings import (
    DatabaseSettings,
    DisplaySettings,
    Hospital,
    RedisSettings,
    Settings,
)
from tests.redis_server import redis_server
from tests.voices import FAILS, SPEAKS, program


def settings(folder: Path, **sections: object) -> Settings:
    """Return settings with their data in ``folder``."""
    database = DatabaseSettings(f"sqlite+aiosqlite:///{folder}/hms.db")
    return Settings(database=database, **sections)  # type: ignore[arg-type]


def test_a_bell_needs_a_folder_of_its_own(tmp_path: Path) -> None:
    """Without one the wall only follows a little later."""
    assert checks.bell(settings(tmp_path)).grade is Grade.OK
    assert checks.bell(settings(tmp_path / "missing")).grade is Grade.NOTE


def test_redis_is_rung(tmp_path: Path) -> None:
    with redis_server() as server:
        found = checks.redis(settings(tmp_path, redis=RedisSettings(server.url)))
    assert (found.grade, found.found) == (Grade.OK, "rings and keeps, across machines")


def test_redis_out_of_reach_is_a_note(tmp_path: Path) -> None:
    """Slower, never wrong."""
    found = checks.redis(settings(tmp_path, redis=RedisSettings("redis://127.0.0.1:1/0")))
    assert found.grade is Grade.NOTE
    assert checks.redis(settings(tmp_path)).found == "not used"


def test_what_is_not_there_is_not_open_to_others(tmp_path: Path) -> None:
    """A session that nobody has opened needs no mode."""
    tmp_path.chmod(0o700)
    assert checks.private_files(settings(tmp_path)).grade is Grade.OK


def test_a_voice_that_is_missing_is_a_note_and_one_that_fails_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wall chimes meanwhile; who configured a command wants to know that it is wrong."""

    def look(**display: Any) -> Finding:
        return checks.voice(Settings(display=DisplaySettings(**display)))

    assert look(speech="off").grade is Grade.OK
    assert look(speech_command=program(tmp_path, SPEAKS)).grade is Grade.OK
    failing = look(speech_command=program(tmp_path, FAILS))
    assert failing.grade is Grade.PROBLEM
    assert "en: " in failing.found
    assert "exit code 3" in failing.found
    assert look(speech_command=("nonesuch",)).grade is Grade.PROBLEM
    monkeypatch.setenv("PATH", str(tmp_path))
    missing = look()
    assert missing.grade is Grade.NOTE
    assert "apt-get install espeak-ng" in missing.to_do


def test_a_language_without_a_voice_is_named() -> None:
    if shutil.which("espeak-ng") is None:
        pytest.skip("no espeak-ng on this machine: the voice was NOT tested")
    hospital = Hospital(languages=("en", "tlh"))
    found = checks.voice(Settings(hospital=hospital))
    assert found.grade is Grade.NOTE
    assert "tlh" in found.found
