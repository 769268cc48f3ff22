"""The pictures of idle walls: only pictures, by names that lead nowhere else."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from PIL import Image
from websockets.datastructures import Headers
from websockets.http11 import Request

from hms.infra.settings import DisplaySettings, Settings
from kiosk_display.slides import Slides
from kiosk_display.web import Site, load_page
from tests.support import sqlite_settings


def hung(tmp_path: Path) -> tuple[Settings, Path]:
    """Return settings with a folder of slides that holds one picture and one text."""
    settings = sqlite_settings(tmp_path / "data" / "hms.db")
    settings = replace(settings, display=DisplaySettings(slides="slides"))
    folder = settings.data_dir / "slides"
    folder.mkdir(parents=True)
    Image.new("RGBA", (64, 48), (10, 200, 90, 128)).save(folder / "a.png")
    (folder / "b.png").write_text("<script>alert(1)</script>")
    return settings, folder


async def asked(site: Site, path: str) -> tuple[int, bytes]:
    """Return status and body of the answer to ``path``."""
    response = await site.answer(cast(Any, None), Request(path, Headers()))
    assert response is not None
    return response.status_code, bytes(response.body or b"")


@pytest.mark.asyncio
async def test_the_wall_is_given_pictures_and_nothing_else(tmp_path: Path) -> None:
    settings, _ = hung(tmp_path)
    slides = Slides(settings)
    site = Site(load_page(), (), lambda: (True, {}), slides=slides)
    status, body = await asked(site, "/slides?zone=nowhere")
    [path] = json.loads(body)
    assert status == 200
    status, picture = await asked(site, path)
    assert status == 200
    with Image.open(io.BytesIO(picture)) as drawn:
        assert (drawn.format, drawn.size) == ("JPEG", (64, 48))
    for stranger in ("/slides/../hms.db", "/slides/a.png", "/slides/", "/slides/%2e%2e/hms.toml"):
        assert (await asked(site, stranger))[0] == 404


@pytest.mark.asyncio
async def test_where_no_slides_are_configured_there_are_none(tmp_path: Path) -> None:
    slides = Slides(sqlite_settings(tmp_path / "hms.db"))
    assert await slides.listing("") == b"[]"
    assert slides.picture("/slides/anything.jpg") is None


@pytest.mark.asyncio
async def test_a_folder_that_is_missing_is_said_and_the_wall_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings, folder = hung(tmp_path)
    await Slides(settings).warm()
    assert "slide b.png is left out: not an image" in caplog.text
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    assert await Slides(settings).listing("") == b"[]"
    assert "No such file or directory" in caplog.text
