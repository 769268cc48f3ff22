"""What a process does not load before it needs it: every command and every Tab pays for it."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from importlib import import_module

import pytest

from tests.house.sources import ROOT

LAZY = ("hms.features.staff.service", "hms.features.tokens.service")
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


def test_calling_the_next_token_loads_what_that_takes() -> None:
    """Verifying a session needs hmac alone, and a use case not the others beside it."""
    modules = loaded(
        "from hms.cli.main import command_line\n"
        "from hms.features.staff import service as staff\n"
        "from hms.features.tokens import commands, service\n"
        "from hms.infra.hmac_jwt import jwt\n"
        "staff.actor_of, staff.is_fresh, service.call_next, service.show_token"
    )
    assert not modules & {"cryptography", "passlib", "argon2", "textual", "rich", "alembic"}
    assert "hms.features.patients.model" not in modules
    assert "hms.features.staff.service.access" not in modules
    assert not {name for name in modules if name.startswith("hms.features.tokens.service.")} & {
        f"hms.features.tokens.service.{part}" for part in ("day", "issuing", "paper", "queues")
    }


@pytest.mark.parametrize("package", LAZY)
def test_a_package_of_parts_says_the_same_to_the_type_checker_and_at_run_time(package: str) -> None:
    """Each name that a type checker sees is found in that very part, and no other is."""
    module = import_module(package)
    tree = ast.parse((ROOT / package.replace(".", "/") / "__init__.py").read_text("utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {
        node.module: {alias.name for alias in node.names}
        for node in block.body
        if isinstance(node, ast.ImportFrom)
    }
    assert seen == {f"{package}.{part}": set(names) for part, names in module._PARTS.items()}
    for home, names in seen.items():
        for name in names:
            assert getattr(module, name) is getattr(import_module(str(home)), name)


def test_the_wall_loads_no_screen_no_command_and_no_use_case() -> None:
    """The display server can read boards and nothing more; the tables of patients it has not."""
    modules = loaded("import kiosk_display.server")
    assert not modules & {"textual", "typer", "cryptography", "jwt"}
    assert not {name for name in modules if name.startswith("hms.features.patients.")}
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
