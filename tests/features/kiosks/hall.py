"""Short ways to stand before a kiosk in a test's hospital."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hms.features.displays import rules as displays_rules
from hms.features.displays import service as displays
from hms.features.kiosks import rules, service
from hms.infra.settings import DisplaySettings, KioskSettings
from tests.support import SERVICE, Hospital

NAME = "Main hall"


def paired(hospital: Hospital, name: str = NAME) -> str:
    """Make a kiosk and return its device token."""
    code = hospital.do("mara", service.pair_kiosk, name)
    claim = displays_rules.read_claim({"code": code.code})
    return str(hospital.do(SERVICE, displays.claim_pairing, claim)["device"])


def touch(number: int = 1) -> str:
    """Return the id of a touch."""
    return f"{number:032x}"


def take(
    hospital: Hospital, device: str, number: int = 1, queue: str = "GM", card: str = ""
) -> dict[str, Any]:
    """Touch a queue's button, as the display server passes it on."""
    body = {"device": device, "touch": touch(number), "queue": queue, "card": card}
    return hospital.do(SERVICE, service.take_number, rules.read_take(body)).as_json()


def menu(hospital: Hospital, device: str) -> dict[str, Any]:
    """Return what the kiosk shows."""
    look = rules.read_look({"device": device})
    return hospital.ask(SERVICE, service.menu, look).as_json()


def configure(hospital: Hospital, display: DisplaySettings | None = None, **kiosk: Any) -> None:
    """Change ``[kiosk]`` of the running hospital, and perhaps ``[display]``."""
    db = hospital.db
    db.settings = replace(db.settings, kiosk=KioskSettings(**kiosk))
    if display is not None:
        db.settings = replace(db.settings, display=display)
