"""A program of others is told nothing of our settings."""

from __future__ import annotations

import pytest

from hms.infra.programs import environment


def test_a_program_is_told_nothing_of_our_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HMS_DATABASE__URL", "postgresql+asyncpg://hms:a-secret@db/hms")
    monkeypatch.setenv("LANG", "hi_IN.UTF-8")
    told = environment(PULSE_SERVER="none", LANG="C")
    assert not [name for name in told if name.startswith("HMS_")]
    assert told["PULSE_SERVER"] == "none"
    assert told["LANG"] == "hi_IN.UTF-8"
