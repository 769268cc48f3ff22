"""Every key and command goes through a use case that has its row; none has a way of its own."""

from __future__ import annotations

import ast
import inspect
import pkgutil
from importlib import import_module
from pathlib import Path
from typing import Any

import hms.console
from hms.features import FEATURES, manifests
from hms.kit.base import Faceplate
from tests.house.sources import ROOT, source_files, tree
from tests.permissions.test_doors import public_use_cases

FACES = ("hms/console/", "hms/cli/", "/commands", "_commands", "/screens/", "hms/simulation/",
         "hms/bootstrap", "kiosk_display/")  # fmt: skip
# What is no use case of somebody who acts, and why it needs no permission.
BEFORE_ANYBODY_ACTS = {
    # signing in, and keeping or proving a session: weighs a password, or a token
    "sign_in", "sign_in_now", "refresh", "refresh_now", "is_fresh", "confirm_password",
    "confirm_password_now", "change_password", "change_password_now", "actor_of", "verify",
    "offer_second_factor", "offer_second_factor_now", "confirm_second_factor",
    "confirm_second_factor_now", "remove_second_factor", "remove_second_factor_now",
    # the owner of the data directory, before there is anybody
    "ensure_first_admin_now", "ensure_hospital", "recover_administrator_now",
    "service_sign_in", "service_actor", "end_every_session", "rebuild_search",
    # reads nothing: turns a view into what one would type
    "stated",
}  # fmt: skip


def used(path: Path) -> set[str]:
    """Return ``feature.name`` of everything that ``path`` takes from a feature's service."""
    modules: dict[str, str] = {}
    names: set[str] = set()
    for node in ast.walk(tree(path)):
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("hms.feat"):
            continue
        parts = (node.module or "").split(".")
        for alias in node.names:
            if len(parts) == 3 and alias.name == "service":
                modules[alias.asname or alias.name] = parts[2]
            elif len(parts) >= 4 and parts[3] == "service":
                names.add(f"{parts[2]}.{alias.name}")
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            feature = modules.get(node.value.id)
            if feature is not None:
                names.add(f"{feature}.{node.attr}")
    return names


def is_function(name: str) -> bool:
    """Return whether ``feature.name`` is a function of that feature's service."""
    feature, _, attribute = name.partition(".")
    service = import_module(f"hms.features.{feature}.service")
    return inspect.isfunction(getattr(service, attribute, None))


def test_keys_and_commands_call_use_cases_that_have_their_row() -> None:
    known, wrong = public_use_cases(), []
    for path in source_files():
        place = str(path.relative_to(ROOT))
        if any(part in place for part in FACES):
            strange = {name for name in used(path) if is_function(name)} - known
            wrong += [
                f"{place} calls {name}"
                for name in sorted(strange)
                if name.partition(".")[2] not in BEFORE_ANYBODY_ACTS
            ]
    assert not wrong, f"make it a use case (work, actor, …) with a permission: {wrong}"


def _faces() -> list[type[Any]]:
    """Return every screen, dialog and list of the console."""
    for found in pkgutil.walk_packages(hms.console.__path__, "hms.console."):
        import_module(found.name)
    for feature in FEATURES:
        folder = ROOT / "hms/features" / feature / "screens"
        for path in sorted(folder.glob("*.py")):
            import_module(f"hms.features.{feature}.screens.{path.stem}")
    found_classes, seen = [Faceplate], set()
    while found_classes:
        face = found_classes.pop()
        seen.add(face)
        found_classes += [sub for sub in face.__subclasses__() if sub not in seen]
    return sorted(seen, key=lambda face: face.__name__)


def test_every_key_does_something_and_asks_for_a_permission_that_there_is() -> None:
    from hms.console.app import Console

    declared = {item.name for feature in manifests() for item in feature.permissions} | {""}
    for face in _faces():
        if not face.__module__.startswith("hms."):
            continue  # a screen of another test
        for action in face.all_actions:
            does = hasattr(face, f"action_{action.name}")
            does = does or hasattr(Console, f"action_{action.name}")
            assert does, f"{face.__name__}: nothing happens on {action.title}"
            assert action.permission in declared, f"{face.__name__}: {action.permission}"
