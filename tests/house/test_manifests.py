"""Every use case asks for a declared permission, and everything declared is documented."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from docs.make_pages import event_kinds
from hms.features import FEATURES, manifests
from hms.infra.settings_load import known_keys
from hms.kernel.actor import Role
from tests.house.sources import ROOT, documentation, functions, source_files

FEATURE_FOLDERS = sorted(
    path.name for path in (ROOT / "hms/features").iterdir() if (path / "__init__.py").exists()
)


def declared_permissions() -> set[str]:
    """Return the name of every permission in the manifests."""
    return {item.name for feature in manifests() for item in feature.permissions}


def required_permissions() -> Iterator[tuple[Path, int, str]]:
    """Yield every permission that the source asks an actor for by its name."""
    for path in source_files():
        for function in functions(path):
            for node in ast.walk(function):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr in ("require", "may", "scope")
                    and node.args
                    and isinstance(node.args[0], ast.Constant)
                ):
                    yield path, node.lineno, str(node.args[0].value)


def test_every_folder_of_a_feature_has_its_line_in_the_list() -> None:
    """A feature that is not in the list is not in the product."""
    assert sorted(FEATURES) == FEATURE_FOLDERS


def test_names_are_declared_once() -> None:
    """Two permissions or two commands of one name would hide each other."""
    permissions = [item.name for feature in manifests() for item in feature.permissions]
    commands = [item.name for feature in manifests() for item in feature.commands]
    assert len(permissions) == len(set(permissions))
    assert len(commands) == len(set(commands))


def test_every_permission_that_is_asked_for_is_declared() -> None:
    """A misspelt permission would lock everybody out; it must be seen here."""
    declared = declared_permissions()
    wrong = [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for path, line, name in required_permissions()
        if name not in declared
    ]
    assert not wrong, wrong


def test_every_declared_permission_is_asked_for() -> None:
    """A permission that nothing asks for promises what nobody keeps."""
    source = "\n".join(path.read_text(encoding="utf-8") for path in source_files())
    unused = [name for name in declared_permissions() if source.count(f'"{name}"') < 2]
    assert not unused, unused


def test_every_permission_is_held_by_somebody_and_not_by_everybody_unlisted() -> None:
    """Default deny: a role holds what the manifest gives it and nothing else."""
    for feature in manifests():
        for item in feature.permissions:
            assert item.roles, f"nobody may {item.name}"
            assert set(item.roles) <= set(Role)


@pytest.mark.parametrize("feature", FEATURES)
def test_every_use_case_checks_a_permission(feature: str) -> None:
    """A public use case asks for a permission itself or through one it calls."""
    checking: set[str] = set()
    use_cases: dict[str, ast.FunctionDef | ast.AsyncFunctionDef] = {}
    called: dict[str, set[str]] = {}
    folder = ROOT / "hms/features" / feature
    paths = [*folder.glob("service.py"), *folder.glob("service/*.py")]
    for path in paths:
        for function in functions(path):
            names = {
                node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
                for node in ast.walk(function)
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name)
            }
            called.setdefault(function.name, set()).update(names)
            if "require" in names:
                checking.add(function.name)
            arguments = [argument.arg for argument in function.args.args]
            if arguments[:2] == ["work", "actor"] and not function.name.startswith("_"):
                use_cases[function.name] = function
    for _ in range(6):  # a check may lie a few calls deep
        checking |= {name for name, names in called.items() if names & checking}
    public = set(vars(import_module(f"hms.features.{feature}.service")))
    # Signing out ends one's own session: whoever has one may.
    unchecked = set(use_cases) & public - checking - {"sign_out"}
    assert not unchecked, f"these ask for no permission: {sorted(unchecked)}"


def test_every_name_that_people_meet_is_documented() -> None:
    """Commands, settings, permissions and events are told in docs/."""
    text = documentation()
    names = {
        *(f"`{name}`" for name in declared_permissions()),
        *(f"`{name}`" for name in event_kinds()),
        *(f"hms {command.name}" for feature in manifests() for command in feature.commands),
    }
    missing = sorted(name for name in names if name not in text)
    assert not missing, f"tell these in docs/: {missing}"


def test_every_setting_is_documented_and_in_the_example() -> None:
    """``hms.toml.example`` and docs/configuration.md hold every key."""
    page = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    example = (ROOT / "hms.toml.example").read_text(encoding="utf-8")
    for key in known_keys():
        name = key.rpartition(".")[2]
        assert f"`{key}`" in page, f"{key} is not in docs/configuration.md"
        shown = re.search(rf"^#?\s*\[?{name}\b", example, re.MULTILINE)
        assert shown, f"{key} is not in hms.toml.example"


def test_an_event_has_no_field_for_a_person() -> None:
    """The outbox feeds the wall: no name, MRN, phone, birth date or reason may be in an event."""
    private = ("name", "mrn", "phone", "birth", "reason", "patient", "address", "allerg")
    for kind, event in event_kinds().items():
        for item in getattr(event, "__dataclass_fields__", {}):
            assert not any(word in item for word in private), f"{kind}.{item}"
