"""The page on the wall, as the hall sees it in Chromium."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from hms.kernel.board import Notice
from kiosk_display.wire import Position
from tests.kiosk_display.browser import HALL, board, chromium
from tests.kiosk_display.conftest import Theatre, theatre
from tests.kiosk_display.screen import fold
from tests.kiosk_display.stage import Staged, queue, small_hospital
from tests.kiosk_display.test_server import free_port
from tests.kiosk_display.test_state import happen, view_of
from tests.sizes import sizes

pytestmark = pytest.mark.asyncio(loop_scope="module")

SIZES = [HALL, (1080, 1920), (1280, 720), (3840, 2160)]
LANGUAGES = ["en", "es", "fr", "pt", "de", "hi", "bn", "ar", "ur", "sw", "zh"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Return one Chromium for all tests of the page; each has a profile of its own in it."""
    async with chromium() as running:
        yield running


def crowd(queues: int = 3, waiting: int = 25) -> Staged:
    """Return a hospital with people waiting in every queue."""
    names = {n: queue(f"Q{n}", f"Clinic number {n}", f"Room {n}") for n in range(1, queues + 1)}
    staged = Staged(names, live=True)
    for number in staged.queues:
        staged.issue(number, waiting)
    return staged


def call(play: Theatre, *queues: int) -> list[str]:
    """Call the next of these queues at once; return their codes."""
    with play.staged.news() as news:
        codes = [play.staged.call(number, f"Room {number}") for number in queues]
    play.tell(news)
    return codes


async def heroes(page: Page) -> list[str]:
    """Return the tokens on hero cards, the newest first."""
    found: list[str] = await page.eval_on_selector_all(
        ".hero:not([hidden]) .number", "all => all.map(one => one.textContent)"
    )
    return found


async def recents(page: Page) -> list[str]:
    """Return the tokens in the list of recent calls."""
    found: list[str] = await page.eval_on_selector_all(
        "#recent li:not([hidden])", "all => all.map(one => one.dataset.token)"
    )
    return found


async def wait_heroes(page: Page, tokens: Iterable[str]) -> None:
    """Wait until exactly these tokens are on hero cards."""
    wanted = sorted(tokens)
    async with asyncio.timeout(20):
        while sorted(await heroes(page)) != wanted:
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("size", SIZES)
async def test_what_counts_is_legible_from_the_far_end(
    browser: Browser, size: tuple[int, int]
) -> None:
    async with theatre(crowd()) as play, board(browser, play.port, size=size) as page:
        codes = call(play, 1, 2)
        await wait_heroes(page, codes)
        sizes: dict[str, float] = await page.evaluate(
            """() => Object.fromEntries(Object.entries({
                number: ".hero:not([hidden]) .number", room: ".hero:not([hidden]) .room",
                recent: "#recent li:not([hidden]) .token", place: "#recent li:not([hidden]) .room",
              }).map(([name, where]) => [name, Math.min(...[...document.querySelectorAll(where)]
                .map(one => parseFloat(getComputedStyle(one).fontSize) / innerHeight * 100))]))"""
        )
        assert sizes["number"] >= 16
        assert sizes["room"] >= 9
        assert min(sizes["recent"], sizes["place"]) >= 6
        outside: list[str] = await page.evaluate(
            """() => [...document.querySelectorAll(".hero bdi, .queue bdi, li:not(.away) bdi")]
              .filter(one => one.checkVisibility())
              .filter(one => { const { left, right } = one.getBoundingClientRect();
                return left < -1 || right > innerWidth + 1; })
              .map(one => one.textContent)"""
        )
        assert outside == []


CONTRAST = """() => {
  const parse = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = one => {
    for (let at = one; at; at = at.parentElement) {
      const [r, g, b, a = 1] = parse(getComputedStyle(at).backgroundColor);
      if (a > 0.99) return [r, g, b];
    }
    return [15, 68, 80]; // the lightest point of the wall's gradient
  };
  const low = [];
  for (const one of document.querySelectorAll("body *")) {
    const own = [...one.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
    if (!own || !one.checkVisibility()) continue;
    const both = [light(parse(getComputedStyle(one).color)), light(ground(one))];
    const [a, b] = both.sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 7) low.push(`${one.className || one.tagName} ${one.textContent} ${ratio}`);
  }
  return low;
}"""


@pytest.mark.parametrize("state", ["fresh", "again", "paused", "urgent", "empty", "stale"])
async def test_every_word_has_a_contrast_of_seven_to_one(browser: Browser, state: str) -> None:
    staged = crowd() if state != "empty" else small_hospital(live=True)
    staged.notices = (Notice(1, "Please take a mask", urgent=state == "urgent"),)
    if state == "paused":
        staged.pause(2)
    async with theatre(staged) as play, board(browser, play.port, frozen=True) as page:
        codes = call(play, 1, 2) if state != "empty" else []
        await page.clock.fast_forward(500)
        await wait_heroes(page, codes)
        if state == "again":
            with staged.news() as news:
                staged.recall(1, codes[0])
            play.tell(news)
        if state == "stale":
            play.alive = False
            await page.clock.fast_forward(16_000)
            await page.wait_for_selector("#stale:not([hidden])")
            low = await page.evaluate(CONTRAST.replace("body *", "#stale *"))
        else:
            await page.clock.fast_forward(500)
            low = await page.evaluate(CONTRAST)
        assert low == []


async def test_up_to_three_calls_stand_as_large_cards_the_newest_first(browser: Browser) -> None:
    async with theatre(crowd()) as play, board(browser, play.port) as page:
        first, second, third = call(play, 1, 2, 3)
        await wait_heroes(page, [first, second, third])
        assert await heroes(page) == [third, second, first]
        assert await page.locator(".hero.fresh .number").inner_text() == third


async def test_the_room_and_the_queue_stand_beside_the_number(browser: Browser) -> None:
    async with theatre(crowd()) as play, board(browser, play.port) as page:
        call(play, 2)
        card = page.locator(".hero:not([hidden])")
        await card.wait_for()
        said = await card.inner_text()
        assert "Room 2" in said
        assert "Clinic number 2" in said
        assert "New call" in said


async def test_a_recalled_token_is_said_to_be_called_again(browser: Browser) -> None:
    async with theatre(crowd()) as play, board(browser, play.port) as page:
        [code] = call(play, 1)
        await wait_heroes(page, [code])
        with play.staged.news() as news:
            play.staged.recall(1, code)
        play.tell(news)
        await page.locator(".hero .tag", has_text="Called again").wait_for()
        assert await heroes(page) == [code]


async def test_a_withdrawn_call_leaves_the_wall(browser: Browser) -> None:
    async with theatre(crowd()) as play, board(browser, play.port) as page:
        kept, withdrawn = call(play, 1, 2)
        await wait_heroes(page, [kept, withdrawn])
        with play.staged.news() as news:
            play.staged.move(2, withdrawn, "TokenPutBack", "waiting")
        play.tell(news)
        await wait_heroes(page, [kept])
        assert withdrawn not in await recents(page)


async def test_twenty_calls_in_one_second_are_all_on_the_wall(browser: Browser) -> None:
    async with (
        theatre(crowd()) as play,
        board(browser, play.port, "sound=off", frozen=True) as page,
    ):
        codes = call(play, *[1 + n % 3 for n in range(20)])
        async with asyncio.timeout(20):
            while not {*await heroes(page), *await recents(page)} >= set(codes):
                await asyncio.sleep(0.05)
        seen: set[str] = set()
        for _ in range(60):  # a minute, after which a call is no longer announced
            await page.clock.fast_forward(1_000)
            seen |= set(await heroes(page))
        assert seen >= set(codes)


async def test_every_queue_has_its_turn_when_room_is_short(browser: Browser) -> None:
    async with theatre(crowd(queues=23)) as play, board(browser, play.port, frozen=True) as page:
        call(play, 1, 2, 3)
        seen: set[str] = set()
        for _ in range(20):
            await page.clock.fast_forward(9_300)
            seen |= set(
                await page.eval_on_selector_all(
                    ".queue:not([hidden])", "all => all.map(one => one.dataset.queue)"
                )
            )
        assert seen == {f"Q{n}" for n in range(1, 24)}


async def test_a_queue_shows_who_is_served_who_waits_and_who_is_next(browser: Browser) -> None:
    async with theatre(crowd(queues=2, waiting=5)) as play, board(browser, play.port) as page:
        [code] = call(play, 1)
        card = page.locator('.queue[data-queue="Q1"]')
        await card.locator(".token", has_text=code).wait_for()
        said = await card.inner_text()
        assert "Clinic number 1" in said
        assert "4 waiting" in said
        assert "Q1-002" in said
        assert "Room 1" in said


async def test_without_a_heartbeat_the_whole_wall_looks_stale(browser: Browser) -> None:
    async with theatre(crowd()) as play, board(browser, play.port, frozen=True) as page:
        await page.clock.fast_forward(14_000)
        assert await page.locator("#stale").is_hidden()
        play.alive = False
        async with asyncio.timeout(10):
            while play.hub.fresh:
                await asyncio.sleep(0.1)
        await page.clock.fast_forward(16_000)
        stale = page.locator("#stale")
        await stale.wait_for()
        said = await stale.inner_text()
        assert "Not live since" in said
        assert "please listen for staff" in said
        look = "getComputedStyle(document.querySelector('#wall')).filter"
        async with asyncio.timeout(10):
            while "grayscale(1)" not in await page.evaluate(look):
                await asyncio.sleep(0.1)


async def test_the_wall_is_live_again_within_three_seconds_and_misses_no_call(
    browser: Browser,
) -> None:
    staged, port = crowd(), free_port()
    async with theatre(staged, port=port) as play:
        opened = board(browser, port)
        page = await opened.__aenter__()
        [first] = call(play, 1)
        await wait_heroes(page, [first])
    await page.wait_for_selector('body[data-live="lost"]')
    missed = staged.call(2, "Room 2")
    await asyncio.sleep(2.5)
    async with theatre(staged, port=port):
        began = time.monotonic()
        await page.wait_for_selector('body[data-live="live"]')
        assert time.monotonic() - began <= 3
        await wait_heroes(page, [first, missed])
        await opened.__aexit__(None, None, None)


async def test_a_page_loaded_while_the_server_is_away_shows_what_it_knew_as_stale(
    browser: Browser,
) -> None:
    port = free_port()
    async with theatre(crowd(), port=port) as play:
        opened = board(browser, port)
        page = await opened.__aenter__()
        [code] = call(play, 1)
        await wait_heroes(page, [code])
        await page.wait_for_timeout(1200)
        kept = await page.evaluate("JSON.parse(localStorage.getItem('hms-wall:'))")
        assert kept["view"]["queues"][0]["code"] == "Q1"
        assert play.hub.position == Position(kept["epoch"], kept["seq"])
    await opened.__aexit__(None, None, None)


async def test_a_reloaded_page_announces_nothing_twice(browser: Browser) -> None:
    async with theatre(crowd()) as play, board(browser, play.port) as page:
        [code] = call(play, 1)
        await wait_heroes(page, [code])
        await page.wait_for_timeout(2500)
        told: list[str] = []
        page.on("websocket", lambda ws: ws.on("framesent", lambda data: told.append(str(data))))
        await page.reload()
        await page.wait_for_selector('body[data-live="live"]')
        await wait_heroes(page, [code])
        await page.wait_for_timeout(2500)
        assert '"after":{"epoch"' in told[0]
        assert not [frame for frame in told if "ACK" in frame]


async def test_each_call_is_acknowledged_once_shown_and_said(browser: Browser) -> None:
    async with theatre(crowd()) as play, board(browser, play.port) as page:
        told: list[dict[str, Any]] = []
        page.on(
            "websocket",
            lambda ws: ws.on("framesent", lambda data: told.append(json.loads(str(data)))),
        )
        await page.reload()
        await page.wait_for_selector('body[data-live="live"]')
        call(play, 1)
        async with asyncio.timeout(10):
            while not any(frame["type"] == "ACK" for frame in told):
                await asyncio.sleep(0.1)
        acks = [frame for frame in told if frame["type"] == "ACK"]
        assert acks[0]["call_id"] == play.staged.log[-1].id
        assert isinstance(acks[0]["spoken"], bool)
        assert {frame["type"] for frame in told} == {"HELLO", "STATUS", "ACK"}


async def test_a_blocked_sound_is_told_until_somebody_touches_the_screen() -> None:
    async with (
        chromium(loud=False) as quiet_one,
        theatre(crowd()) as play,
        board(quiet_one, play.port) as page,
    ):
        badge = page.locator("#sound")
        await badge.wait_for()
        assert "touch the screen" in await badge.inner_text()
        assert play.hub.sounds()["blocked"] == 1
        await page.mouse.click(200, 200)
        await badge.wait_for(state="hidden")


async def test_hostile_text_is_only_text(browser: Browser) -> None:
    staged = crowd()
    evil = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
    staged.queues[1] = queue("Q1", evil, evil)
    staged.notices = (Notice(1, evil),)
    async with theatre(staged) as play, board(browser, play.port) as page:
        with staged.news() as news:
            staged.call(1, evil)
        play.tell(news)
        await page.locator(".hero:not([hidden])").wait_for()
        assert await page.locator("img, #wall script").count() == 0
        assert await page.title() == "Now calling"
        assert evil in await page.locator("#notice").inner_text()


async def test_the_page_asks_no_other_host(browser: Browser) -> None:
    async with theatre(crowd()) as play, board(browser, play.port) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        await page.reload()
        await page.wait_for_selector('body[data-live="live"]')
        assert asked
        assert all(url.startswith(f"http://127.0.0.1:{play.port}/") for url in asked)


async def test_a_zone_that_does_not_exist_is_told_to_who_sets_the_screen_up(
    browser: Browser,
) -> None:
    async with theatre(crowd()) as play, board(browser, play.port) as page:
        await page.goto(f"http://127.0.0.1:{play.port}/?zone=cellar")
        stale = page.locator("#stale")
        await stale.wait_for()
        assert "there is no such zone (cellar)" in await stale.inner_text()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_language_has_all_words_and_its_direction(
    browser: Browser, language: str
) -> None:
    async with theatre(crowd()) as play, board(browser, play.port, f"lang={language}") as page:
        codes = call(play, 1, 2)
        await wait_heroes(page, codes)
        assert await page.evaluate("document.documentElement.lang") == language
        turned = await page.evaluate("document.documentElement.dir")
        assert turned == ("rtl" if language in ("ar", "ur") else "ltr")
        if turned == "rtl":
            hero = await page.locator(".hero:not([hidden])").first.bounding_box()
            recent = await page.locator("#recent").bounding_box()
            assert hero is not None
            assert recent is not None
            assert hero["x"] > recent["x"], "the wall is mirrored"
        direction = await page.evaluate(
            "getComputedStyle(document.querySelector('.hero .number bdi')).direction"
        )
        assert direction == "ltr", "a code reads as it is printed"
        missing = await page.evaluate(
            """async language => {
              const { say } = await import("/words.js");
              const keys = ["recent", "waiting", "next", "go", "again", "fresh", "paused", "live",
                "lost", "stale", "blocked", "room", "minutes", "seat", "appear", "inside",
                "called", "nobody"];
              return keys.filter(key => !say(language, key, { t: "1", a: 2, b: 3 })
                || (language !== "en" && language !== "de" && !["live", "minutes"].includes(key)
                    && say(language, key, {}) === say("en", key, {})));
            }""",
            language,
        )
        assert missing == []


@pytest.mark.parametrize(
    ("tag", "native"),
    [
        ("ar-EG", "٠١٢٣٤٥٦٧٨٩"),
        ("bn", "০১২৩৪৫৬৭৮৯"),
        ("bn-u-nu-latn", "0123456789"),
        ("hi", "0123456789"),
    ],
)
async def test_numbers_and_dates_are_written_in_the_digits_of_the_place(
    browser: Browser, tag: str, native: str
) -> None:
    async with theatre(crowd()) as play, board(browser, play.port, f"lang={tag}") as page:
        codes = call(play, 1, 2)
        await wait_heroes(page, codes)
        for where in ("#clock", ".queue:not([hidden]) .count", "#date"):
            digits = [c for c in await page.locator(where).first.inner_text() if c.isdigit()]
            assert digits, where
            assert set(digits) <= set(native), where
        tokens = await page.locator(".hero:not([hidden]) .number").all_inner_texts()
        assert sorted(tokens) == sorted(codes), "a code as it is printed on the slip"


async def test_a_numbered_room_is_written_in_each_language_and_another_as_it_is(
    browser: Browser,
) -> None:
    async with theatre(crowd()) as play, board(browser, play.port, "lang=hi") as page:
        rooms = ["3", "Room 3A", "诊室 4", "Counter 2", "Laboratory 2", "Room B", None]
        shown = await page.evaluate(
            """async rooms => {
              const { roomText } = await import("/words.js");
              return rooms.map(room => roomText("hi", room));
            }""",
            rooms,
        )
        assert shown == ["कमरा 3", "कमरा 3A", "कमरा 4", "काउंटर 2", "Laboratory 2", "Room B", ""]


async def test_several_languages_take_turns(browser: Browser) -> None:
    async with (
        theatre(crowd()) as play,
        board(browser, play.port, "lang=en,hi", frozen=True) as page,
    ):
        call(play, 1)
        heading = page.locator("#recent h2")
        await heading.get_by_text("Recent calls").wait_for()
        await page.clock.fast_forward(10_500)
        await heading.get_by_text("हाल की पुकार").wait_for()


async def test_a_new_card_flashes_gently_and_not_for_long(browser: Browser) -> None:
    async with theatre(crowd()) as play, board(browser, play.port) as page:
        call(play, 1)
        await page.locator(".hero:not([hidden])").wait_for()
        timings: list[dict[str, float]] = await page.evaluate(
            """() => document.getAnimations()
              .filter(one => one.effect.target.classList.contains("hero"))
              .map(one => one.effect.getComputedTiming())
              .map(one => ({ each: one.duration, whole: one.endTime }))"""
        )
        assert timings
        for timing in timings:
            assert timing["each"] >= 1000 / 3, "at most three a second"
            assert timing["whole"] <= 5000


async def test_who_wants_no_motion_gets_none(browser: Browser) -> None:
    async with theatre(crowd()) as play, board(browser, play.port, calm=True) as page:
        call(play, 1)
        await page.locator(".hero:not([hidden])").wait_for()
        assert await page.evaluate("document.getAnimations().length") == 0


async def test_the_page_folds_as_the_protocol_says(browser: Browser) -> None:
    staged = small_hospital(live=True)
    async with theatre(staged) as play, board(browser, play.port) as page:
        stream = staged.stream(staged.zone(None))
        before = view_of(stream)
        chance = random.Random(7)
        with staged.news() as news:
            for _ in range(300):
                step = (chance.choice("iiiccrsxbnpo"), chance.randint(1, 3), chance.randint(0, 5))
                happen(staged, step)
        sent = stream.advance(news, staged.boards(), staged.notices)
        frames = [json.loads(one.text) for one in sent]
        after = await page.evaluate(
            """async ([view, frames]) => {
              const { fold } = await import("/fold.js");
              return frames.reduce((now, frame) => fold(now, frame, 10), view);
            }""",
            [before, frames],
        )
        expected = before
        for frame in frames:
            expected = fold(expected, frame)
        assert after == expected == view_of(stream)


async def weight(page: Page) -> tuple[int, int]:
    """Return DOM nodes and bytes of heap after collecting garbage."""
    session = await page.context.new_cdp_session(page)
    await session.send("Performance.enable")
    heaps = []
    for _ in range(3):  # a busy browser does not collect everything at once
        await session.send("HeapProfiler.collectGarbage")
        metrics = (await session.send("Performance.getMetrics"))["metrics"]
        heaps += [int(m["value"]) for m in metrics if m["name"] == "JSHeapUsedSize"]
        await asyncio.sleep(0.1)
    await session.detach()
    return await page.evaluate("document.querySelectorAll('*').length"), min(heaps)


async def many_calls(play: Theatre, times: int) -> None:
    """Call and complete so many tokens, two hundred at a time."""
    staged = play.staged
    for _ in range(times // 200):
        with staged.news() as news:
            for number in range(200):
                which = 1 + number % 3
                staged.issue(which)
                code = staged.call(which, f"Room {which}")
                staged.move(which, code, "TokenCompleted", "completed")
        play.tell(news)
        await asyncio.sleep(0.05)


async def quiet(page: Page, play: Theatre) -> None:
    """Wait until the page has folded everything."""
    position = play.hub.position
    assert position is not None
    script = "seq => JSON.parse(localStorage.getItem('hms-wall:') ?? '{}').seq === seq"
    await page.wait_for_function(script, arg=position.seq, timeout=60_000)


@sizes("calls", 2_000, 10_000)
async def test_thousands_of_calls_leave_nodes_and_memory_flat(browser: Browser, calls: int) -> None:
    async with (
        theatre(small_hospital(live=True)) as play,
        board(browser, play.port, "sound=off") as page,
    ):
        await many_calls(play, 1_000)
        await quiet(page, play)
        nodes, heap = await weight(page)
        await many_calls(play, calls)
        await quiet(page, play)
        nodes_after, heap_after = await weight(page)
        assert nodes_after == nodes
        assert heap_after <= 1.2 * heap
