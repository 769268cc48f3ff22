"""The page of a screen that is paired, sent away, told to say its name; tried in Chromium."""

from __future__ import annotations

import time

import pytest
from playwright.async_api import expect

from hms.features.displays import service
from tests.kiosk_display.browser import board, chromium
from tests.kiosk_display.house import act, house, until
from tests.support import Hospital

pytestmark = pytest.mark.asyncio
PATIENCE_MS = 20_000


async def new_code(hospital: Hospital) -> str:
    """Return a pairing code for the screen Hall B in the zone front."""
    wanted = service.PairScreen("Hall B", "front", ("en", "hi"))
    code: service.PairingCode = await act(hospital, "mara", service.pair_screen, wanted)
    return code.code


async def test_a_screen_is_paired_by_its_address_and_the_address_forgets_the_code(
    hospital: Hospital,
) -> None:
    """Then it says its name when told, is sent away, and is paired again by typing a code."""
    async with house(hospital.settings, pairing="required") as served, chromium() as browser:
        code = await new_code(hospital)
        async with board(browser, served.port, f"pair={code}") as page:
            found = await until(
                hospital, lambda all_: "Hall B" in all_ and all_["Hall B"].state == "live"
            )
            assert (found["Hall B"].zone, found["Hall B"].languages) == ("front", "en,hi")
            assert code not in page.url
            device = await page.evaluate("JSON.parse(localStorage['hms-device:']).device")
            assert device not in page.url
            await act(hospital, "mara", service.identify_screen, "Hall B")
            sign = page.locator(".sign .name")
            await expect(sign).to_be_visible(timeout=PATIENCE_MS)
            await expect(sign).to_have_text("Hall B")
            await act(hospital, "mara", service.revoke_screen, "Hall B")
            began = time.monotonic()
            why = page.locator(".door .why")
            await expect(why).to_be_visible(timeout=PATIENCE_MS)
            assert time.monotonic() - began < 5
            await expect(why).to_have_text("This screen was signed off by the staff")
            await expect(sign).to_be_hidden()
            await page.fill(".door .code", "wron-gone")
            await page.press(".door .code", "Enter")
            await expect(why).to_have_text("This code is wrong, used or too old")
            await page.fill(".door .code", (await new_code(hospital)).lower())
            await page.click(".door button")
            await expect(page.locator("body[data-live=live]")).to_be_attached(timeout=PATIENCE_MS)
            await expect(page.locator(".door .why")).to_be_hidden()


async def test_a_screen_loads_its_page_again_when_told(hospital: Hospital) -> None:
    async with (
        house(hospital.settings) as served,
        chromium() as browser,
        board(browser, served.port, "name=Hall%20C") as page,
    ):
        await until(hospital, lambda all_: "Hall C" in all_)
        await expect(page.locator("body[data-live=live]")).to_be_attached(timeout=PATIENCE_MS)
        async with page.expect_event("load", timeout=PATIENCE_MS):
            await act(hospital, "mara", service.reload_screen, "Hall C")


async def test_sound_that_the_browser_blocks_is_known_at_the_desk_within_two_seconds(
    hospital: Hospital,
) -> None:
    async with (
        house(hospital.settings) as served,
        chromium(loud=False) as browser,
        board(browser, served.port, "name=Hall%20D") as page,
    ):
        await expect(page.locator("body")).to_have_attribute(
            "data-sound", "blocked", timeout=PATIENCE_MS
        )
        await expect(page.locator("#sound")).to_be_visible()
        began = time.monotonic()
        await until(hospital, lambda all_: "Hall D" in all_ and all_["Hall D"].sound == "blocked")
        assert time.monotonic() - began < 2
