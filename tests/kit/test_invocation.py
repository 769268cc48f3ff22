"""One run of a command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from hms.infra.settings_load import SettingsError
from hms.kit.invocation import Invocation, begin, current


def test_the_current_run_is_the_one_that_began() -> None:
    """Whatever a command asks of its run, it asks the same one."""
    mine = Invocation(json=True)
    begin(mine)
    assert current() is mine


def test_settings_are_read_from_the_named_file(tmp_path: Path) -> None:
    """``--config`` reaches everything that reads settings."""
    file = tmp_path / "hms.toml"
    file.write_text("[display]\nport = 9\n")
    assert Invocation(config=file).settings().display.port == 9
    with pytest.raises(SettingsError):
        Invocation(config=tmp_path / "none.toml").settings()


def test_closing_twice_is_harmless() -> None:
    """A run that opened nothing has nothing to close."""
    invocation = Invocation()
    invocation.close()
    invocation.close()
