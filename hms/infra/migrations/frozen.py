"""A schema frozen as SQL: the statements that make it, one file for each kind of database."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent / "versions"
_BETWEEN = "\n-- next\n"
_HEAD = "-- Frozen from the models by .ci/freeze_schema.py; a later schema is a later migration.\n"


def statements(revision: str, dialect: str) -> list[str]:
    """Return the statements that make the schema ``revision`` on ``dialect``."""
    text = (FOLDER / f"{revision}.{dialect}.sql").read_text(encoding="utf-8")
    return text.removeprefix(_HEAD).rstrip("\n").split(_BETWEEN)


def write(revision: str, dialect: str, made: list[str]) -> None:
    """Freeze the statements ``made`` as the schema ``revision`` on ``dialect``."""
    text = _HEAD + _BETWEEN.join(made) + "\n"
    (FOLDER / f"{revision}.{dialect}.sql").write_text(text, encoding="utf-8")
