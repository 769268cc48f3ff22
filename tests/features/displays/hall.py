"""Short ways to let screens report in a test's hospital."""

from __future__ import annotations

from typing import Any

from hms.features.displays import rules, service
from tests.support import SERVICE, Hospital


def report(hospital: Hospital, name: str, **said: Any) -> int:
    """Let the screen ``name`` report; return how many reports were taken."""
    body = {"name": name, "zone": None, "languages": "en", "screens": 1, "sound": "ok", **said}
    found = rules.read_reports({"reports": [body]})
    return hospital.do(SERVICE, service.take_reports, found)


def claim(hospital: Hospital, code: str) -> dict[str, Any]:
    """Let a screen say ``code``; return the answer."""
    wanted = rules.read_claim({"code": code})
    return hospital.do(SERVICE, service.claim_pairing, wanted)


def listed(hospital: Hospital) -> dict[str, Any]:
    """Return every screen as an administrator sees it, by name."""
    return {view.name: view for view in hospital.ask("mara", service.list_screens)}


def kinds(hospital: Hospital) -> list[str]:
    """Return the kinds of all events, in order."""
    return [row[0] for row in hospital.rows("SELECT kind FROM outbox ORDER BY id")]
