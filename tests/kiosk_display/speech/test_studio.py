"""Audio follows the path of a call soon, or not at all; nothing else can be made to sound."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import pytest

from hms.infra.settings import DisplaySettings, Settings
from hms.infra.voice import VoiceFailed
from kiosk_display.speech import studio as studio_module
from kiosk_display.speech.shelf import Shelf
from kiosk_display.speech.studio import AHEAD, KNOWN, Phrase, Studio, open_studio
from tests.voices import tone

pytestmark = pytest.mark.asyncio

ONE, TWO = Phrase("en", "Token G M one"), Phrase("en", "Token G M two")


@dataclass
class Speech:
    """A voice that says what it was asked, as the test wishes."""

    say: Callable[[str], bytes]
    key: str = "test"
    asked: list[tuple[str, bool]] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)
    at_once: int = 0
    busiest: int = 0

    def speaks(self, _: str) -> bool:
        """Speak every language."""
        return True

    def speak(self, _: str, text: str, *, idle: bool = False) -> bytes:
        """Note what is asked, and how much at once."""
        with self.lock:
            self.asked.append((text, idle))
            self.at_once += 1
            self.busiest = max(self.busiest, self.at_once)
        try:
            return self.say(text)
        finally:
            with self.lock:
                self.at_once -= 1


def says(text: str) -> bytes:
    """Say it."""
    return text.encode()


def slowly(text: str) -> bytes:
    """Say it after a moment."""
    time.sleep(0.05)
    return text.encode()


@asynccontextmanager
async def at_work(voice: Speech | None, folder: Path) -> AsyncIterator[Studio]:
    """Open a studio for a while."""
    made = Studio(voice, Shelf(folder / "speech", 1 << 30))
    try:
        yield made
    finally:
        await made.aclose()


async def test_a_call_is_heard_at_its_path(tmp_path: Path) -> None:
    async with at_work(Speech(says), tmp_path) as studio:
        studio.want([ONE])
        assert await studio.audio(ONE.path) == ONE.text.encode()


async def test_only_what_was_told_to_screens_is_ever_made(tmp_path: Path) -> None:
    voice = Speech(says)
    async with at_work(voice, tmp_path) as studio:
        assert await studio.audio(ONE.path) is None
        assert await studio.audio("/speech/../hms.db") is None
        assert await studio.audio("/speech/") is None
        assert voice.asked == []


async def test_a_path_is_the_same_on_every_server_and_tells_language_and_text_apart() -> None:
    assert ONE.path == Phrase("en", "Token G M one").path
    assert len({ONE.path, TWO.path, Phrase("de", ONE.text).path}) == 3
    assert ONE.path.startswith("/speech/")
    assert "Token" not in ONE.path


async def test_a_phrase_is_made_once_and_then_taken_from_the_disk(tmp_path: Path) -> None:
    voice = Speech(says)
    async with at_work(voice, tmp_path) as studio:
        studio.want([ONE, ONE])
        both = await asyncio.gather(studio.audio(ONE.path), studio.audio(ONE.path))
        assert set(both) == {ONE.text.encode()}
    async with at_work(voice, tmp_path) as studio:
        studio.know([ONE])
        assert await studio.audio(ONE.path) == ONE.text.encode()
        assert studio.counts["cached"] == 1
    assert voice.asked == [(ONE.text, False)]


async def test_asking_for_audio_costs_the_caller_nothing(tmp_path: Path) -> None:
    async with at_work(Speech(slowly), tmp_path) as studio:
        began = time.perf_counter()
        studio.want([Phrase("en", str(n)) for n in range(100)])
        assert time.perf_counter() - began < 0.05


async def test_no_more_than_two_programs_run_at_once(tmp_path: Path) -> None:
    voice = Speech(slowly)
    async with at_work(voice, tmp_path) as studio:
        phrases = [Phrase("en", str(n)) for n in range(12)]
        studio.want(phrases)
        await asyncio.gather(*(studio.audio(one.path) for one in phrases))
        assert voice.busiest == 2


async def test_a_call_goes_before_what_is_made_ahead(tmp_path: Path) -> None:
    voice = Speech(slowly)
    async with at_work(voice, tmp_path) as studio:
        studio.prepare(Phrase("en", f"next {n}") for n in range(10))
        studio.want([ONE])
        assert await studio.audio(ONE.path) is not None
        before = [text for text, _ in voice.asked]
        assert before.index(ONE.text) <= 2
        assert dict(voice.asked)["next 0"], "made ahead only when the machine is idle"
        assert not dict(voice.asked)[ONE.text]


async def test_what_was_made_ahead_is_there_when_it_is_called(tmp_path: Path) -> None:
    voice = Speech(says)
    async with at_work(voice, tmp_path) as studio:
        studio.prepare([ONE])
        while studio.counts["made"] == 0:
            await asyncio.sleep(0.01)
        studio.want([ONE])
        assert await studio.audio(ONE.path) == ONE.text.encode()
        assert len(voice.asked) == 1


async def test_what_waits_and_what_is_known_is_bounded(tmp_path: Path) -> None:
    async with at_work(Speech(slowly), tmp_path) as studio:
        studio.prepare(Phrase("en", f"next {n}") for n in range(10 * AHEAD))
        assert len(studio._line) <= AHEAD
        studio.know(Phrase("en", str(n)) for n in range(KNOWN + 50))
        assert len(studio._known) == KNOWN


async def test_a_voice_that_hangs_gives_no_audio_within_two_seconds(tmp_path: Path) -> None:
    def hang(_: str) -> bytes:
        time.sleep(2.3)
        raise VoiceFailed("took longer than 2 seconds")

    async with at_work(Speech(hang), tmp_path) as studio:
        studio.want([ONE])
        began = time.monotonic()
        assert await studio.audio(ONE.path) is None
        assert time.monotonic() - began < 2.2


async def test_a_voice_that_keeps_failing_rests_is_reported_and_is_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(studio_module, "REST_SECONDS", 0.3)
    well = False

    def moody(text: str) -> bytes:
        if not well:
            raise VoiceFailed("espeak-ng failed with exit code 1")
        return text.encode()

    voice = Speech(moody)
    async with at_work(voice, tmp_path) as studio:
        for n in range(10):
            studio.want([Phrase("en", str(n))])
            assert await studio.audio(Phrase("en", str(n)).path) is None
        assert len(voice.asked) == 3, "then it rests"
        assert studio.health()["state"] == "failing"
        assert studio.health()["trouble"] == "voice.failed", "strangers read this: no paths"
        assert "exit code 1" in caplog.text
        assert caplog.text.count("the wall chimes and does not speak") == 1
        well = True
        await asyncio.sleep(0.35)
        studio.want([ONE])
        assert await studio.audio(ONE.path) == ONE.text.encode()
        assert studio.health()["state"] == "ok"
        assert "the wall speaks again" in caplog.text


async def test_without_a_voice_nothing_is_spoken_and_the_reason_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    studio = open_studio(Settings())
    assert not studio.speaks("en")
    studio.want([ONE])
    assert await studio.audio(ONE.path) is None
    assert studio.health()["state"] == "missing"
    assert "espeak-ng is not installed" in caplog.text
    await studio.aclose()
    silent = open_studio(Settings(display=DisplaySettings(speech="off")))
    assert silent.health()["state"] == "off"
    await silent.aclose()


async def test_a_damaged_phrase_is_spoken_anew(tmp_path: Path) -> None:
    voice = Speech(lambda _: tone())
    async with at_work(voice, tmp_path) as studio:
        studio.want([ONE])
        assert await studio.audio(ONE.path) == tone()
        [file] = (tmp_path / "speech").iterdir()
        file.write_bytes(file.read_bytes()[:100])
    async with at_work(voice, tmp_path) as studio:
        studio.want([ONE])
        assert await studio.audio(ONE.path) == tone()
        assert len(voice.asked) == 2


async def test_what_many_screens_ask_for_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    phrases = [Phrase("en", str(n)) for n in range(6)]
    monkeypatch.setattr("kiosk_display.speech.studio.READY_BYTES", 3 * len(tone()))
    async with at_work(Speech(lambda _: tone()), tmp_path) as studio:
        studio.want(phrases)
        for phrase in phrases:
            assert await studio.audio(phrase.path) == tone()
        for file in (tmp_path / "speech").iterdir():
            file.unlink()
        assert await studio.audio(phrases[-1].path) == tone()
        assert studio.counts["made"] == 6
        assert await studio.audio(phrases[0].path) == tone(), "older ones come from the disk"
        assert studio.counts["made"] == 7


async def test_what_is_made_ahead_puts_no_call_out_of_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk_display.speech.studio.READY_BYTES", 2 * len(tone()))
    async with at_work(Speech(lambda _: tone()), tmp_path) as studio:
        studio.want([ONE])
        assert await studio.audio(ONE.path) == tone()
        ahead = [Phrase("en", str(n)) for n in range(6)]
        studio.prepare(ahead)
        while studio.counts["made"] < 7:
            await asyncio.sleep(0.01)
        for file in (tmp_path / "speech").iterdir():
            file.unlink()
        assert await studio.audio(ONE.path) == tone()
        assert studio.counts["made"] == 7
