"""Photograph the wall: python docs/make_pictures.py FOLDER [--keep] [--only NAME ...].

Opens ``hms demo``'s hospital (the real display server, the real use cases), shows its wall in
Chromium in every layout, language and size, and writes a PNG for each.  ``--keep`` makes the
pictures of docs/images anew.  Look at them before committing.
"""

from __future__ import annotations

import argparse
import io
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, ViewportSize, sync_playwright

from hms.features.displays.service import AddNotice, add_notice, remove_notice
from hms.simulation.demo.session import RunningDemo, running_demo

IMAGES = Path(__file__).resolve().parent / "images"
LAYOUTS = ("mixed", "cards", "hero", "list")
LANGUAGES = ("en", "ar", "hi", "zh")
SIZES = ((1920, 1080), (1080, 1920), (3840, 2160))
CALM_SECONDS = 1.2  # until the first paint after the snapshot has settled
MOST_BYTES = 200_000
TEXTS = {
    "en": "Visiting hours 16:00–18:00. Masks are free at the entrance.",
    "ar": "مواعيد الزيارة 16:00–18:00. الكمامات مجانية عند المدخل.",
    "hi": "मिलने का समय 16:00–18:00। प्रवेश द्वार पर मास्क मुफ़्त हैं।",
    "zh": "探视时间 16:00–18:00。入口处可免费领取口罩。",
}
ALARMS = {
    "en": "Fire alarm. Please leave by the main stairs now, do not use the lifts.",
    "ar": "إنذار حريق. يرجى المغادرة عبر الدرج الرئيسي وعدم استخدام المصاعد.",
}


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: what the address asks for, and the screen."""

    layout: str
    language: str
    size: tuple[int, int] = (1920, 1080)
    alarm: bool = False
    metres: int = 0

    @property
    def name(self) -> str:
        """Return the picture's name."""
        parts = [self.layout, self.language, f"{self.size[0]}x{self.size[1]}"]
        parts += ["alarm"] * self.alarm + [f"{self.metres}m"] * bool(self.metres)
        return "-".join(parts)

    @property
    def query(self) -> str:
        """Return what stands after the question mark."""
        layout = "" if self.layout == "mixed" else self.layout
        return f"lang={self.language}&layout={layout}&sound=off&metres={self.metres or ''}"


KEPT = {
    "wall-cards": Shot("cards", "en"),
    "wall-hero": Shot("hero", "hi"),
    "wall-list": Shot("list", "en"),
    "wall-list-tall": Shot("list", "zh", (1080, 1920)),
    "wall-emergency": Shot("cards", "ar", alarm=True),
}


def every_shot() -> Iterator[Shot]:
    """Yield each layout in each language and size, and some with an emergency or read from afar."""
    for layout, language, size in product(LAYOUTS, LANGUAGES, SIZES):
        yield Shot(layout, language, size)
    for layout, size in product(LAYOUTS, SIZES[:2]):
        yield Shot(layout, "en", size, alarm=True)
        yield Shot(layout, "en", size, metres=8)
    yield from KEPT.values()


def take(demo: RunningDemo, browser: Browser, shot: Shot) -> bytes:
    """Return the picture of one wall as PNG."""
    screen: ViewportSize = {"width": shot.size[0], "height": shot.size[1]}
    page = browser.new_page(viewport=screen, reduced_motion="reduce")  # no flash in a picture
    texts = ALARMS if shot.alarm else TEXTS
    wanted = AddNotice(texts.get(shot.language, texts["en"]), emergency=shot.alarm)
    who = demo.application.as_service("pictures")
    notice = demo.application.do_now(who, add_notice, wanted)
    try:
        page.goto(f"{demo.wall}?{shot.query}")
        page.wait_for_selector('body[data-live="live"]')
        where = "#alarm" if shot.alarm else "#notice"
        page.wait_for_selector(f"{where}:not([hidden])")
        page.wait_for_selector(".hero:not([hidden])")
        time.sleep(CALM_SECONDS)
        return page.screenshot()
    finally:
        page.close()
        demo.application.do_now(who, remove_notice, notice.id)


def small(png: bytes) -> bytes:
    """Return the picture in few colours, as small as the repository wants it."""
    with Image.open(io.BytesIO(png)) as found:
        whole = found.convert("RGB")
    for longest in (1920, 1600, 1280):
        sized = whole.copy()
        sized.thumbnail((longest, longest))
        made = io.BytesIO()
        sized.quantize(128, dither=Image.Dither.NONE).save(made, "PNG", optimize=True)
        if len(made.getvalue()) <= MOST_BYTES:
            return made.getvalue()
    raise SystemExit("a picture does not get small enough")


def main() -> None:
    """Take the pictures."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("folder", type=Path)
    reader.add_argument("--keep", action="store_true", help="make docs/images anew, nothing else")
    reader.add_argument("--only", nargs="*", default=[], help="names that begin so")
    asked = reader.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    shots = list(KEPT.values()) if asked.keep else list(dict.fromkeys(every_shot()))
    if asked.only:
        shots = [shot for shot in shots if shot.name.startswith(tuple(asked.only))]
    names = {shot: name for name, shot in KEPT.items()}
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with (
        running_demo(timezone="Europe/London", port=0, speed=8.0) as demo,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for shot in shots:
            png = take(demo, browser, shot)
            (asked.folder / f"{shot.name}.png").write_bytes(png)
            if asked.keep:
                (IMAGES / f"{names[shot]}.png").write_bytes(small(png))
            print(shot.name)
        browser.close()


if __name__ == "__main__":
    main()
