"""What a hospital installs: the wheel, alone in an environment of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.house.sources import ROOT

SOURCES_OF_CATALOGUES = (".po", ".pot")  # the page holds what is made of them


@dataclass(frozen=True)
class Installed:
    """A wheel and the environment that it was installed in."""

    wheel: Path
    bin: Path
    folder: Path

    def run(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run an installed program outside of the source tree."""
        return subprocess.run(
            [self.bin / name, *arguments],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Return the wheel, built from a copy of what is committed or about to be, and installed."""
    place = tmp_path_factory.mktemp("wheel")
    source = place / "source"
    _copy_source(source)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(place)]
    subprocess.run([*build, str(source)], check=True, capture_output=True)
    wheel = next(place.glob("hms-*.whl"))
    environment = place / "venv"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    install = [str(environment / "bin/python"), *pip[1:], "install", "--no-deps", "--no-index"]
    subprocess.run([*install, str(wheel)], check=True)
    packages = next((environment / "lib").glob("python*/site-packages"))
    # The locked dependencies, without installing them a second time; our own code comes first.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    folder = place / "hospital"
    folder.mkdir()
    return Installed(wheel, environment / "bin", folder)


def _copy_source(target: Path) -> None:
    import shutil

    target.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, target / name)
    for name in ("hms", "kiosk_display"):
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))


def test_the_wheel_holds_what_is_needed_at_run_time_and_nothing_else(installed: Installed) -> None:
    """The page, the demo's data and their licences; no tests, no benchmarks."""
    names = set(ZipFile(installed.wheel).namelist())
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"hms", "kiosk_display"}
    for package in ("hms", "kiosk_display"):
        needed = {
            str(path.relative_to(ROOT))
            for path in (ROOT / package).rglob("*")
            if path.is_file()
            and "__pycache__" not in path.parts
            and path.suffix not in SOURCES_OF_CATALOGUES
        }
        assert needed <= names, sorted(needed - names)


def test_the_program_runs_from_its_own_environment(installed: Installed) -> None:
    """Not from the source tree that the tests run in."""
    code = "import hms, kiosk_display; print(hms.__file__, kiosk_display.__file__)"
    said = installed.run("python", "-c", code)
    assert str(ROOT) not in said.stdout.replace(str(ROOT / ".venv"), "")
    assert said.stdout.count(str(installed.bin.parent)) == 2


def test_an_installed_hospital_can_be_set_up_and_looked_at(installed: Installed) -> None:
    """``hms --help``, ``hms init``, ``hms check``, ``hms-display --help``."""
    assert "simulate" in installed.run("hms", "--help").stdout
    made = installed.run("hms", "init", "--json")
    assert made.returncode == 0, made.stderr
    checked = installed.run("hms", "check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert installed.run("hms-display", "--help").returncode == 0
