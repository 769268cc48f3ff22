"""``hms check`` on the pictures of idle walls."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from hms.cli.check_slides import slides
from hms.cli.checks import Grade
from hms.infra.settings import DisplaySettings
from tests.support import sqlite_settings


def test_what_is_no_picture_is_a_problem_that_names_it(tmp_path: Path) -> None:
    settings = sqlite_settings(tmp_path / "hms.db", display=DisplaySettings(slides="slides"))
    (tmp_path / "slides").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "slides" / "a.png")
    assert slides(settings).grade is Grade.OK
    (tmp_path / "slides" / "b.png").write_text("hello")
    found = slides(settings)
    assert found.grade is Grade.PROBLEM
    assert "b.png: not an image" in found.found
    assert slides(sqlite_settings(tmp_path / "hms.db")).found == "none configured"
