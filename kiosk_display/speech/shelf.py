"""Spoken phrases on disk: private files of a bounded size in all, the longest unused leave first.

A file is a WAV with the SHA-256 of what stands before it at its end, which players pass over:
a file that was cut off or changed is no phrase and is made again.
"""

from __future__ import annotations

import os
import tempfile
from collections import OrderedDict
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from threading import Lock

ENDING = ".wav"
SEAL_BYTES = 32
MOST_FILE_BYTES = 16 * 1024 * 1024


class Shelf:
    """Phrases by key in one folder; safe to use from several threads and processes.

    Without a folder that can be written it holds nothing, and each phrase is made anew.
    """

    def __init__(self, folder: Path, most_bytes: int) -> None:
        """Use ``folder``, made when the first phrase is kept."""
        self._folder = folder
        self._most = most_bytes
        self._lock = Lock()
        self._sizes: OrderedDict[str, int] | None = None  # the longest unused first
        self._total = 0

    def get(self, key: str) -> bytes | None:
        """Return the phrase ``key``, None when it is not here or no longer whole."""
        path = self._path(key)
        try:
            with path.open("rb") as file:
                kept = file.read(MOST_FILE_BYTES)
        except OSError:
            return None
        whole, seal = kept[:-SEAL_BYTES], kept[-SEAL_BYTES:]
        if sha256(whole).digest() != seal:
            self._drop(key)
            return None
        with suppress(OSError):
            os.utime(path)
        with self._lock:
            if key in self._known():
                self._known().move_to_end(key)
        return whole

    def put(self, key: str, wav: bytes) -> None:
        """Keep a phrase; it appears whole or not at all. A full or closed disk keeps nothing."""
        sealed = wav + sha256(wav).digest()
        if len(sealed) > self._most:
            return
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._folder)  # of mode 0600
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(sealed)
                os.replace(name, self._path(key))  # noqa: PTH105 - one rename
            except OSError:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError:
            return
        with self._lock:
            self._count(key, len(sealed))
            self._make_room()

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}{ENDING}"

    def _known(self) -> OrderedDict[str, int]:
        """Return the sizes of what is here, read once from the folder."""
        if self._sizes is None:
            found = []
            with suppress(OSError):
                for entry in os.scandir(self._folder):
                    with suppress(OSError):
                        about = entry.stat(follow_symlinks=False)
                        found.append((about.st_mtime, entry.name, about.st_size))
            self._sizes = OrderedDict(
                (name.removesuffix(ENDING), size)
                for _, name, size in sorted(found)
                if name.endswith(ENDING)
            )
            self._total = sum(self._sizes.values())
            for _, name, _ in found:  # what a killed process left half-written
                if not name.endswith(ENDING):
                    (self._folder / name).unlink(missing_ok=True)
        return self._sizes

    def _count(self, key: str, size: int) -> None:
        known = self._known()
        self._total += size - known.pop(key, 0)
        known[key] = size

    def _make_room(self) -> None:
        known = self._known()
        while self._total > self._most and len(known) > 1:
            key, size = known.popitem(last=False)
            self._total -= size
            self._path(key).unlink(missing_ok=True)

    def _drop(self, key: str) -> None:
        with self._lock:
            self._total -= self._known().pop(key, 0)
        self._path(key).unlink(missing_ok=True)
