"""The layouts of the wall, its emergency banner, its nights and pictures, in Chromium."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Browser, Page, expect

from hms.features.tokens import service as tokens
from hms.infra.settings import DisplaySettings
from hms.kernel.board import Notice
from tests.kiosk_display.browser import board, chromium
from tests.kiosk_display.conftest import theatre, wall
from tests.kiosk_display.stage import Staged
from tests.kiosk_display.test_page import CONTRAST, call, crowd, wait_heroes
from tests.support import Hospital

pytestmark = pytest.mark.asyncio(loop_scope="module")

TALL, HALL = (1080, 1920), (1920, 1080)
PATIENCE_MS = 20_000
AXE = Path(__file__).parent / "axe" / "axe.min.js"
FIRE = Notice(9, "Leave by the main stairs", urgent=True, emergency=True)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Return one Chromium for all tests here."""
    async with chromium() as running:
        yield running


def hall(queues: int = 9) -> Staged:
    """Return a hospital whose rooms are all taken."""
    staged = crowd(queues, 5)
    for number in staged.queues:
        staged.call(number, f"Room {number}")
    return staged


async def complaints(page: Page) -> list[str]:
    """Return what axe-core finds wrong with the page."""
    found: dict[str, Any] = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {node['target']}" for one in found["violations"] for node in one["nodes"]
    ]


async def cut(page: Page) -> list[str]:
    """Return the texts that reach out of the screen or out of their card."""
    found: list[str] = await page.evaluate(
        """() => [...document.querySelectorAll("bdi, time, h1, #alarm p, #alarm b")]
          .filter(one => one.checkVisibility({ visibilityProperty: true }) && one.textContent)
          .filter(one => !one.closest(".nexts"))
          .filter(one => { const box = one.getBoundingClientRect();
            const card = one.closest(".hero, .place, .line, .queue, #recent")
              ?.getBoundingClientRect();
            const edge = card ?? { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
            return box.left < edge.left - 2 || box.right > edge.right + 2
              || box.top < edge.top - 0.02 * innerHeight
              || box.bottom > edge.bottom + 0.02 * innerHeight; })
          .map(one => `${one.parentElement.className}: ${one.textContent}`)"""
    )
    return found


@pytest.mark.parametrize("layout", ["cards", "list", "hero"])
async def test_each_layout_shows_every_queue_in_its_turn_and_passes_axe(
    browser: Browser, layout: str
) -> None:
    """Nothing cut, in contrast, and none left out, lying and standing, with an emergency too."""
    staged = hall()
    query = f"layout={layout}&lang=ar"
    axe = AXE.read_text(encoding="utf-8")
    async with (
        theatre(staged) as play,
        board(browser, play.port, query, calm=True, frozen=True, script=axe) as page,
    ):
        codes = call(play, 2)
        await page.clock.fast_forward(1_000)
        await wait_heroes(page, codes)
        assert await page.evaluate("document.body.dataset.layout") == layout
        where = {"cards": ".place", "list": ".line", "hero": ".queue"}[layout]
        name = "dataset.room" if layout == "cards" else "dataset.queue"
        seen: set[str] = set()
        for size in (HALL, TALL):
            await page.set_viewport_size({"width": size[0], "height": size[1]})
            seen.clear()
            for _ in range(24):
                await page.clock.fast_forward(9_500)
                seen |= set(
                    await page.eval_on_selector_all(
                        where,
                        f"all => all.filter(one => one.checkVisibility()).map(one => one.{name})",
                    )
                )
                if len(seen) == len(staged.queues):
                    break
            assert len(seen) == len(staged.queues), f"{size}: only {sorted(seen)} had a turn"
            assert await cut(page) == []
            assert await page.evaluate(CONTRAST) == []
            assert await complaints(page) == []
        with staged.news() as news:
            staged.say(FIRE)
        play.tell(news)
        banner = page.get_by_role("alert").filter(has_text=FIRE.text)
        await expect(banner).to_be_visible()
        await expect(banner).to_contain_text("حالة طوارئ")
        assert await page.locator("#alarm .sign").first.is_visible()
        assert await cut(page) == []
        assert await page.evaluate(CONTRAST) == []
        assert await complaints(page) == []


async def test_letters_grow_with_the_distance_of_the_last_seat(browser: Browser) -> None:
    """20 minutes of arc: 58 mm for a capital at 10 m, of which a 55-inch picture is 685 mm high."""
    async with (
        theatre(hall()) as play,
        board(browser, play.port, "layout=list&metres=10", calm=True) as page,
    ):
        size: float = await page.eval_on_selector(
            ".line .now .token", "one => parseFloat(getComputedStyle(one).fontSize)"
        )
        capital_mm = size * 0.72 / 1080 * 685
        assert capital_mm >= 58
        assert await cut(page) == []
        scales: list[float] = await page.evaluate(
            """async () => { const { scaleOf } = await import("/look.js");
              const at = metres =>
                scaleOf({ viewing_metres: metres, screen_inches: 55 }, 1920, 1080);
              return [0, 3, 8, 10, 60].map(at); }"""
        )
        assert scales[:2] == [1, 1]
        assert 1 < scales[2] < scales[3] < scales[4] == 3
        chosen: list[str] = await page.evaluate(
            """async () => { const { layoutOf } = await import("/look.js");
              return [["auto", 1, false], ["auto", 2, false], ["auto", 2, true],
                ["portrait", 1, false],
                ["list", 2, true], ["<b>", 1, false]].map(asked => layoutOf(...asked)); }"""
        )
        assert chosen == ["mixed", "hero", "portrait", "mixed", "list", "mixed"]


async def test_a_notice_leaves_at_its_minute_and_stands_in_its_own_zone_only(
    browser: Browser,
) -> None:
    staged = hall(2)
    staged.notices = (Notice(1, "Elsewhere", zone="other"), Notice(2, "Here", until="2020-01-01"))
    zone = staged.zone("hall")
    async with theatre(staged, zone) as play, board(browser, play.port, "zone=hall") as page:
        assert await page.locator("#notice").is_hidden()
        with staged.news() as news:
            staged.say(Notice(3, "For all"), Notice(1, "Elsewhere", zone="other"))
        play.tell(news)
        await expect(page.locator("#notice p")).to_have_text("For all")
        assert await page.locator("#notice .dots i.on:visible").count() == 0, "it is the only one"


async def test_idle_pictures_and_a_dark_night_end_at_once_with_a_call(
    browser: Browser, hospital: Hospital
) -> None:
    """On the real server, with a real picture; it is nine o'clock there."""
    settings = replace(hospital.settings, display=DisplaySettings(slides="slides"))
    folder = settings.data_dir / "slides"
    folder.mkdir()
    Image.new("RGB", (320, 180), "teal").save(folder / "a.png")
    for _ in range(2):
        await asyncio.to_thread(hospital.issue)
    async with (
        wall(settings) as served,
        board(browser, served.port, "zone=front", calm=True) as page,
    ):
        slide = page.locator("#slides img.on")
        await expect(slide).to_be_visible(timeout=PATIENCE_MS)
        await expect(slide).to_have_attribute("src", re.compile("^/slides/[0-9a-f]{32}.jpg$"))
        drawn: int = await slide.evaluate("one => one.decode().then(() => one.naturalWidth)")
        assert drawn == 320
        await asyncio.to_thread(hospital.called)
        await expect(page.locator("#slides")).to_be_hidden(timeout=PATIENCE_MS)
        await expect(page.locator(".hero:not([hidden]) .number")).to_have_text("GM-001")
        await page.goto(f"http://127.0.0.1:{served.port}/?zone=front&night=08:00-10:00")
        await expect(page.locator("#dark time")).to_be_visible(timeout=PATIENCE_MS)
        await expect(page.locator("#wall")).to_be_hidden()
        await asyncio.to_thread(hospital.do, "nils", tokens.complete, "GM-001")
        await asyncio.to_thread(hospital.called)
        await expect(page.locator("#dark")).to_be_hidden(timeout=PATIENCE_MS)
        await expect(page.locator(".hero:not([hidden])").first).to_contain_text("GM-002")
