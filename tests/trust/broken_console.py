"""A program for tests: the console with a fault of ours in one place, a patient in its hands.

``broken_console FOLDER PLACE`` where ``PLACE`` is a name of ``PLACES``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hms.console.app
import hms.console.link
from hms.console.app import run
from hms.console.desks.reception import ReceptionDesk
from hms.console.login import SignIn
from hms.console.watch import Watch
from hms.kit.base import HmsScreen
from hms.kit.drafts import DraftStore
from hms.kit.keybar import KeyBar
from tests.console.scratch import build, settings_at

CANARY = "Canary Birdsong"


def _fault(*_: Any, **__: Any) -> Any:
    patient, password = CANARY, "canary password"
    raise RuntimeError(f"{patient} and {password}\n{CANARY}")


async def _later(*_: Any, **__: Any) -> Any:
    _fault()


# Where the fault is, and whether the console goes on; without a screen there is no going on.
PLACES: dict[str, tuple[type | Any, str, Callable[..., Any], bool]] = {
    "load": (ReceptionDesk, "load", _later, True),
    "command": (hms.console.link.Link, "ask", _later, True),
    "opening": (hms.console.link, "_open", _fault, True),
    "listener": (hms.console.app, "follow", _later, True),
    "drafts": (DraftStore, "_write", _fault, True),
    "action": (HmsScreen, "action_help", _fault, False),
    "timer": (Watch, "look", _fault, False),
    "drawing": (KeyBar, "render", _fault, False),
    "mount": (SignIn, "on_mount", _fault, False),
    "message": (SignIn, "on_form_submitted", _fault, False),
}


if __name__ == "__main__":
    folder, place = Path(sys.argv[1]), sys.argv[2]
    settings = settings_at(folder) if (folder / "hms.db").exists() else build(folder)
    where, name, fault, _ = PLACES[place]
    setattr(where, name, fault)
    sys.exit(run(settings))
