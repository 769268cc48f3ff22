"""The pictures that idle walls show, by names that say what is in them.

A request never names a file: it names the content of one that was found to be a
picture, so no path can lead out of the folder.
"""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs

from hms.infra.settings import Settings
from hms.infra.slides import Folder, Slide, drawn, folder_of, folders, look
from hms.kernel.errors import HmsError

ADDRESS = "/slides"
LOOK_SECONDS = 60.0  # a new picture is on the wall within about two minutes
_ENDING = ".jpg"

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Shelf:
    """One folder as it was found: its pictures, drawn for the wall, and what was refused."""

    looked: float = float("-inf")
    found: Folder = field(default_factory=Folder)
    stamp: tuple[tuple[str, int, int], ...] = ()


class Slides:
    """Looks into the folders now and then, and gives their pictures."""

    def __init__(self, settings: Settings) -> None:
        """Show the folders that ``settings`` names."""
        self._settings = settings
        self._shelves = {folder: _Shelf() for folder in folders(settings)}
        self._pictures: dict[str, bytes] = {}
        self._turn = asyncio.Lock()

    async def listing(self, query: str) -> bytes:
        """Return the addresses of a zone's slides as JSON; ``query`` may hold ``zone``."""
        zone = parse_qs(query, max_num_fields=8).get("zone", [""])[0] if len(query) < 400 else ""
        folder = folder_of(self._settings, zone if zone in self._settings.zones else None)
        if folder is None:
            return b"[]"
        await self._look(folder)
        slides = self._shelves[folder].found.slides
        shown = [f"{ADDRESS}/{one.key}{_ENDING}" for one in slides if one.key in self._pictures]
        return json.dumps(list(dict.fromkeys(shown))).encode()

    def picture(self, path: str) -> bytes | None:
        """Return the JPEG at ``path``, None when there is no such slide."""
        return self._pictures.get(path.removeprefix(f"{ADDRESS}/").removesuffix(_ENDING))

    async def warm(self) -> None:
        """Look into every folder once, so that what is refused is said at the start."""
        for folder in self._shelves:
            await self._look(folder)

    async def _look(self, folder: Path) -> None:
        loop = asyncio.get_running_loop()
        async with self._turn:
            shelf = self._shelves[folder]
            if loop.time() - shelf.looked < LOOK_SECONDS:
                return
            shelf.looked = loop.time()
            stamp = await asyncio.to_thread(_stamp, folder)
            if stamp == shelf.stamp and stamp:
                return
            shelf.stamp, before = stamp, shelf.found
            try:
                shelf.found = await asyncio.to_thread(look, folder)
            except HmsError as error:
                shelf.found = Folder()
                log.warning("%s", error.message)
            for one in shelf.found.refused:
                if one not in before.refused:
                    log.warning("slide %s is left out: %s", one.name, one.why)
            await self._draw()

    async def _draw(self) -> None:
        """Draw what is new, forget what is gone."""
        wanted: dict[str, Slide] = {
            one.key: one for shelf in self._shelves.values() for one in shelf.found.slides
        }
        self._pictures = {key: made for key, made in self._pictures.items() if key in wanted}
        for key, slide in wanted.items():
            if key not in self._pictures:
                made = await asyncio.to_thread(drawn, slide)
                if made is not None:
                    self._pictures[key] = made


def _stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Return what changes when a file of the folder does; nothing when it cannot be read."""
    try:
        facts = [(path.name, path.lstat()) for path in sorted(folder.iterdir())]
    except OSError:
        return ()
    return tuple((name, fact.st_mtime_ns, fact.st_size) for name, fact in facts)
