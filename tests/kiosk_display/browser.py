"""The system's Chromium, for tests of the page."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, async_playwright

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip
LOUD = "--autoplay-policy=no-user-gesture-required"
# Said outright: left to itself, the browser also weighs how often an address was listened to.
QUIET = "--autoplay-policy=document-user-activation-required"
HALL = (1920, 1080)


@asynccontextmanager
async def chromium(*, loud: bool = True) -> AsyncIterator[Browser]:
    """Start Chromium; ``loud`` lets it make a sound without a gesture, as a kiosk does."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no Chromium on this machine: the wall's page was NOT tested")
    async with async_playwright() as playwright:
        flags = [*FLAGS, LOUD if loud else QUIET]
        browser = await playwright.chromium.launch(executable_path=path, args=flags)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def board(
    browser: Browser,
    port: int,
    query: str = "",
    *,
    size: tuple[int, int] = HALL,
    calm: bool = False,
    frozen: bool = False,
    script: str = "",
) -> AsyncIterator[Page]:
    """Open the board page.

    Args:
        browser: a running Chromium.
        port: of the server.
        query: the address after the question mark.
        size: of the screen in pixels.
        calm: whether the viewer asked for reduced motion.
        frozen: whether the page's clock can be moved by hand.
        script: runs in the page before its own.
    """
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        reduced_motion="reduce" if calm else "no-preference",
    )
    page = await context.new_page()
    if frozen:
        await page.clock.install()
    if script:
        await page.add_init_script(script)
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on(
        "console",
        lambda line: troubles.append(line.text) if "Content Security" in line.text else None,
    )
    await page.goto(f"http://127.0.0.1:{port}/?{query}")
    await page.wait_for_selector('body[data-live="live"]')
    yield page
    await context.close()
    assert troubles == []
