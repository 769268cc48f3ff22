"""What the hall hears: Chromium on the real server, calls made by the use cases of the desks."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, WebSocket

from hms.features.tokens import service as tokens
from hms.infra.settings import ZoneDisplay
from tests.kiosk_display.browser import board, chromium
from tests.kiosk_display.conftest import wall
from tests.support import Hospital
from tests.voices import FAILS, HANGS, SPEAKS, WRITES_NO_AUDIO, program

pytestmark = pytest.mark.asyncio(loop_scope="module")

# A fast voice: what is measured is our own way, not how long a sentence is.
ESPEAK = ("espeak-ng", "-v", "{lang}", "-s", "450", "--stdin", "--stdout")

# Notes every sound that starts and ends: chimes as such, speech with the path it came from.
EAR = """
  window.heard = [];
  const paths = new WeakMap(), now = () => performance.timeOrigin + performance.now();
  const get = window.fetch;
  window.fetch = async (...asked) => {
    const answer = await get(...asked), read = answer.arrayBuffer.bind(answer);
    answer.arrayBuffer = async () => {
      const data = await read(); paths.set(data, String(asked[0])); return data; };
    return answer;
  };
  const decode = AudioContext.prototype.decodeAudioData;
  AudioContext.prototype.decodeAudioData = async function (data) {
    const path = paths.get(data), sound = await decode.call(this, data);
    paths.set(sound, path);
    return sound;
  };
  const start = AudioBufferSourceNode.prototype.start;
  AudioBufferSourceNode.prototype.start = function (...when) {
    const one = { kind: "speech", path: paths.get(this.buffer), lasts: this.buffer.duration * 1000,
      from: now(), to: null };
    window.heard.push(one);
    this.addEventListener("ended", () => { one.to = now(); });
    return start.apply(this, when);
  };
  const ring = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...when) {
    const last = window.heard.at(-1), from = now();
    if (!(last?.kind === "chime" && from - last.from < 200))
      window.heard.push({ kind: "chime", from, to: null });
    return ring.apply(this, when);
  };
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Return one Chromium that may make a sound, as a kiosk's may."""
    async with chromium() as running:
        yield running


@dataclass
class Hall:
    """A page on the wall, what it played and what it told the server."""

    page: Page
    port: int
    told: list[dict[str, Any]] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)

    async def heard(self, kind: str = "") -> list[dict[str, Any]]:
        """Return the sounds so far, of one kind or all."""
        found: list[dict[str, Any]] = await self.page.evaluate("window.heard")
        return [one for one in found if kind in ("", one["kind"])]

    async def until(self, announced: int, seconds: float = 30) -> None:
        """Wait until so many calls are done, said or not."""
        script = """n => ["spoken", "chimed", "unsaid"]
            .reduce((sum, how) => sum + Number(document.body.dataset[how] ?? 0), 0) >= n"""
        await self.page.wait_for_function(script, arg=announced, timeout=seconds * 1000)

    async def counts(self) -> tuple[int, int, int]:
        """Return how many calls were spoken, only chimed, not said."""
        data = await self.page.evaluate("({...document.body.dataset})")
        return int(data["spoken"]), int(data["chimed"]), int(data["unsaid"])

    def acks(self, call_id: int) -> list[bool]:
        """Return what was told of a call: shown, then spoken."""
        return [one["spoken"] for one in self.told if one.get("call_id") == call_id]


@asynccontextmanager
async def hall(
    browser: Browser, hospital: Hospital, query: str = "", **display: Any
) -> AsyncIterator[Hall]:
    """Open a page on a wall whose ``[display]`` says otherwise."""
    now = replace(hospital.settings.display, **{"speech_command": ESPEAK, **display})
    if now.speech_command == ESPEAK and shutil.which("espeak-ng") is None:
        pytest.skip("no espeak-ng on this machine: the voice was NOT tested")
    async with (
        wall(replace(hospital.settings, display=now)) as place,
        board(browser, place.port, query, script=EAR) as page,
    ):
        heard = Hall(page, place.port)

        def note(frame: dict[str, Any], to: list[dict[str, Any]], kind: str) -> None:
            if frame["type"] == kind or not kind:
                to.append(frame)

        def listen(socket: WebSocket) -> None:
            socket.on("framesent", lambda text: note(json.loads(str(text)), heard.told, ""))
            socket.on(
                "framereceived", lambda text: note(json.loads(str(text)), heard.calls, "CALL")
            )

        page.on("websocket", listen)
        await page.reload()
        await page.wait_for_selector('body[data-live="live"]')
        yield heard


async def desk(hospital: Hospital, queue: str = "GM", **how: Any) -> float:
    """Call the next token at a desk; return when (ms since 1970) the key was struck."""
    struck = time.time() * 1000
    await asyncio.to_thread(lambda: hospital.called(queue, **how))
    return struck


async def health(port: int) -> dict[str, Any]:
    """Return what the server says of its voice."""

    def ask() -> dict[str, Any]:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            said: dict[str, Any] = json.loads(answer.read())["speech"]
            return said

    return await asyncio.to_thread(ask)


async def made(port: int, count: int) -> None:
    """Wait until the server has made so many phrases."""
    async with asyncio.timeout(20):
        while (await health(port))["made"] < count:
            await asyncio.sleep(0.05)


@pytest.mark.serial
async def test_a_call_is_heard_in_time_with_and_without_its_phrase_at_hand(
    browser: Browser, hospital: Hospital
) -> None:
    """From the desk's key to the first sound of the words, the better of two tries."""
    async with hall(browser, hospital) as heard:
        struck: list[float] = []
        for room in ("Attic 8", "Attic 9"):  # that nobody could foresee
            await asyncio.to_thread(hospital.issue, "GM")
            struck.append(await desk(hospital, room=room))
            await heard.until(len(struck))
        for code in ("GM-001", "GM-002"):
            token = await asyncio.to_thread(hospital.token, code)
            struck.append(time.time() * 1000)
            await asyncio.to_thread(hospital.do, "nils", tokens.recall, token.id)
            await heard.until(len(struck))
        chimes, words = await heard.heard("chime"), await heard.heard("speech")
        waits = [one["from"] - at for one, at in zip(words, struck, strict=True)]
        rings = [one["from"] - at for one, at in zip(chimes, struck, strict=True)]
        assert min(rings) <= 700
        assert min(waits[:2]) <= 1200, "made while the chime rings"
        assert min(waits[2:]) <= 700, "at hand"
        assert [one["path"] for one in words[2:]] == [one["path"] for one in words[:2]]


@pytest.mark.serial
async def test_the_next_in_line_are_made_ahead(browser: Browser, hospital: Hospital) -> None:
    async with hall(browser, hospital) as heard:
        await asyncio.to_thread(hospital.issue, "GM")
        await made(heard.port, 1)
        before = (await health(heard.port))["made"]
        await desk(hospital)
        await heard.until(1)
        assert await heard.counts() == (1, 0, 0)
        assert (await health(heard.port))["made"] == before, "its audio was there before the call"


@pytest.mark.serial
async def test_two_calls_at_once_are_both_said_in_full_in_order_in_each_language(
    browser: Browser, hospital: Hospital
) -> None:
    zones = {"front": ZoneDisplay(languages=("en", "hi"))}
    async with hall(browser, hospital, "zone=front", zones=zones) as heard:
        for _ in range(2):
            await asyncio.to_thread(hospital.issue, "GM")
        first = await desk(hospital, room="1")
        second = await desk(hospital, room="2")
        assert second - first < 1000
        await heard.until(2)
        expected = [one["audio"] for call in heard.calls for one in call["speech"]]
        assert len(expected) == 4
        sounds = await heard.heard("speech")
        assert [one["path"] for one in sounds] == expected
        for one in sounds:
            assert one["to"] - one["from"] >= one["lasts"] - 60, "to its end"
        for before, after in pairwise(sounds):
            assert after["from"] >= before["to"] - 5, "one after the other"
        assert len(await heard.heard("chime")) == 2
        for call in heard.calls:
            assert heard.acks(call["call_id"]) == [False, True], "shown, then spoken"
        assert [one["lang"] for one in heard.calls[0]["speech"]] == ["en", "hi"]
        assert heard.calls[0]["speech"][0]["text"] == "Token G M one, room one"


@pytest.mark.parametrize("body", [FAILS, HANGS, WRITES_NO_AUDIO, None])
async def test_where_the_voice_is_silent_the_chime_rings_and_staff_can_know(
    browser: Browser, hospital: Hospital, tmp_path: Path, body: str | None
) -> None:
    """Failing, hanging, writing no audio, or not there at all."""
    command = ("/nonexistent/voice",) if body is None else program(tmp_path, body)
    async with hall(browser, hospital, speech_command=command) as heard:
        await asyncio.to_thread(hospital.issue, "GM")
        await desk(hospital)
        await heard.until(1)
        assert await heard.counts() == (0, 1, 0)
        assert await heard.heard("speech") == []
        assert await heard.heard("chime")
        [call] = heard.calls
        assert heard.acks(call["call_id"]) == [False], "shown, and never said to be spoken"
        [speech] = call["speech"]
        assert speech["text"].startswith("Token G M one, ")
        said = await health(heard.port)
        if body is None:
            assert speech["audio"] is None
            assert said["state"] == "missing"
        else:
            assert said["state"] == "failing"
        assert said["trouble"]


@pytest.mark.serial
async def test_a_blocked_sound_is_on_the_page_and_at_the_server_within_two_seconds(
    hospital: Hospital,
) -> None:
    async with chromium(loud=False) as quiet_one, hall(quiet_one, hospital) as heard:
        began = time.monotonic()
        await heard.page.locator("#sound").wait_for()
        while not any(one["type"] == "STATUS" for one in heard.told):
            await asyncio.sleep(0.02)
        assert time.monotonic() - began <= 2
        assert [one["sound"] for one in heard.told if one["type"] == "STATUS"][-1] == "blocked"
        await asyncio.to_thread(hospital.issue, "GM")
        await desk(hospital)
        await heard.until(1)
        assert await heard.counts() == (0, 0, 1)
        await heard.page.mouse.click(300, 300)
        await heard.page.locator("#sound").wait_for(state="hidden")
        async with asyncio.timeout(2):
            while heard.told[-1] != {"type": "STATUS", "sound": "ok"}:
                await asyncio.sleep(0.02)


async def test_a_zone_sounds_as_its_settings_say(
    browser: Browser, hospital: Hospital, tmp_path: Path
) -> None:
    """Repeated, quieter, in its own languages without anything in the address."""
    zones = {"front": ZoneDisplay(languages=("ar", "en"), volume=40, repeat=2)}
    command = program(tmp_path, SPEAKS)
    async with hall(
        browser, hospital, "zone=front", zones=zones, speech_command=command, chime_sound=3
    ) as heard:
        assert await heard.page.evaluate("document.documentElement.dir") == "rtl"
        await asyncio.to_thread(hospital.issue, "GM")
        await desk(hospital)
        await heard.until(1)
        assert len(await heard.heard("speech")) == 4
        assert len(await heard.heard("chime")) == 2
        assert await heard.counts() == (1, 0, 0)


@pytest.mark.parametrize("display", [{"quiet": "00:00-23:59"}, {"volume": 0}])
async def test_in_quiet_hours_nothing_sounds_and_the_desk_is_told_so(
    browser: Browser, hospital: Hospital, tmp_path: Path, display: dict[str, Any]
) -> None:
    command = program(tmp_path, SPEAKS)
    async with hall(browser, hospital, speech_command=command, **display) as heard:
        await asyncio.to_thread(hospital.issue, "GM")
        await desk(hospital)
        await heard.until(1)
        assert await heard.heard() == []
        assert [one["sound"] for one in heard.told if one["type"] == "STATUS"] in (
            ["off"],
            ["off", "off"],
        )
        assert await heard.page.locator("#sound").is_hidden()
        assert await heard.page.locator(".hero:not([hidden])").count() == 1


async def test_an_old_call_and_a_withdrawn_one_are_not_said(
    browser: Browser, hospital: Hospital, tmp_path: Path
) -> None:
    command = program(tmp_path, SPEAKS)
    async with hall(browser, hospital, speech_command=command) as heard:
        done = await heard.page.evaluate(
            """async () => {
              const { Announcer } = await import("/sound.js");
              const done = [];
              const voice = new Announcer({
                onState() {}, onTurn() {},
                onDone: (call, spoken) => done.push([call.token, spoken]) });
              voice.set({ on: true, chime: 1, volume: 1, repeat: 1 });
              const call = (token, call_id) => ({ token, call_id, speech: [] });
              voice.say(call("OLD", 1), 31000);
              voice.say(call("A", 2), 0);
              voice.say(call("B", 3), 0);
              voice.say(call("A", 4), 0);
              voice.withdraw("B");
              while (done.length < 4) await new Promise(done => setTimeout(done, 50));
              return [done, voice.counts];
            }"""
        )
        assert sorted(done[0]) == [["A", False], ["A", False], ["B", False], ["OLD", False]]
        assert done[1]["unsaid"] >= 2
        assert sum(done[1].values()) == 4


async def test_audio_is_only_what_was_called(
    browser: Browser, hospital: Hospital, tmp_path: Path
) -> None:
    async with hall(browser, hospital, speech_command=program(tmp_path, SPEAKS)) as heard:
        await asyncio.to_thread(hospital.issue, "GM")
        await desk(hospital)
        await heard.until(1)
        [path] = [one["audio"] for one in heard.calls[0]["speech"]]

        def get(path: str) -> tuple[int, str]:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{heard.port}{path}") as answer:
                    return answer.status, answer.headers["Content-Type"]
            except urllib.error.HTTPError as refused:
                return refused.code, ""

        assert await asyncio.to_thread(get, path) == (200, "audio/wav")
        for other in (
            "/speech/",
            "/speech/say-anything.wav",
            f"{path[:-5]}0.wav",
            "/speech/%2e%2e/",
        ):
            assert (await asyncio.to_thread(get, other))[0] == 404


@pytest.mark.serial
@pytest.mark.long
async def test_a_hundred_calls_in_a_second_are_all_shown_and_said_in_order_while_they_are_young(
    browser: Browser, hospital: Hospital
) -> None:
    async with hall(browser, hospital) as heard:
        for _ in range(100):
            await asyncio.to_thread(hospital.issue, "GM")
        for n in range(100):
            await desk(hospital, room=f"{n + 1}")
        seen: set[str] = set()
        async with asyncio.timeout(240):
            while len(seen) < 100:
                seen |= set(
                    await heard.page.eval_on_selector_all(
                        ".hero:not([hidden]) .number, #recent li:not([hidden]) .token",
                        "all => all.map(one => one.textContent)",
                    )
                )
                await asyncio.sleep(0.2)
        await heard.until(100, 60)
        spoken, chimed, unsaid = await heard.counts()
        assert spoken >= 5
        assert (chimed, spoken + unsaid) == (0, 100)
        sounds = await heard.heard("speech")
        called = [one["audio"] for call in heard.calls for one in call["speech"]]
        assert [one["path"] for one in sounds] == called[: len(sounds)]
        assert all(one["to"] - one["from"] >= one["lasts"] - 60 for one in sounds)
