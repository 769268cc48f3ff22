"""What many tests begin with is made by the first of them and copied for the others."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from time import monotonic

FRESH_SECONDS = 30.0  # no session in it is old, and its last event was just now
_TEMP = gettempdir()  # a test may have one of its own, which is gone when it ends
_numbers = count()
_made: dict[str, tuple[float, Path]] = {}


def made_once(name: str, place: Path, make: Callable[[], None]) -> None:
    """Let ``make`` fill ``place``; whoever comes soon after in this process gets a copy of that.

    Nothing in it may name ``place``, and nobody may work in it when ``make`` returns.
    """
    made_at, kept = _made.get(name, (0.0, Path()))
    if made_at and monotonic() < made_at + FRESH_SECONDS:
        shutil.copytree(kept, place, dirs_exist_ok=True)
        return
    make()
    kept = Path(_store().name) / str(next(_numbers))
    shutil.copytree(place, kept)
    _made[name] = monotonic(), kept


@cache
def _store() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="hms-tests-", dir=_TEMP)  # gone with the process
