"""A package's names are found in its parts, each part imported when first asked for."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from hms.kernel.parts import at_first_use

INIT = (
    "from hms.kernel.parts import at_first_use\n__getattr__, __dir__ = at_first_use(__name__, {})"
)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    folder = tmp_path / "ward"
    folder.mkdir()
    parts = '{"day": ("open_ward",), "night": ("lamp", "watch")}'
    (folder / "__init__.py").write_text(INIT.replace("{}", parts))
    (folder / "day.py").write_text("open_ward = 'opened'")
    (folder / "night.py").write_text("lamp, watch = object(), object()")
    monkeypatch.syspath_prepend(str(tmp_path))
    return "ward"


def imported(package: str) -> ModuleType:
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        del sys.modules[name]
    return __import__(package)


def test_only_the_part_that_is_asked_for_is_imported(package: str) -> None:
    ward = imported(package)
    assert "ward.day" not in sys.modules
    assert ward.open_ward == "opened"
    assert "ward.night" not in sys.modules


def test_a_name_is_looked_for_once(package: str) -> None:
    ward = imported(package)
    lamp = ward.lamp
    assert vars(ward)["lamp"] is lamp


def test_every_name_is_listed_before_it_is_imported(package: str) -> None:
    assert {"open_ward", "lamp", "watch"} <= set(dir(imported(package)))


def test_a_name_that_no_part_has_is_refused(package: str) -> None:
    with pytest.raises(AttributeError, match="'ward' has no attribute 'bed'"):
        _ = imported(package).bed


def test_a_part_may_not_be_called_like_a_name() -> None:
    with pytest.raises(ValueError, match="a part and a name"):
        at_first_use(__name__, {"night": ("night", "watch")})
