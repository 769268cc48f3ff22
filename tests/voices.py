"""Programs that speak, and programs that do not, for tests of the wall's voice."""

from __future__ import annotations

import io
import math
import struct
import sys
import wave
from pathlib import Path


def tone(seconds: float = 0.6, *, loud: float = 0.4, rate: int = 16_000) -> bytes:
    """Return a WAV with one tone."""
    count = int(seconds * rate)
    levels = (int(32_767 * loud * math.sin(n * 440 * math.tau / rate)) for n in range(count))
    whole = io.BytesIO()
    with wave.open(whole, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(rate)
        made.writeframes(struct.pack(f"<{count}h", *levels))
    return whole.getvalue()


def program(folder: Path, body: str) -> tuple[str, ...]:
    """Return the command of a Python program; ``WAV`` in it is a file with a tone."""
    wav = folder / "tone.wav"
    wav.write_bytes(tone())
    path = folder / "voice.py"
    path.write_text(f"import sys, time\nWAV = {str(wav)!r}\n{body}\n", encoding="utf-8")
    # -S -E: a test waits for the program's start each time
    return (sys.executable, "-S", "-E", str(path))


SPEAKS = "sys.stdout.buffer.write(open(WAV, 'rb').read())"
FAILS = "sys.exit(3)"
HANGS = "time.sleep(60)"
WRITES_NO_AUDIO = "print('I would say this aloud')"
