"""Who may import whom, where import-linter's contracts cannot say it."""

from __future__ import annotations

import ast

import pytest

from hms.features import FEATURES
from tests.house.sources import ROOT, dotted, imports, source_files, tree

OPEN_TO_OTHERS = ("service", "queries", "events")


def test_a_feature_uses_another_by_its_service_queries_and_events_alone() -> None:
    """A feature's tables, rules and screens are its own."""
    wrong = []
    for path in source_files():
        parts = dotted(path).split(".")
        if parts[:2] != ["hms", "features"] or len(parts) < 3:
            continue
        for line, name in imports(path):
            used = name.split(".")
            other = used[:2] == ["hms", "features"] and len(used) > 3 and used[2] != parts[2]
            if other and used[2] in FEATURES and used[3] not in OPEN_TO_OTHERS:
                wrong.append(f"{path.relative_to(ROOT)}:{line} imports {name}")
    assert not wrong, wrong


@pytest.mark.parametrize(
    ("library", "rooms"),
    [
        ("textual", ("hms.kit", "hms.console", "screen", "screens")),
        (
            "typer",
            (
                "hms.kit",
                "hms.cli",
                "commands",
                "queue_commands",
                "sign_in_commands",
                "print_commands",
            ),
        ),
    ],
)
def test_a_library_of_a_face_stays_in_its_rooms(library: str, rooms: tuple[str, ...]) -> None:
    """Textual is for screens, Typer for commands; nothing else may need them."""
    wrong = []
    for path in source_files():
        module = dotted(path)
        at_home = any(module == room or module.startswith(f"{room}.") for room in rooms)
        if at_home or set(module.split(".")) & set(rooms):
            continue
        wrong += [
            f"{path.relative_to(ROOT)}:{line} imports {name}"
            for line, name in imports(path)
            if name.split(".")[0] == library
        ]
    assert not wrong, wrong


def test_tables_do_not_postpone_their_annotations() -> None:
    """SQLModel reads annotations as types; as texts they break it."""
    for path in source_files():
        if path.name == "model.py":
            names = [name for _, name in imports(path)]
            assert "__future__.annotations" not in names, path


# What weighs a password between two transactions has a form for the event loop too.
WEIGHS = ("access", "own_factor", "weighing")


def test_a_use_case_never_awaits() -> None:
    """The rules of the house keep a use case one plain function in one hop."""
    for path in source_files():
        parts = dotted(path).split(".")
        if "service" in parts and parts[:2] == ["hms", "features"] and parts[-1] not in WEIGHS:
            found = [n for n in ast.walk(tree(path)) if isinstance(n, ast.AsyncFunctionDef)]
            assert not found, f"{path.relative_to(ROOT)}: {[node.name for node in found]}"
