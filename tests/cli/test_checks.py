"""Single checks that ``hms check`` puts together."""

from __future__ import annotations

from pathlib import Path

from hms.cli import checks
from hms.cli.checks import Grade
from hms.infra.settings import DatabaseSettings, RedisSettings, Settings


def settings(folder: Path, **sections: object) -> Settings:
    """Return settings with their data in ``folder``."""
    database = DatabaseSettings(f"sqlite+aiosqlite:///{folder}/hms.db")
    return Settings(database=database, **sections)  # type: ignore[arg-type]


def test_a_bell_needs_a_folder_of_its_own(tmp_path: Path) -> None:
    """Without one the wall only follows a little later."""
    assert checks.bell(settings(tmp_path)).grade is Grade.OK
    assert checks.bell(settings(tmp_path / "missing")).grade is Grade.NOTE


def test_redis_out_of_reach_is_a_note(tmp_path: Path) -> None:
    """Slower, never wrong."""
    found = checks.redis(settings(tmp_path, redis=RedisSettings("redis://127.0.0.1:1/0")))
    assert found.grade is Grade.NOTE
    assert checks.redis(settings(tmp_path)).found == "not used"


def test_what_is_not_there_is_not_open_to_others(tmp_path: Path) -> None:
    """A session that nobody has opened needs no mode."""
    tmp_path.chmod(0o700)
    assert checks.private_files(settings(tmp_path)).grade is Grade.OK
