"""A step frozen as SQL: the statements that it adds, one file for each kind of database."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent / "versions"
DROPPED = {"patient_term": 2}  # tables of a released step, and the step that takes them away
CHANGED = {"patient_words": 3}  # and the step that says anew what they are
_BETWEEN = "\n-- next\n"
_HEAD = "-- Frozen from the models by .ci/freeze_schema.py; a later schema is a later migration.\n"


def statements(revision: str, dialect: str) -> list[str]:
    """Return the statements that the step to ``revision`` adds on ``dialect``."""
    text = (FOLDER / f"{revision}.{dialect}.sql").read_text(encoding="utf-8")
    said = text.removeprefix(_HEAD).rstrip("\n")
    return said.split(_BETWEEN) if said else []


def write(revision: str, dialect: str, made: list[str]) -> None:
    """Freeze the statements ``made`` as the step to ``revision`` on ``dialect``."""
    text = _HEAD + _BETWEEN.join(made) + "\n"
    (FOLDER / f"{revision}.{dialect}.sql").write_text(text, encoding="utf-8")


def before(version: int, dialect: str) -> list[str]:
    """Return the statements of every older step than ``version``, without what it drops."""
    gone = [table for table, step in (DROPPED | CHANGED).items() if step <= version]
    made = [said for step in range(1, version) for said in statements(f"{step:04d}", dialect)]
    return [said for said in made if not any(table in said for table in gone)]
