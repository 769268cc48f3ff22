"""The voice that speaks calls: espeak-ng or a configured program, run for one sentence at a time.

The program gets no shell and no more than two seconds; what it writes must be a WAV of a
sane length with something to hear in it.  Whoever calls waits: run it in a thread.
"""

from __future__ import annotations

import io
import os
import selectors
import shutil
import signal
import subprocess
import time
import wave
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256

from hms.infra.programs import environment
from hms.infra.settings import DisplaySettings
from hms.kernel.errors import HmsError
from hms.kernel.i18n import phrase
from hms.kernel.text import show

LIMIT_SECONDS = 2.0
MOST_BYTES = 8 * 1024 * 1024  # of one sentence; a minute in studio quality
LEAST_SECONDS, MOST_SECONDS = 0.2, 30.0
QUIETEST = 64  # of 32,767: below it nobody hears anything
ESPEAK = "espeak-ng"
ESPEAK_OPTIONS = ("-b", "1", "-s", "150", "--stdin", "--stdout")
IDLE = 19  # niceness of what is made ahead of time

# Where the program's own name of a language is not the tag.
_ESPEAK_NAMES = {"zh": "cmn"}


class VoiceMissing(HmsError):
    """There is no program that could speak."""

    code = "voice.missing"


class VoiceFailed(HmsError):
    """The program did not make a sentence heard; says how."""

    code = "voice.failed"


@dataclass(frozen=True, slots=True)
class Voice:
    """A program that speaks.

    ``command`` may hold ``{lang}`` and ``{text}``; without ``{text}`` the sentence comes on
    standard input.  ``languages`` maps lower-case tags to the program's names of them; None:
    it is asked for any.
    """

    command: tuple[str, ...]
    languages: dict[str, str] | None = None

    @property
    def key(self) -> str:
        """Return what tells this voice's audio from another's."""
        return sha256("\0".join(self.command).encode()).hexdigest()[:16]

    def speaks(self, tag: str) -> bool:
        """Return whether there is a voice for the language ``tag``."""
        return self._name(tag) is not None

    def speak(self, tag: str, text: str, *, idle: bool = False) -> bytes:
        """Return ``text`` as a WAV of 16-bit samples; ``idle`` gives way to everything else.

        Raises:
            VoiceFailed: no voice for the language, the program failed, took longer than two
                seconds, or wrote no audio.
        """
        name = self._name(tag)
        if name is None:
            raise VoiceFailed(
                phrase("{command} has no voice for {tag}", command=self.command[0], tag=show(tag))
            )
        places = {"{lang}": name, "{text}": text}
        argv = [_filled(part, places) for part in self.command]
        typed = "" if any("{text}" in part for part in self.command) else text
        return _sound(_run(argv, typed.encode(), idle=idle))

    def _name(self, tag: str) -> str | None:
        if self.languages is None:
            return tag
        lower = tag.lower()
        for wanted in (lower, lower.partition("-")[0]):
            found = self.languages.get(_ESPEAK_NAMES.get(wanted, wanted))
            if found is not None:
                return found
        return None


def find_voice(display: DisplaySettings) -> Voice | None:
    """Return the voice that ``[display]`` asks for, None when calls are not spoken.

    Raises:
        VoiceMissing: there is no such program, or it does not say which languages it speaks.
    """
    if display.speech == "off":
        return None
    if display.speech_command:
        if shutil.which(display.speech_command[0]) is None:
            raise VoiceMissing(
                phrase(
                    "[display] speech_command: there is no program {speech_command}",
                    speech_command=show(display.speech_command[0]),
                ),
                hint="write its full path, or take speech_command out to use espeak-ng",
            )
        return Voice(display.speech_command)
    path = shutil.which(ESPEAK)
    if path is None:
        raise VoiceMissing(
            "espeak-ng is not installed: the wall chimes and does not speak",
            hint='apt-get install espeak-ng, or [display] speech = "off"',
        )
    try:
        listed = _run([path, "--voices"], b"").decode(errors="replace")
    except VoiceFailed as failed:
        raise VoiceMissing(failed.message, hint="reinstall espeak-ng") from failed
    return Voice((path, "-v", "{lang}", *ESPEAK_OPTIONS), _espeak_languages(listed))


def _espeak_languages(listed: str) -> dict[str, str]:
    """Return the names in ``espeak-ng --voices``: a column, and others it goes by in brackets."""
    found: dict[str, str] = {}
    others: dict[str, str] = {}
    for line in listed.splitlines()[1:]:
        columns = line.split()
        if len(columns) > 1:
            found.setdefault(columns[1].lower(), columns[1])
            for other in line.replace(")", "(").split("(")[1:]:
                name = other.split()
                if len(name) == 2 and name[1].isdigit():
                    others.setdefault(name[0].lower(), name[0])
    return {**others, **found}


def _filled(part: str, places: dict[str, str]) -> str:
    for place, value in places.items():
        part = part.replace(place, value)
    return part


def _run(argv: Sequence[str], typed: bytes, *, idle: bool = False) -> bytes:
    """Return what a program writes; it and all that it started are ended when time is up.

    Raises:
        VoiceFailed: it cannot be started, fails, is too slow or writes too much.
    """
    program = show(argv[0])
    try:
        process = subprocess.Popen(  # noqa: S603 - the hospital's own configuration, no shell
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=environment(PULSE_SERVER="none"),  # it would look for one and leave folders
        )
    except OSError as error:
        raise VoiceFailed(
            phrase(
                "{program} cannot be started: {strerror}", program=program, strerror=error.strerror
            )
        ) from error
    try:
        if idle:
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, process.pid, IDLE)
        deadline = time.monotonic() + LIMIT_SECONDS
        written = _talk(process, typed, deadline, program)
        try:
            code = process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise _too_slow(program) from None
    finally:
        _end(process)
    if code != 0:
        raise VoiceFailed(
            phrase("{program} failed with exit code {code}", program=program, code=code)
        )
    return written


def _talk(process: subprocess.Popen[bytes], typed: bytes, deadline: float, program: str) -> bytes:
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(OSError):  # a program that does not read a sentence of a few hundred bytes
        process.stdin.write(typed)
        process.stdin.flush()
    with suppress(OSError):
        process.stdin.close()
    written = bytearray()
    with selectors.DefaultSelector() as ready:
        ready.register(process.stdout, selectors.EVENT_READ)
        while True:
            if not ready.select(max(0.0, deadline - time.monotonic())):
                raise _too_slow(program)
            news = os.read(process.stdout.fileno(), 1 << 16)
            if not news:
                return bytes(written)
            written += news
            if len(written) > MOST_BYTES:
                raise VoiceFailed(
                    phrase(
                        "{program} writes more than {most_bytes} MB for a sentence",
                        program=program,
                        most_bytes=MOST_BYTES >> 20,
                    )
                )


def _too_slow(program: str) -> VoiceFailed:
    return VoiceFailed(
        phrase(
            "{program} took longer than {limit_seconds:.0f} seconds and was ended",
            program=program,
            limit_seconds=LIMIT_SECONDS,
        )
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a program with all that it started, and leave no zombie behind."""
    with suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    if process.stdout is not None:
        process.stdout.close()
    process.wait()


def _sound(written: bytes) -> bytes:
    """Return the WAV in ``written`` with a true header; a stream's own says no length.

    Raises:
        VoiceFailed: it is no audio, or of a length or loudness that cannot be a sentence.
    """
    try:
        with wave.open(io.BytesIO(written)) as said:
            channels, width, rate = said.getnchannels(), said.getsampwidth(), said.getframerate()
            samples = said.readframes(MOST_BYTES)
    except (wave.Error, EOFError, OSError, ValueError) as error:
        raise VoiceFailed("the voice wrote no WAV") from error
    if width != 2 or channels not in (1, 2) or not 8_000 <= rate <= 48_000:
        raise VoiceFailed("the voice's WAV is not of 16 bits at 8 to 48 kHz")
    samples = samples[: len(samples) - len(samples) % (width * channels)]
    seconds = len(samples) / (width * channels * rate)
    if not LEAST_SECONDS <= seconds <= MOST_SECONDS:
        raise VoiceFailed(
            phrase("the voice's sentence is {seconds:.1f} seconds long", seconds=seconds)
        )
    levels = memoryview(samples).cast("h") if samples else memoryview(b"")
    if max(levels[::7], default=0) < QUIETEST:
        raise VoiceFailed("the voice wrote silence")
    whole = io.BytesIO()
    with wave.open(whole, "wb") as made:
        made.setnchannels(channels)
        made.setsampwidth(width)
        made.setframerate(rate)
        made.writeframes(samples)
    return whole.getvalue()
