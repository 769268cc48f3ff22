"""What a process does not load before it needs it: every command and every Tab pays for it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.house.sources import ROOT

HEAVY = ("sqlmodel", "sqlalchemy", "textual", "asyncio", "pydantic", "rich", "aiosqlite")


def loaded(code: str) -> set[str]:
    """Return the top packages and modules that a fresh interpreter holds after ``code``."""
    script = f"{code}\nimport json, sys\nprint('\\n' + json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_the_command_line_starts_without_database_and_screens() -> None:
    """``hms --help`` and each completion load neither tables nor screens nor asyncio."""
    modules = loaded("from hms.cli.main import main\nmain(['--help'])")
    assert not modules & set(HEAVY)


def test_the_manifests_import_nothing_but_manifests() -> None:
    """Listing the features does not load their tables, services or commands."""
    modules = loaded("from hms.features import manifests\nmanifests()")
    assert not modules & {*HEAVY, "typer"}
    inside = {name for name in modules if name.startswith("hms.features.") and name.count(".") > 2}
    assert not inside


def test_the_kernel_does_no_input_or_output() -> None:
    """The words of the house need the standard library alone."""
    names = ", ".join(f"hms.kernel.{path.stem}" for path in (ROOT / "hms/kernel").glob("[!_]*.py"))
    modules = loaded(f"import {names}")
    assert not modules & {*HEAVY, "typer", "socket", "sqlite3", "logging"}


def test_the_wall_loads_no_screen_no_command_and_no_use_case() -> None:
    """The display server can read boards and nothing more."""
    modules = loaded("import kiosk_display.server")
    assert not modules & {"textual", "typer"}
    assert not {name for name in modules if ".service" in name and name.startswith("hms.")}


@pytest.mark.parametrize("module", ["hms.infra.settings", "hms.kit.output", "hms.kit.invocation"])
def test_what_every_command_loads_is_light(module: str) -> None:
    """Settings and output cost a command next to nothing."""
    assert not loaded(f"import {module}") & set(HEAVY)


def test_sqlite_is_chosen_before_anything_else_may_choose() -> None:
    """The process has one SQLite library, the one of the gate."""
    code = (
        "import hms.infra.db, hms.infra.sqlite, sys\n"
        "from hms.infra.sqlite import GATE\n"
        "import sqlite3\n"
        "assert sqlite3.sqlite_version_info == GATE.version\n"
        "import aiosqlite.core\n"
        "assert aiosqlite.core.sqlite3.sqlite_version_info == GATE.version"
    )
    loaded(code)
