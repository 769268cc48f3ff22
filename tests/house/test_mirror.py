"""Every source file has a test file where one looks for it, or a reason why not."""

from __future__ import annotations

from pathlib import Path

from tests.house.sources import ROOT, source_files

# What is tested elsewhere, and where.
ELSEWHERE: dict[str, str] = {
    "hms/cli/root.py": "tests/cli/test_main.py",
    "hms/cli/simulate.py": "tests/simulation",
    "hms/infra/migrations/versions/v0001_first.py": "tests/infra/migrations",
    "hms/infra/migrations/versions/v0002_trust.py": "tests/infra/migrations",
    "hms/infra/migrations/versions/v0003_blocks.py": "tests/infra/migrations",
    "hms/infra/settings_load.py": "tests/infra/test_settings.py",
    "hms/kernel/actor.py": "tests/kernel/test_grants.py",
}
# Whole folders of screens: they are tried as people use them, key by key, not file by file.
SCREENS: dict[str, str] = {
    "hms/console/desks/": "tests/console",
    "hms/features/displays/screens/": "tests/console",
    "hms/features/patients/screens/": "tests/journeys",
    "hms/features/staff/screens/": "tests/console",
    "hms/features/tokens/screens/": "tests/journeys",
}
# What holds declarations only: there is nothing in it that could be wrong by itself.
DECLARATIONS = ("__init__.py", "errors.py", "model.py", "events.py")


def mirrors(path: Path) -> list[Path]:
    """Return the tests of ``path``: beside it in the mirror, or those of the folder it is in."""
    place = path.relative_to(ROOT)
    parts = place.parts[1:] if place.parts[0] == "hms" else place.parts
    folder, stem = ROOT / "tests" / Path(*parts[:-1]), path.stem
    found = [*folder.glob(f"test_{stem}.py"), *folder.glob(f"test_{stem}_*.py")]
    inner = folder.name
    if not found and len(parts) > 2:
        found += [
            *folder.parent.glob(f"test_{inner}.py"),
            *folder.parent.glob(f"test_{inner}_*.py"),
        ]
        found += folder.glob("test_*.py")
    return found


def test_every_source_file_has_its_test() -> None:
    """tests/ mirrors the source, so that nobody has to search."""
    missing = [
        str(path.relative_to(ROOT))
        for path in source_files()
        if path.name not in DECLARATIONS
        and str(path.relative_to(ROOT)) not in ELSEWHERE
        and not str(path.relative_to(ROOT)).startswith(tuple(SCREENS))
        and not mirrors(path)
    ]
    assert not missing, f"write a test file for each, or say where they are tested: {missing}"


def test_every_exception_still_holds() -> None:
    """A file that is gone, or has its own test now, is no exception any more."""
    for source, test in {**ELSEWHERE, **SCREENS}.items():
        assert (ROOT / source).exists(), source
        assert (ROOT / test).exists(), test
