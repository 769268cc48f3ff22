"""Which font of this machine has the letters of a text, asked of fontconfig."""

from __future__ import annotations

import shutil
import subprocess
from functools import lru_cache
from pathlib import Path

from hms.infra.printing.document import LAST_PLAIN
from hms.kernel.errors import Unavailable
from hms.kernel.i18n import phrase

ASK_SECONDS = 10.0
# The first that has all letters is taken; then whatever fontconfig names first.
_LIKED = ("DejaVuSansMono.ttf", "DejaVuSans.ttf", "NotoSans-Regular", "NotoSansArabic-Regular")
_BOLD_OF = {
    "-Regular": "-Bold",
    "DejaVuSansMono": "DejaVuSansMono-Bold",
    "DejaVuSans.": "DejaVuSans-Bold.",
}


class NoFont(Unavailable):
    """No font of this machine has the letters."""

    code = "printing.no_font"
    hint = "install one (Debian: fonts-dejavu-core, fonts-noto-core), or set [printing] font"


def font_for(text: str, wanted: str = "", *, bold: bool = False) -> Path:
    """Return a font file that has every letter of ``text``; ``wanted`` is the configured one.

    Raises:
        NoFont: there is none.
    """
    letters = frozenset(char for char in text if not char.isspace())
    if wanted:
        path = Path(wanted)
        if not path.is_file():
            raise NoFont(
                phrase("there is no font file {wanted}", wanted=wanted[:200]),
                hint="see [printing] font",
            )
        return path
    return _boldest(_found(letters)) if bold else _found(letters)


@lru_cache(maxsize=256)
def _found(letters: frozenset[str]) -> Path:
    ask = shutil.which("fc-list")
    if ask is None:
        raise NoFont("fontconfig is not installed: no font can be looked for")
    charset = " ".join(f"{ord(char):x}" for char in sorted(letters)) or "41"
    answer = subprocess.run(  # noqa: S603 - our own words, no shell
        [ask, f":charset={charset}", "--format", "%{file}\n"],
        capture_output=True,
        text=True,
        timeout=ASK_SECONDS,
        check=False,
    )
    drawn = any(ord(char) >= LAST_PLAIN for char in letters)
    files = sorted(
        line for line in answer.stdout.splitlines() if line.endswith(("ttf", "otf", "ttc"))
    )
    if not files:
        rare = max(letters, key=ord, default="?")
        raise NoFont(
            phrase(
                "no font on this machine has the letter U+{ord:04X} and those beside it",
                ord=ord(rare),
            )
        )
    return Path(min(files, key=lambda file: _liking(file, mono=not drawn)))


def _liking(file: str, *, mono: bool) -> tuple[int, int, str]:
    name = file.rpartition("/")[2]
    if "Mono" in name and not mono:
        return len(_LIKED) + 1, 1, file
    place = next((n for n, liked in enumerate(_LIKED) if name.startswith(liked)), len(_LIKED))
    plain = "Sans" in name and ("Regular" in name or "-" not in name)
    return place, 0 if plain else 1, file


@lru_cache(maxsize=64)
def _boldest(path: Path) -> Path:
    for plain, bold in _BOLD_OF.items():
        other = path.with_name(path.name.replace(plain, bold, 1))
        if other != path and other.is_file():
            return other
    return path
