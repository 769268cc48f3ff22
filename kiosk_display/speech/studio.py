"""Makes the audio of calls beside the frames: a path is given at once, the sound follows.

Only phrases that were told to a screen, or stand next in line, are ever made: a path is
looked up, nothing is read from it.  Two programs run at once at most; a call goes before
what is made ahead, and a voice that keeps failing gets a rest.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from heapq import heappop, heappush
from typing import Any, Protocol

from hms.infra.settings import Settings
from hms.infra.voice import VoiceFailed, VoiceMissing, find_voice
from kiosk_display.speech.shelf import Shelf

FOLDER = "speech"
ROOT = "/speech/"
ENDING = ".wav"
ANSWER_SECONDS = 2.0
AT_ONCE = 2  # programs
KNOWN = 10_000  # phrases that may still be asked for
AHEAD = 200  # phrases made ahead that may wait
FAILED = 3  # times in a row, and the voice rests
REST_SECONDS = 30.0
READY_BYTES = 2 << 20  # of audio kept in memory: every screen asks within the same moment
NOW, SOON, AHEAD_OF_TIME = 0, 1, 2  # asked for, called, next in line

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence in a language, given by its BCP 47 tag."""

    lang: str
    text: str

    @property
    def path(self) -> str:
        """Return where its audio is: alike on every server, and not to be turned into a text."""
        said = f"{self.lang}\0{self.text}".encode()
        return f"{ROOT}{sha256(said).hexdigest()[:32]}{ENDING}"


class Speaking(Protocol):
    """A voice, as ``hms.infra.voice.Voice`` is one."""

    @property
    def key(self) -> str:
        """Return what tells its audio from another voice's."""

    def speaks(self, tag: str) -> bool:
        """Return whether it speaks the language ``tag``."""

    def speak(self, tag: str, text: str, *, idle: bool = False) -> bytes:
        """Return ``text`` as a WAV, or raise ``VoiceFailed``."""


@dataclass(slots=True)
class _Job:
    phrase: Phrase
    rank: int
    done: asyncio.Future[bytes | None] = field(default_factory=asyncio.Future)
    begun: bool = False


class Studio:
    """The phrases of this server and the voice that speaks them."""

    def __init__(self, voice: Speaking | None, shelf: Shelf, trouble: str = "") -> None:
        """Speak with ``voice``; None chimes only, and ``trouble`` says why when it should not."""
        self._voice = voice
        self._shelf = shelf
        self._trouble = trouble
        self._ready: OrderedDict[str, bytes] = OrderedDict()
        self._ready_bytes = 0
        self._known: OrderedDict[str, Phrase] = OrderedDict()
        self._jobs: dict[str, _Job] = {}
        self._line: list[tuple[int, int, str]] = []  # rank, order, path
        self._order = 0
        self._running: set[asyncio.Task[None]] = set()
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="voice")
        self._failures = 0
        self._rests_until = 0.0
        self.counts = {"made": 0, "cached": 0, "failed": 0, "dropped": 0}

    def speaks(self, tag: str) -> bool:
        """Return whether there is a voice for the language ``tag``."""
        return self._voice is not None and self._voice.speaks(tag)

    def know(self, phrases: Iterable[Phrase]) -> None:
        """Remember what screens were told before this server ran: they may still ask for it."""
        for phrase in phrases:
            self._remember(phrase)

    def want(self, phrases: Iterable[Phrase]) -> None:
        """Make the audio of a call, before whatever is made ahead."""
        for phrase in phrases:
            self._remember(phrase)
            self._begin(phrase, SOON)

    def prepare(self, phrases: Iterable[Phrase]) -> None:
        """Make ahead what will probably be said next, when there is nothing else to do."""
        for phrase in phrases:
            if self._waiting_ahead() >= AHEAD:
                return
            if phrase.path not in self._known:
                self._remember(phrase)
                self._begin(phrase, AHEAD_OF_TIME)

    async def audio(self, path: str) -> bytes | None:
        """Return the WAV at ``path`` when it is ready within two seconds, else None."""
        phrase = self._known.get(path)
        if phrase is None:
            return None
        self._known.move_to_end(path)
        ready = self._ready.get(path)
        if ready is not None:
            self._ready.move_to_end(path)
            return ready
        job = self._begin(phrase, NOW)
        if job is None:
            return None
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await asyncio.shield(job.done)
        except TimeoutError:
            return None

    def health(self) -> dict[str, Any]:
        """Return what ``/healthz`` says of the voice: its kind of trouble, to anybody.

        The log says more: what failed how, and where.
        """
        if self._voice is None:
            state = "missing" if self._trouble else "off"
        else:
            state = "failing" if self._failures else "ok"
        trouble = {"missing": VoiceMissing.code, "failing": VoiceFailed.code}.get(state, "")
        return {"state": state, "trouble": trouble, **self.counts}

    async def aclose(self) -> None:
        """End what is being made; nothing is asked for any more."""
        self._line.clear()
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await asyncio.to_thread(self._pool.shutdown, cancel_futures=True)

    def _remember(self, phrase: Phrase) -> None:
        self._known[phrase.path] = phrase
        self._known.move_to_end(phrase.path)
        if len(self._known) > KNOWN:
            self._known.popitem(last=False)

    def _begin(self, phrase: Phrase, rank: int) -> _Job | None:
        """Put a phrase in line, or forward in it; None when the voice rests or there is none."""
        if self._voice is None or asyncio.get_running_loop().time() < self._rests_until:
            return None
        path = phrase.path
        job = self._jobs.get(path)
        if job is None:
            job = self._jobs[path] = _Job(phrase, rank)
        elif job.begun or rank >= job.rank:
            return job
        job.rank = rank
        self._order += 1
        heappush(self._line, (rank, self._order, path))
        if len(self._running) < AT_ONCE:
            task = asyncio.create_task(self._work())
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return job

    def _waiting_ahead(self) -> int:
        return sum(rank == AHEAD_OF_TIME for rank, _, _ in self._line)

    async def _work(self) -> None:
        """Make what stands in line until nothing does."""
        while self._line:
            rank, _, path = heappop(self._line)
            job = self._jobs.get(path)
            if job is None or job.begun or job.rank != rank:
                continue  # it moved forward and was made
            job.begun = True
            try:
                wav = await self._made(job)
            finally:
                self._jobs.pop(path, None)
                if not job.done.done():
                    job.done.set_result(None)
            if wav is None and rank == AHEAD_OF_TIME:
                self._known.pop(path, None)

    async def _made(self, job: _Job) -> bytes | None:
        loop = asyncio.get_running_loop()
        if loop.time() < self._rests_until:
            self.counts["dropped"] += 1
            return None
        try:
            wav = await loop.run_in_executor(self._pool, self._fetch, job.phrase, job.rank)
        except VoiceFailed as failed:
            self._failed(failed.message)
            return None
        if self._failures:
            log.warning("the wall speaks again")
        self._failures, self._trouble = 0, ""
        job.done.set_result(wav)
        if job.rank != AHEAD_OF_TIME:  # what nobody asks for yet waits on the shelf
            self._keep_ready(job.phrase.path, wav)
        return wav

    def _keep_ready(self, path: str, wav: bytes) -> None:
        """Have a phrase at hand for every screen that asks within a moment."""
        before = self._ready.pop(path, b"")
        self._ready[path] = wav
        self._ready_bytes += len(wav) - len(before)
        while self._ready_bytes > READY_BYTES:
            self._ready_bytes -= len(self._ready.popitem(last=False)[1])

    def _fetch(self, phrase: Phrase, rank: int) -> bytes:
        """Take a phrase from the shelf, or speak it; runs in a thread."""
        assert self._voice is not None
        key = f"{self._voice.key}-{phrase.path.removeprefix(ROOT).removesuffix(ENDING)}"
        wav = self._shelf.get(key)
        if wav is not None:
            self.counts["cached"] += 1
            return wav
        wav = self._voice.speak(phrase.lang, phrase.text, idle=rank == AHEAD_OF_TIME)
        self.counts["made"] += 1
        self._shelf.put(key, wav)
        return wav

    def _failed(self, why: str) -> None:
        self.counts["failed"] += 1
        self._failures += 1
        if self._failures == 1 or why != self._trouble:
            log.warning("the wall chimes and does not speak: %s", why)
        self._trouble = why
        if self._failures >= FAILED:
            self._rests_until = asyncio.get_running_loop().time() + REST_SECONDS


def open_studio(settings: Settings) -> Studio:
    """Return the studio that the settings ask for; looking for a voice may take a moment."""
    display = settings.display
    shelf = Shelf(settings.data_dir / FOLDER, display.speech_cache_mb << 20)
    try:
        return Studio(find_voice(display), shelf)
    except VoiceMissing as missing:
        log.warning("%s", missing.message)
        return Studio(None, shelf, missing.message)
