"""``make bench``: one table, one file, exit code 3 when a bound is not kept."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from benchmarks import run
from benchmarks.measure import row


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(run, "RESULTS", tmp_path / "results.json")
    return tmp_path / "results.json"


def pretend(monkeypatch: pytest.MonkeyPatch, value: float) -> list[bool]:
    """Put one benchmark in the place of all; return how it was asked."""
    asked: list[bool] = []

    def rows(quick: bool) -> list[dict[str, Any]]:
        asked.append(quick)
        return [row("a thing", value, "ms", 15.0, taken_ms=[value])]

    module = ModuleType("benchmarks.pretended")
    module.rows = rows  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "benchmarks.pretended", module)
    monkeypatch.setattr(run, "BENCHMARKS", ("pretended",))
    return asked


def test_kept_bounds_are_written_and_printed(
    results: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pretend(monkeypatch, 3.0)
    assert run.main([]) == 0
    [written] = json.loads(results.read_text())
    assert tuple(written) == run.KEYS
    assert "a thing\t3 ms\t<= 15 ms" in capsys.readouterr().out


def test_a_bound_that_is_not_kept_is_told_and_ends_with_3(
    results: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pretend(monkeypatch, 30.0)
    assert run.main([]) == 3
    assert "NOT OK" in capsys.readouterr().out
    assert json.loads(results.read_text())[0]["ok"] is False


@pytest.mark.parametrize(("said", "quick"), [("1", True), ("0", False), ("", False)])
def test_quick_comes_from_the_environment(
    results: Path, monkeypatch: pytest.MonkeyPatch, said: str, quick: bool
) -> None:
    monkeypatch.setenv("QUICK", said)
    asked = pretend(monkeypatch, 1.0)
    run.main([])
    assert asked == [quick]
    assert results.exists()


def test_an_unknown_benchmark_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["nonsense"]) == 2
    assert "nonsense" in capsys.readouterr().err
