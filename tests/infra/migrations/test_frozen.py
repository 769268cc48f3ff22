"""The migrations lead to exactly the schema of the models."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from hms.bootstrap import load_models
from hms.infra import schema, sqlite
from hms.infra.migrations import frozen
from hms.infra.tables import SCHEMA_VERSION, metadata
from tests.house.sources import ROOT


def freezing() -> ModuleType:
    """Return the script that freezes the models."""
    spec = importlib.util.spec_from_file_location("freeze_schema", ROOT / ".ci/freeze_schema.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def made(path: Path, make: Callable[[Any], object]) -> dict[str, str]:
    """Return the schema of a new SQLite database that ``make`` fills."""
    db = sqlite.connect(sqlite.open_raw(path, create=True), writer=True)
    make(db)
    found: dict[str, str] = freezing().schema_of(db)
    db.close()
    return {name: " ".join(sql.split()) for name, sql in found.items()}


def whole(db: Any) -> None:
    """Make all tables at once, as ``hms init`` does."""
    load_models()
    with db.begin():
        metadata.create_all(db)


def test_step_by_step_gives_the_schema_that_init_makes(tmp_path: Path) -> None:
    by_steps = made(tmp_path / "steps.db", schema.upgrade)
    at_once = made(tmp_path / "once.db", whole)
    assert by_steps == at_once
    kinds = {sql.split()[1] for sql in at_once.values()}
    assert {"TABLE", "INDEX", "UNIQUE", "TRIGGER", "VIRTUAL"} <= kinds


def test_the_newest_step_is_the_version_that_this_hms_needs() -> None:
    steps = sorted(path.name for path in frozen.FOLDER.glob("v[0-9]*.py"))
    assert int(steps[-1][1:5]) == SCHEMA_VERSION
    assert [int(name[1:5]) for name in steps] == list(range(1, len(steps) + 1))


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_the_newest_step_holds_what_the_models_add(dialect: str) -> None:
    kept = frozen.statements(f"{SCHEMA_VERSION:04d}", dialect)
    made = freezing().added(dialect)  # in an order that depends on what was imported first
    assert sorted(kept) == sorted(made), "run: python .ci/freeze_schema.py"


def test_a_table_that_a_later_step_takes_away_is_not_asked_of_the_models() -> None:
    def all_of(version: int) -> str:
        return " ".join(frozen.before(version, "postgresql"))

    assert "patient_term" not in all_of(2)
    assert "CREATE TABLE IF NOT EXISTS patient_term" in " ".join(
        frozen.statements("0001", "postgresql")
    )
