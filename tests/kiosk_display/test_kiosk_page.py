"""The page of a self-service kiosk, as somebody in the hall uses it; tried in Chromium."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from playwright.async_api import Page, expect

from hms.features.kiosks import service
from hms.features.tokens import service as tokens
from hms.infra.settings import KioskSettings
from tests.kiosk_display.browser import chromium
from tests.kiosk_display.house import act, house
from tests.support import Hospital

pytestmark = pytest.mark.asyncio
PATIENCE_MS = 20_000
SMALLEST_TOUCH = 64
# A reader types into the page at once, without a field.
SCAN = """code => [...code, "Enter"].forEach(key => document.activeElement.dispatchEvent(
    new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true})))"""
SIZES = """() => [...document.querySelectorAll("main button, header button")].filter(one =>
    one.checkVisibility()).map(one => one.getBoundingClientRect()).map(box =>
    Math.min(box.width, box.height))"""
# The contrast of each text that is shown with the ground below it, by the rule of WCAG 2.
CONTRASTS = """() => {
    const part = c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    const rgb = css => css.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
    const ground = one => { for (; one; one = one.parentElement) {
        const c = rgb(getComputedStyle(one).backgroundColor); if (c[3] !== 0) return c; } };
    return [...document.body.querySelectorAll("*")].filter(one => one.checkVisibility()
        && [...one.childNodes].some(n => n.nodeType === 3 && n.data.trim())).map(one => {
        const [a, b] = [rgb(getComputedStyle(one).color), ground(one)].map(light);
        return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05); });
}"""


async def shown(page: Page, view: str) -> None:
    """Wait for a view; all that can be touched in it is large, all text can be read."""
    await expect(page.locator(f"body[data-view={view}]")).to_be_attached(timeout=PATIENCE_MS)
    assert min(await page.evaluate(SIZES), default=SMALLEST_TOUCH) >= SMALLEST_TOUCH
    assert min(await page.evaluate(CONTRASTS)) >= 7


async def test_somebody_takes_a_number_and_nothing_of_them_remains(hospital: Hospital) -> None:
    """Paired, a language, a card, a queue, a number; then the next person; then locked."""
    patient = hospital.patient("Amara Unmistakable")
    hospital.do("mara", tokens.pause_queue, "LAB", "lunch")
    settings = replace(hospital.settings, kiosk=KioskSettings(idle_seconds=120))
    foreign: list[str] = []
    troubles: list[str] = []
    async with (
        house(settings, public_url="http://10.0.0.5:8765") as served,
        chromium() as browser,
    ):
        page = await browser.new_page(viewport={"width": 1024, "height": 768})
        await page.clock.install()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda line: troubles.append(line.text))
        page.on("request", lambda asked: foreign.append(asked.url))
        code = await act(hospital, "mara", service.pair_kiosk, "Main hall")
        await page.goto(f"http://127.0.0.1:{served.port}{code.as_json()['address']}")
        await shown(page, "language")
        assert code.code not in page.url
        assert await page.locator("#languages button").count() == 11
        await page.get_by_role("button", name="العربية").click()
        await shown(page, "choose")
        assert await page.evaluate(
            "[document.documentElement.dir, document.documentElement.lang]"
        ) == [
            "rtl",
            "ar",
        ]
        await expect(page.locator("#queues button[disabled]")).to_have_count(1)
        await page.evaluate(SCAN, "M12345678")
        await expect(page.locator("#card.read")).to_be_visible()
        await page.locator("#queues button").first.click()
        await expect(page.locator("#card.bad")).to_be_visible(timeout=PATIENCE_MS)
        await shown(page, "choose")
        await page.evaluate(SCAN, patient.mrn)
        for _ in range(5):  # the language, then "without a card", then the queues
            await page.keyboard.press("Tab")
            if await page.evaluate("document.activeElement.dataset.code === 'GM'"):
                break
        await page.keyboard.press("Enter")
        await shown(page, "number")
        await expect(page.locator("#code")).to_have_text("GM-001")
        assert await page.locator("#qr path").get_attribute("d")
        whole = await page.content()
        assert "Amara" not in whole
        assert patient.mrn not in whole
        kept = await page.evaluate("JSON.stringify(localStorage)")
        assert list(json.loads(kept)) == ["hms-kiosk"]
        await page.clock.fast_forward(121_000)
        await shown(page, "language")
        assert "GM-001" not in await page.content()
        assert not await page.locator("#qr path").get_attribute("d")
        await page.get_by_role("button", name="English").click()
        await page.evaluate(SCAN, patient.mrn)
        await page.locator("#queues button").first.click()
        await shown(page, "say")  # the card has its number already
        await expect(page.locator("#second")).to_have_text("Please go to the desk")
        await act(hospital, "rosa", service.lock_kiosk, "Main hall")
        await page.locator("#view-say button").click()
        await expect(page.locator("#view-say h1")).to_have_text(
            "This machine is closed", timeout=PATIENCE_MS
        )
        await page.close()
    assert {url.split("/")[2] for url in foreign} == {f"127.0.0.1:{served.port}"}
    assert troubles == []
    assert hospital.token("GM-001").mrn == patient.mrn
    assert hospital.one("SELECT count(*) FROM token") == 1
