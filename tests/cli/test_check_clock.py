"""``hms check`` on this machine's clock: beside what was recorded, and beside PostgreSQL's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hms.kernel import clock
from tests import postgres
from tests.cli.shell import Said, Shell


def found_in(said: Said) -> dict[str, Any]:
    """Return what was found about the clock."""
    return next(one for one in said.json["checks"] if one["name"] == "clock")


def test_a_clock_that_went_back_is_a_problem(hospital: Shell) -> None:
    """Tokens would be ordered before those that wait already."""
    with clock.replaced(lambda: datetime.now(UTC) - timedelta(minutes=6)):
        said = hospital("check", "--json")
    assert said.code == 3
    assert "the last event was at" in found_in(said)["found"]
    with clock.replaced(lambda: datetime.now(UTC) - timedelta(minutes=4)):
        assert hospital("check").code == 0


def test_a_desk_whose_clock_is_not_the_databases_is_told(
    hospital: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever comes to it would be called before, or after, those who came elsewhere."""
    place = tmp_path / "target"
    with postgres.made_for(place):
        to = postgres.settings_of(place).url
        assert hospital("db", "copy", "--to", to, "--yes").code == 0
        monkeypatch.setenv("HMS_DATABASE__URL", to)
        for seconds, said in ((90, "90 s ahead of"), (-90, "90 s behind"), (1, "in UTC")):
            off = timedelta(seconds=seconds)
            with clock.replaced(lambda off=off: datetime.now(UTC) + off):  # type: ignore[misc]
                found = found_in(hospital("check", "--json"))
            assert said in found["found"]
            assert found["ok"] is (seconds == 1)
