"""What all tests share: a clean environment, and no silent skip where everything is required."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest

_EXEMPT = ("HMS_TEST_", "HMS_REQUIRE_ALL")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Keep the person's own configuration, session and data out of every test."""
    for name in list(os.environ):
        if name.startswith("HMS_") and not name.startswith(_EXEMPT):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    monkeypatch.setenv("HOME", str(home))
    for kind in ("CONFIG", "DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(home / kind.lower()))
    return home


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where ``HMS_REQUIRE_ALL`` is set, a skipped test is a failed one."""
    report = yield
    if report.skipped and os.environ.get("HMS_REQUIRE_ALL") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped although HMS_REQUIRE_ALL is set"
    return report
