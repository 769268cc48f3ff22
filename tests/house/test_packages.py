"""What is installed is exactly what was tested: versions and hashes, and no address of an index."""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.house.sources import ROOT, imports, source_files

LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-build.lock")
NAME = re.compile(r"[-_.]+")


def entries(lock: str) -> dict[str, list[str]]:
    """Return the pinned requirements of ``lock`` with their hashes."""
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    found = {}
    for line in text.splitlines():
        if line.strip() and not line.strip().startswith("#"):
            requirement, *hashes = re.split(r"\s--hash=", line.strip())
            found[requirement.split(";")[0].strip()] = [item.split()[0] for item in hashes]
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_of_a_lock_is_pinned_and_hashed(lock: str) -> None:
    """A line without version or hash could install anything."""
    found = entries(lock)
    assert found
    for requirement, hashes in found.items():
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+]+", requirement), requirement
        assert hashes, requirement
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", item) for item in hashes), requirement


@pytest.mark.parametrize("path", [*LOCKS, "pyproject.toml", "Makefile", ".ci/run"])
def test_nothing_names_the_address_of_an_index(path: str) -> None:
    """Where packages come from is the machine's business."""
    text = (ROOT / path).read_text(encoding="utf-8")
    assert not re.search(r"https?://|--index-url |--find-links |--trusted-host ", text), path


def test_development_runs_the_same_versions_as_the_product() -> None:
    """What the tests ran on is what is shipped."""
    development = {name.partition("==")[::2] for name in entries("requirements-dev.lock")}
    product = {name.partition("==")[::2] for name in entries("requirements.lock")}
    assert product <= development


def test_every_declared_dependency_is_locked() -> None:
    """A dependency that the lock forgot would not be installed by ``make demo``."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {
        "requirements.lock": project["dependencies"],
        "requirements-dev.lock": project["optional-dependencies"]["dev"],
    }
    for lock, requirements in wanted.items():
        locked = {NAME.sub("-", name.partition("==")[0]).lower() for name in entries(lock)}
        for requirement in requirements:
            match = re.match(r"[A-Za-z0-9._-]+", requirement)
            assert match is not None
            name = NAME.sub("-", match.group()).lower()
            assert name in locked, f"{name} is not in {lock}: make lock"


def test_nothing_committed_holds_a_secret_or_a_database() -> None:
    """Keys, sessions and patients' data never lie in the repository."""
    names = (Path(ROOT) / ".gitignore").read_text(encoding="utf-8").split()
    assert "/hms-data/" in names
    assert "/hms.toml" in names


def test_what_is_imported_is_declared() -> None:
    """A package that came along with another one may be gone with its next version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {
        NAME.sub("-", re.split(r"[^A-Za-z0-9._-]", requirement)[0]).lower()
        for requirement in (
            *project["dependencies"],
            *(
                one
                for extra, needed in project["optional-dependencies"].items()
                if extra != "dev"
                for one in needed
            ),
        )
    }
    brings = packages_distributions()
    wrong = []
    for path in source_files():
        for line, name in imports(path):
            top = name.split(".")[0]
            if top in sys.stdlib_module_names or top in ("hms", "kiosk_display", "__future__"):
                continue
            given = {NAME.sub("-", one).lower() for one in brings.get(top, [top])}
            if not given & declared:
                wrong.append(f"{path.relative_to(ROOT)}:{line} {top}")
    assert not wrong, wrong
