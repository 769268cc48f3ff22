"""The pictures that idle walls show: which files of a folder are ones, and why the others are not.

A file is believed only after Pillow has drawn all of it; what its name says counts for nothing.
"""

from __future__ import annotations

import hashlib
import io
import stat
from dataclasses import dataclass
from pathlib import Path

from hms.infra.settings import Settings, ZoneDisplay
from hms.kernel.errors import InvalidInput, Unavailable
from hms.kernel.i18n import phrase
from hms.kernel.text import show

MOST_BYTES = 10_000_000
MOST_PIXELS = 40_000_000
MOST_SLIDES = 40
KINDS = ("PNG", "JPEG", "WEBP", "GIF")
LARGEST = (3840, 3840)  # pixels of a slide on the wall; larger ones are made smaller


class SlidesUnusable(InvalidInput):
    """The folder of slides cannot be used."""

    code = "slides.folder"
    hint = "make it, or change [display] slides; it is relative to the data directory"


class PillowMissing(Unavailable):
    """Nothing here can tell whether a file is a picture."""

    code = "slides.pillow"
    hint = "pip install 'hms[print]'"


@dataclass(frozen=True, slots=True)
class Slide:
    """A picture of the folder; ``key`` names its content."""

    path: Path
    key: str


@dataclass(frozen=True, slots=True)
class NoSlide:
    """A file of the folder that the wall does not show, and why."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Folder:
    """What is in a folder of slides, by name."""

    slides: tuple[Slide, ...] = ()
    refused: tuple[NoSlide, ...] = ()


def folder_of(settings: Settings, zone: str | None) -> Path | None:
    """Return where the slides of ``zone`` are, None when it shows none."""
    own = settings.display.zones.get(zone or "", ZoneDisplay()).slides
    said = settings.display.slides if own is None else own
    return settings.data_dir / said if said else None


def folders(settings: Settings) -> list[Path]:
    """Return every folder of slides that the settings name."""
    named = [folder_of(settings, zone) for zone in (None, *settings.zones)]
    return list(dict.fromkeys(path for path in named if path is not None))


def look(folder: Path) -> Folder:
    """Draw every file of ``folder`` once; return which are slides and which are not.

    Raises:
        SlidesUnusable: there is no such folder, or it may not be read.
        PillowMissing: Pillow is not installed.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise SlidesUnusable(
            phrase("slides: {folder}: {why}", folder=show(folder), why=error.strerror)
        ) from error
    slides: list[Slide] = []
    refused: list[NoSlide] = []
    for path in paths:
        found = _slide(path) if len(slides) < MOST_SLIDES else f"more than {MOST_SLIDES} pictures"
        if isinstance(found, Slide):
            slides.append(found)
        else:
            refused.append(NoSlide(show(path.name)[:120], found))
    return Folder(tuple(slides), tuple(refused))


def drawn(slide: Slide) -> bytes | None:
    """Return the slide as a JPEG for the wall, None when its file is another one now.

    It is drawn anew, so nothing but the picture reaches a screen: no place where a
    photograph was taken, nothing that is hidden behind it.
    """
    from PIL import Image, ImageOps

    try:
        data = slide.path.read_bytes()
        if _key(data) != slide.key:
            return None
        with Image.open(io.BytesIO(data), formats=KINDS) as found:
            upright = ImageOps.exif_transpose(found).convert("RGBA")
    except OSError:
        return None
    upright.thumbnail(LARGEST)
    ground = Image.new("RGB", upright.size, (7, 36, 44))
    ground.paste(upright, mask=upright.getchannel("A"))
    made = io.BytesIO()
    ground.save(made, "JPEG", quality=86, optimize=True)
    return made.getvalue()


def _key(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]


def _slide(path: Path) -> Slide | str:
    """Return the slide at ``path``, or why it is none."""
    try:
        facts = path.lstat()
        if not stat.S_ISREG(facts.st_mode):
            return "not a file (links are not followed)"
        if facts.st_size > MOST_BYTES:
            return f"{facts.st_size / 1e6:.0f} MB; at most {MOST_BYTES // 1_000_000} MB"
        data = path.read_bytes()
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    why = _why_not(data)
    return why or Slide(path, _key(data))


def _why_not(data: bytes) -> str:
    """Return why ``data`` is no slide; empty when it is one."""
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError as error:
        raise PillowMissing("slides need Pillow, which is not installed") from error
    bombs = (Image.DecompressionBombError, Image.DecompressionBombWarning)
    try:
        with Image.open(io.BytesIO(data), formats=KINDS) as found:
            wide, high = found.size
            if wide * high > MOST_PIXELS:
                return f"{wide} x {high} pixels; at most {MOST_PIXELS // 1_000_000} million"
            found.load()
    except bombs:
        return f"too many pixels; at most {MOST_PIXELS // 1_000_000} million"
    except UnidentifiedImageError:
        return f"not an image ({', '.join(KINDS)})"
    except (OSError, SyntaxError, ValueError, EOFError):
        return "a broken image"
    return ""
