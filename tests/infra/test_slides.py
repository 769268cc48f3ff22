"""Which files of a folder are pictures for the wall, and why the others are not."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from PIL import Image

from hms.infra.settings import DisplaySettings, ZoneDisplay
from hms.infra.slides import MOST_BYTES, SlidesUnusable, drawn, folders, look
from tests.support import sqlite_settings


def png(size: tuple[int, int]) -> bytes:
    made = io.BytesIO()
    Image.new("1", size).save(made, "PNG")
    return made.getvalue()


def test_each_file_is_a_slide_or_is_refused_with_the_reason(tmp_path: Path) -> None:
    whole = png((400, 300))
    (tmp_path / "1-good.jpg").write_bytes(whole)  # its name says otherwise; it is a picture
    (tmp_path / "2-text.png").write_text("not a picture")
    (tmp_path / "3-cut.png").write_bytes(whole[: len(whole) // 2])
    with (tmp_path / "4-heavy.png").open("wb") as heavy:
        heavy.truncate(MOST_BYTES + 1)
    (tmp_path / "5-wide.png").write_bytes(png((8_000, 6_000)))
    (tmp_path / "6-link.png").symlink_to(tmp_path / "1-good.jpg")
    os.mkfifo(tmp_path / "7-pipe.png")
    (tmp_path / "8-drawing.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (tmp_path / ".hidden").write_text("")
    found = look(tmp_path)
    assert [slide.path.name for slide in found.slides] == ["1-good.jpg"]
    why = {one.name: one.why for one in found.refused}
    assert why == {
        "2-text.png": "not an image (PNG, JPEG, WEBP, GIF)",
        "3-cut.png": "a broken image",
        "4-heavy.png": "10 MB; at most 10 MB",
        "5-wide.png": "8000 x 6000 pixels; at most 40 million",
        "6-link.png": "not a file (links are not followed)",
        "7-pipe.png": "not a file (links are not followed)",
        "8-drawing.svg": "not an image (PNG, JPEG, WEBP, GIF)",
    }
    with pytest.raises(SlidesUnusable, match="No such file"):
        look(tmp_path / "nowhere")


def test_a_slide_is_drawn_anew_without_what_a_camera_wrote_into_it(tmp_path: Path) -> None:
    photograph = Image.new("RGB", (60, 40), "red")
    facts = photograph.getexif()
    facts[0x0112], facts[0x010E] = 6, "the patient in bed 4"  # turned, and a description
    photograph.save(tmp_path / "ward.jpg", exif=facts)
    [slide] = look(tmp_path).slides
    made = drawn(slide)
    assert made is not None
    assert b"bed 4" not in made
    with Image.open(io.BytesIO(made)) as shown:
        assert shown.size == (40, 60)
    slide.path.write_bytes(png((10, 10)))
    assert drawn(slide) is None, "another file under the same name is looked at first"


def test_zones_have_folders_of_their_own(tmp_path: Path) -> None:
    zones = {"hall": ZoneDisplay(slides="hall"), "dark": ZoneDisplay(slides="")}
    settings = sqlite_settings(
        tmp_path / "hms.db",
        zones={"hall": (), "dark": (), "ward": ()},
        display=DisplaySettings(slides="all", zones=zones),
    )
    assert folders(settings) == [tmp_path / "all", tmp_path / "hall"]
