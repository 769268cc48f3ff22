"""What each kind of setting takes and refuses."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Any

import pytest

from hms.infra import setting_kinds as kinds
from hms.infra.setting_kinds import WrongValue


def check(declared: Any, value: object) -> object:
    """Return what the declared setting makes of ``value``."""
    return declared.metadata["check"](value)


def test_a_time_of_day_may_be_a_text_or_a_time() -> None:
    """TOML has times of its own; seconds mean nothing for a day's start."""
    declared = kinds.day_time(time(3, 0))
    assert check(declared, "04:30") == time(4, 30)
    assert check(declared, time(4, 30, 12)) == time(4, 30)
    for wrong in ("4", "04:30:00", "24:00", 4, None):
        with pytest.raises(WrongValue):
            check(declared, wrong)


def test_a_number_has_its_bounds() -> None:
    """The least and the most are taken, beyond them nothing is."""
    declared = kinds.number(5, least=1, most=9)
    assert [check(declared, n) for n in (1, 9)] == [1, 9]
    for wrong in (0, 10, 1.0, "5", True, None):
        with pytest.raises(WrongValue):
            check(declared, wrong)


def test_a_database_needs_a_file_or_a_server(tmp_path: Path) -> None:
    """A database in memory could not be shared between the desks."""
    absolute = f"sqlite+aiosqlite:///{tmp_path}/hms.db"
    assert kinds.check_database_url(absolute, Path("/elsewhere")) == absolute
    server = "postgresql+asyncpg://hms@db/hms"
    assert kinds.check_database_url(server, tmp_path) == server
    for wrong in ("sqlite:///x", "sqlite+aiosqlite:///", "sqlite+aiosqlite:///:memory:", ""):
        with pytest.raises(WrongValue):
            kinds.check_database_url(wrong, tmp_path)


def test_the_file_of_an_address() -> None:
    """Options behind a question mark are no part of the name."""
    assert kinds.sqlite_path("sqlite+aiosqlite:////a/b.db?x=1") == Path("/a/b.db")
    assert kinds.sqlite_path("postgresql+asyncpg://db/hms") is None


def test_a_table_of_defaults_is_not_shared() -> None:
    """Two settings never hold the same dict."""
    declared = kinds.amounts({"child": 1}, least=0, most=9)
    assert declared.default_factory() is not declared.default_factory()
