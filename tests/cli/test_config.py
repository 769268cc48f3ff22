"""``hms config show``: what holds, and why."""

from __future__ import annotations

import pytest

from hms.infra.settings_load import known_keys
from tests.cli.shell import Shell


def test_every_key_is_shown(shell: Shell) -> None:
    """Nothing that can be set is hidden."""
    shown = shell("config", "show", "--json").json
    named = {key for key in known_keys() if ".NAME." in key}
    assert set(shown) == set(known_keys()) - {"zones"} - named
    assert shown["hospital.day_starts_at"] == "03:00"


def test_origins_name_file_and_line(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever wonders about a value knows where to change it."""
    (shell.folder / "hms.toml").write_text('[zones]\nhall-a = ["GM"]\n')
    monkeypatch.setenv("HMS_DISPLAY__PORT", "9")
    shown = shell("config", "show", "--origin", "--json").json
    assert shown["zones.hall-a"] == {
        "value": ["GM"],
        "origin": f"{shell.folder / 'hms.toml'}, line 2",
    }
    assert shown["display.port"]["origin"] == "environment variable HMS_DISPLAY__PORT"
    assert shown["display.host"]["origin"] == "default"


def test_a_password_in_an_address_is_not_shown(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The screen may be shared with whoever helps."""
    monkeypatch.setenv("HMS_DATABASE__URL", "postgresql+asyncpg://hms:s3cret@db:5432/hms")
    monkeypatch.setenv("HMS_REDIS__URL", "redis://:s3cret@cache/0")
    said = shell("config", "show")
    assert "s3cret" not in said.out
    assert "hms:***@db" in said.out


def test_what_one_zone_does_otherwise_is_shown(shell: Shell) -> None:
    """And only what it does otherwise."""
    (shell.folder / "hms.toml").write_text(
        '[zones]\nward = ["GM"]\n[display.zones.ward]\nquiet = "21:00-07:00"\n'
    )
    shown = shell("config", "show", "--json").json
    assert shown["display.zones.ward.quiet"] == "21:00-07:00"
    assert "display.zones.ward.volume" not in shown


def test_it_needs_neither_session_nor_database(shell: Shell) -> None:
    """It is what one looks at when those fail."""
    assert shell("config", "show").code == 0
    assert not list(shell.folder.iterdir())
