"""The layouts of the wall, its emergency banner, its nights and pictures, in Chromium."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Browser, Page, Route, expect

from hms.features.displays import service as displays
from hms.features.kiosks import service as kiosks
from hms.features.tokens import service as tokens
from hms.infra.settings import DisplaySettings
from hms.kernel.board import Notice
from tests.kiosk_display.browser import board, chromium
from tests.kiosk_display.conftest import theatre, wall
from tests.kiosk_display.house import act, house, until
from tests.kiosk_display.stage import Staged
from tests.kiosk_display.test_page import CONTRAST, call, crowd, wait_heroes
from tests.support import Hospital

pytestmark = pytest.mark.asyncio(loop_scope="module")

TALL, HALL = (1080, 1920), (1920, 1080)
PATIENCE_MS = 20_000
AXE = Path(__file__).parent / "axe" / "axe.min.js"
PLACE = {
    "hospital": "St. Test", "code": "GM-001", "queue": "General medicine", "room": "Room 1",
    "ahead": 3, "wait_low_minutes": 5, "wait_high_minutes": 9, "paused": True,
}  # fmt: skip
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


async def answered(said: str, route: Route) -> None:
    """Answer a request of the page with ``said``."""
    await route.fulfill(body=said, content_type="application/json")


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
        night = "zone=front&night=08:00-10:00"
        async with board(browser, served.port, night, calm=True) as dark:
            await expect(dark.locator("#dark time")).to_be_visible(timeout=PATIENCE_MS)
            await expect(dark.locator("#wall")).to_be_hidden()
            await asyncio.to_thread(hospital.do, "nils", tokens.complete, "GM-001")
            await asyncio.to_thread(hospital.called)
            await expect(dark.locator("#dark")).to_be_hidden(timeout=PATIENCE_MS)
            await expect(dark.locator(".hero:not([hidden])").first).to_contain_text("GM-002")


async def test_the_pages_of_pairing_of_ones_place_and_of_the_kiosk_pass_axe(
    browser: Browser, hospital: Hospital
) -> None:
    wanted = displays.PairScreen("Hall B", "front", ("ar",))
    code = await asyncio.to_thread(hospital.do, "mara", displays.pair_screen, wanted)
    kiosk = await asyncio.to_thread(hospital.do, "mara", kiosks.pair_kiosk, "Main hall")
    await asyncio.to_thread(hospital.issue)
    async with house(hospital.settings, pairing="required") as served:
        start = f"http://127.0.0.1:{served.port}"
        context = await browser.new_context(viewport={"width": 1024, "height": 768})
        await context.add_init_script(AXE.read_text(encoding="utf-8"))
        page = await context.new_page()
        await page.goto(f"{start}/?lang=hi")
        await expect(page.locator(".door .code")).to_be_visible(timeout=PATIENCE_MS)
        await expect(page.locator(".door h2")).to_have_text("यह स्क्रीन जोड़ी नहीं गई है")
        await page.fill(".door .code", "ABCD-EFGH")
        await page.press(".door .code", "Enter")
        await expect(page.locator(".door .why")).to_contain_text("यह कोड ग़लत है")
        assert await complaints(page) == []
        await page.goto(f"{start}/?lang=ar&pair={code.code}")
        await page.wait_for_selector('body[data-live="live"]')
        await until(hospital, lambda all_: all_["Hall B"].state == "live")
        assert await complaints(page) == [], "nobody is called"
        await act(hospital, "mara", displays.identify_screen, "Hall B")
        await expect(page.locator(".sign .label")).to_have_text("هذه الشاشة هي")
        assert await complaints(page) == []
        await asyncio.to_thread(hospital.called)
        for size in (HALL, TALL):
            await page.set_viewport_size({"width": size[0], "height": size[1]})
            await expect(page.locator(".hero:not([hidden])").first).to_be_visible()
            assert await complaints(page) == []
        for state in ("waiting", "called", "over"):
            said = json.dumps({**PLACE, "state": state})
            await page.unroute_all()
            await page.route("**/now", partial(answered, said))
            await page.goto(f"{start}/t/any?lang=ur")
            await expect(page.locator(f"body[data-state={state}]")).to_be_attached()
            assert await complaints(page) == []
        await page.goto(f"{start}{kiosk.as_json()['address']}")
        await expect(page.locator("body[data-view=language]")).to_be_attached(timeout=PATIENCE_MS)
        assert await complaints(page) == []
        await page.locator("#languages button").nth(1).click()
        await expect(page.locator("body[data-view=choose]")).to_be_attached()
        assert await complaints(page) == []
        await page.locator("#queues button").first.click()
        await expect(page.locator("body[data-view=number]")).to_be_attached(timeout=PATIENCE_MS)
        assert await complaints(page) == []
        await context.close()
