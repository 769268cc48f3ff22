"""One's own place on a phone: the truth for its holder, nothing for anybody else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import Page

from hms.features.tokens import service as tokens
from hms.infra.place_link import make_secret, secret_file, sign
from kiosk_display.place import Turnstile
from tests.kiosk_display.browser import chromium
from tests.kiosk_display.conftest import wall
from tests.support import Hospital

PHONE = {"width": 390, "height": 780}


def address(hospital: Hospital, token_id: int, *, days: int = 0) -> str:
    day = hospital.token(token_id).service_day + timedelta(days=days)
    return "/t/" + sign(make_secret(hospital.settings), token_id, day)


async def get(port: int, path: str) -> tuple[int, dict[str, str], bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return int(first.split()[1]), headers, body


async def now(port: int, path: str) -> dict[str, Any]:
    _, _, body = await get(port, f"{path}/now")
    said: dict[str, Any] = json.loads(body)
    return said


@pytest.mark.asyncio
async def test_it_follows_the_token_from_the_line_to_the_room(hospital: Hospital) -> None:
    first, second = hospital.issue(), hospital.issue()
    path = address(hospital, second.id)
    async with wall(hospital.settings) as server:
        said = await now(server.port, path)
        assert (said["state"], said["code"], said["ahead"]) == ("waiting", "GM-002", 1)
        assert said["queue"] == "General medicine"
        hospital.do("nils", tokens.call, first.id)
        hospital.do("nils", tokens.complete, first.id)
        hospital.do("nils", tokens.call, second.id)
        await asyncio.sleep(2.1)  # as fresh as it is promised
        said = await now(server.port, path)
        assert (said["state"], said["room"]) == ("called", "Room 1")


@pytest.mark.asyncio
async def test_who_was_sent_on_is_followed_and_who_is_done_is_told_so(hospital: Hospital) -> None:
    sent, done = hospital.issue(), hospital.issue()
    hospital.do("rosa", tokens.transfer, sent.id, "LAB")
    hospital.do("rosa", tokens.cancel, done.id)
    async with wall(hospital.settings) as server:
        assert (await now(server.port, address(hospital, sent.id)))["queue"] == "Laboratory"
        assert (await now(server.port, address(hospital, done.id)))["state"] == "over"


@pytest.mark.asyncio
async def test_nothing_of_a_person_is_in_it(hospital: Hospital) -> None:
    who = hospital.patient("Xanthippe Quellwasser")
    token = hospital.issue(patient=who.mrn)
    async with wall(hospital.settings) as server:
        for path in (address(hospital, token.id), f"{address(hospital, token.id)}/now"):
            _, _, body = await get(server.port, path)
            assert b"Xanthippe" not in body
            assert who.mrn.encode() not in body


@pytest.mark.asyncio
async def test_every_address_that_is_not_ours_today_gets_the_same_answer(
    hospital: Hospital,
) -> None:
    token = hospital.issue()
    good = address(hospital, token.id)
    wrong = [
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        good[:4] + ("A" if good[4] != "A" else "B") + good[5:],
        address(hospital, token.id, days=-1),
        "/t/" + sign(b"another hospital's secret" * 2, token.id, token.service_day),
        "/t/" + sign(make_secret(hospital.settings), 999, token.service_day),
        "/t/", "/t/..%2f..%2fkeys.json", "/t/" + "A" * 5_000,
    ]  # fmt: skip
    async with wall(hospital.settings) as server:
        pages = [await get(server.port, path) for path in [good, *wrong]]
        assert {(status, body) for status, _, body in pages} == {(200, pages[0][2])}
        answers = {(await get(server.port, f"{path}/now"))[::2] for path in wrong}
        assert answers == {(404, b'{"state": "unknown"}')}
        assert (await now(server.port, good))["state"] == "waiting"


@pytest.mark.asyncio
async def test_tomorrow_it_leads_nowhere(hospital: Hospital) -> None:
    path = address(hospital, hospital.issue().id)
    hospital.clock.forward(days=1)
    async with wall(hospital.settings) as server:
        assert (await now(server.port, path)) == {"state": "unknown"}


@pytest.mark.asyncio
async def test_without_a_secret_nobody_gets_in(hospital: Hospital) -> None:
    path = address(hospital, hospital.issue().id)
    secret_file(hospital.settings).unlink()
    async with wall(hospital.settings) as server:
        assert (await now(server.port, path)) == {"state": "unknown"}


@pytest.mark.asyncio
async def test_who_asks_too_often_waits_and_the_page_stays_strict(hospital: Hospital) -> None:
    path = address(hospital, hospital.issue().id)
    async with wall(hospital.settings) as server:
        _, headers, _ = await get(server.port, path)
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        asked = await asyncio.gather(*(get(server.port, f"{path}/now") for _ in range(120)))
        assert {status for status, _, _ in asked} == {200, 429}


def test_the_turnstile_lets_in_again_after_a_while() -> None:
    time = [0.0]
    gate = Turnstile(per_second=1, at_once=2, clock=lambda: time[0])
    assert [gate.lets("a") for _ in range(3)] == [True, True, False]
    assert gate.lets("b")
    time[0] = 1.0
    assert [gate.lets("a") for _ in range(2)] == [True, False]


@asynccontextmanager
async def phone(port: int, path: str, locale: str) -> AsyncIterator[Page]:
    async with chromium() as browser:
        context = await browser.new_context(viewport=PHONE, locale=locale)  # type: ignore[arg-type]
        page = await context.new_page()
        troubles: list[str] = []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on(
            "console",
            lambda line: troubles.append(line.text) if "Content Security" in line.text else None,
        )
        await page.goto(f"http://127.0.0.1:{port}{path}")
        await page.wait_for_selector('body:not([data-state="asking"])')
        yield page
        assert troubles == []


@pytest.mark.asyncio
async def test_a_phone_shows_it_in_its_language_live(hospital: Hospital) -> None:
    token = hospital.issue()
    async with (
        wall(hospital.settings) as server,
        phone(server.port, address(hospital, token.id), "ar-EG") as page,
    ):
        assert await page.text_content("#code") == "GM-001"
        assert await page.text_content("#first") == "أنت التالي"
        assert await page.get_attribute("html", "dir") == "rtl"
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= PHONE["width"]
        await page.select_option("#language", "en")
        assert await page.text_content("#first") == "You are next"
        assert "?lang=en" in page.url
        hospital.do("nils", tokens.call, token.id)
        await page.wait_for_selector('body[data-state="called"]', timeout=15_000)
        assert "Room 1" in (await page.text_content("#first") or "")


@pytest.mark.asyncio
async def test_a_changed_address_shows_a_polite_page(hospital: Hospital) -> None:
    async with (
        wall(hospital.settings) as server,
        phone(server.port, "/t/" + "A" * 28, "hi") as page,
    ):
        assert await page.text_content("#first") == "यह पता आज कुछ नहीं दिखाता"
        assert await page.is_hidden("#code")
