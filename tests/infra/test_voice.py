"""The program that speaks is given a sentence and little time, and is believed nothing."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import time
import wave
from pathlib import Path

import pytest

from hms.infra.settings import DisplaySettings
from hms.infra.voice import Voice, VoiceFailed, VoiceMissing, find_voice
from tests.voices import FAILS, HANGS, SPEAKS, WRITES_NO_AUDIO, program, tone


def espeak() -> Voice:
    """Return espeak-ng."""
    if shutil.which("espeak-ng") is None:
        pytest.skip("no espeak-ng on this machine: the voice was NOT tested")
    voice = find_voice(DisplaySettings())
    assert voice is not None
    return voice


def seconds_of(wav: bytes) -> float:
    """Return how long a WAV is, by its header."""
    with wave.open(io.BytesIO(wav)) as said:
        return float(said.getnframes()) / float(said.getframerate())


@pytest.mark.parametrize(
    "tag", ["en", "es", "fr", "pt", "pt-BR", "de", "hi", "bn", "ar", "ur", "sw", "zh", "zh-Hans"]
)
def test_espeak_speaks_every_language_of_the_wall(tag: str) -> None:
    wav = espeak().speak(tag, "1 2 3")
    assert 0.3 < seconds_of(wav) < 10
    assert len(wav) == 44 + int(seconds_of(wav) * 22_050 + 0.5) * 2, "the header tells its length"


def test_a_language_that_nobody_speaks_is_said_to_be_so() -> None:
    voice = espeak()
    assert not voice.speaks("tlh-Qaaa")
    with pytest.raises(VoiceFailed, match="no voice for xx"):
        voice.speak("xx", "1 2 3")


def test_a_sentence_is_never_a_command(tmp_path: Path) -> None:
    body = "import json\njson.dump([sys.argv[1:], sys.stdin.read()], open(sys.argv[1], 'w'))\n"
    noted = tmp_path / "noted"
    command = (*program(tmp_path, body + SPEAKS), str(noted), "--say={text}", "{lang}")
    evil = "$(reboot); `reboot` | {lang} && \\ ' \""
    Voice(command).speak("en-US", evil)
    assert json.loads(noted.read_text())[0][1:] == [
        f"--say={evil}",
        "en-US",
    ]


def test_without_a_place_for_it_the_sentence_comes_on_standard_input(tmp_path: Path) -> None:
    noted = tmp_path / "noted"
    body = "open(sys.argv[1], 'wb').write(sys.stdin.buffer.read())\n"
    Voice((*program(tmp_path, body + SPEAKS), str(noted))).speak("hi", "टोकन")
    assert noted.read_text(encoding="utf-8") == "टोकन"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (FAILS, "failed with exit code 3"),
        (WRITES_NO_AUDIO, "wrote no WAV"),
        ("", "wrote no WAV"),
        ("while True: sys.stdout.buffer.write(bytes(65536))", "more than 8 MB"),
        ("sys.stdout.buffer.write(open(WAV, 'rb').read()[:60])", "0.0 seconds long"),
        ("sys.stdout.buffer.write(open(WAV, 'rb').read()[:30])", "wrote no WAV"),
    ],
)
def test_a_program_that_makes_no_sound_has_failed(tmp_path: Path, body: str, says: str) -> None:
    with pytest.raises(VoiceFailed, match=says):
        Voice(program(tmp_path, body)).speak("en", "one")


@pytest.mark.parametrize(
    ("wav", "says"),
    [
        (tone(31), "31.0 seconds"),
        (tone(0.1), "0.1 seconds"),
        (tone(loud=0.0005), "silence"),
        (tone(rate=4_000), "8 to 48 kHz"),
    ],
)
def test_what_cannot_be_a_sentence_is_none(tmp_path: Path, wav: bytes, says: str) -> None:
    command = program(tmp_path, SPEAKS)
    (tmp_path / "tone.wav").write_bytes(wav)
    with pytest.raises(VoiceFailed, match=says):
        Voice(command).speak("en", "one")


def test_a_program_that_hangs_is_ended_after_two_seconds_with_all_it_started(
    tmp_path: Path,
) -> None:
    body = f"import subprocess\nsubprocess.Popen(['sleep', '61.5'])\n{HANGS}"
    began = time.monotonic()
    with pytest.raises(VoiceFailed, match="took longer than 2 seconds"):
        Voice(program(tmp_path, body)).speak("en", "one")
    assert time.monotonic() - began < 4
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    assert "sleep 61.5" not in running.stdout


def test_a_program_that_is_gone_has_failed(tmp_path: Path) -> None:
    with pytest.raises(VoiceFailed, match="cannot be started"):
        Voice((str(tmp_path / "none"),)).speak("en", "one")


def test_what_is_missing_is_said_when_the_wall_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(VoiceMissing, match="no program nonesuch"):
        find_voice(DisplaySettings(speech_command=("nonesuch", "{text}")))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(VoiceMissing, match="espeak-ng is not installed") as missing:
        find_voice(DisplaySettings())
    assert "apt-get install espeak-ng" in missing.value.hint
    assert find_voice(DisplaySettings(speech="off")) is None


def test_another_command_has_another_key(tmp_path: Path) -> None:
    assert Voice(("a", "b")).key != Voice(("a b",)).key


def test_a_program_is_told_nothing_of_our_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HMS_DATABASE__URL", "postgresql+asyncpg://hms:a-secret@db/hms")
    told = tmp_path / "told"
    body = "import json, os\njson.dump(dict(os.environ), open(sys.argv[1], 'w'))\n"
    Voice((*program(tmp_path, body + SPEAKS), str(told), "{text}")).speak("en", "Token one")
    environment = json.loads(told.read_text())
    assert not [name for name in environment if name.startswith("HMS_")]
    assert environment["PULSE_SERVER"] == "none"
