"""What screens say is gathered: each thing once, screens of one name as one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hms.infra.worker_line import Postbox
from hms.kernel import clock
from hms.kernel.clock import iso
from kiosk_display import reports as reports_module
from kiosk_display.reports import Reports

NOW = datetime(2031, 3, 4, 9, 0, tzinfo=UTC)
pytestmark = pytest.mark.asyncio


@dataclass
class Hall:
    """A screen."""

    name: str = "Hall B"
    zone: str | None = None
    sound: str = "ok"
    languages: tuple[str, ...] = ("en", "hi")


@dataclass
class Line:
    """A worker that takes everything."""

    taken: list[dict[str, Any]] = field(default_factory=list)

    async def ask(self, _job: str, body: Mapping[str, Any]) -> Any:
        self.taken += body["reports"]


async def told(box: Postbox, line: Line) -> list[dict[str, Any]]:
    """Return what was reported since the last look."""
    line.taken.clear()
    await box.carry_once()
    return list(line.taken)


async def test_screens_of_one_name_are_counted_and_the_worst_sound_is_told() -> None:
    line = Line()
    box = Postbox(line, "displays.report")
    said = Reports(box)
    first, second = Hall(), Hall("hall  B", sound="blocked")
    found = []
    for tell, screen in (
        (said.came, first),
        (said.came, second),
        (said.left, second),
        (said.left, first),
    ):
        tell(screen)
        found += await told(box, line)
    assert [one["screens"] for one in found] == [1, 2, 1, 0]
    assert [one["sound"] for one in found] == ["ok", "blocked", "ok", "ok"]
    assert found[0]["languages"] == "en,hi"


async def test_a_call_is_reported_shown_once_and_spoken_once() -> None:
    line = Line()
    box = Postbox(line, "displays.report")
    said, hall = Reports(box), Hall()
    called = iso(NOW - timedelta(milliseconds=410)) or ""
    with clock.replaced(lambda: NOW):
        for spoken in (False, False, True, True):
            said.showed(hall, 7, called, spoken=spoken)
        said.showed(hall, 8, iso(NOW - timedelta(minutes=5)) or "", spoken=False)
    found = await told(box, line)
    assert [(one["call_id"], one["shown_ms"], one["spoken"]) for one in found] == [
        (7, 410, False),
        (7, 410, True),
    ]


async def test_a_screen_that_comes_and_goes_pushes_out_no_call_that_was_shown() -> None:
    """Whoever connects and leaves without an end says one thing of itself: the last."""
    line = Line()
    box = Postbox(line, "displays.report", most=10)
    said, hall = Reports(box), Hall()
    with clock.replaced(lambda: NOW):
        said.showed(hall, 7, iso(NOW) or "", spoken=False)
    for number in range(50):
        noisy = Hall("Noise", sound="off" if number % 2 else "ok")
        said.came(noisy)
        said.sounds(noisy)
        said.left(noisy)
    found = await told(box, line)
    assert [(one["name"], one.get("call_id")) for one in found] == [("Hall B", 7), ("Noise", None)]
    assert (found[1]["screens"], box.dropped) == (0, 0)


async def test_what_was_told_is_not_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports_module, "TOLD_KEPT", 10)
    said, hall = Reports(Postbox(Line(), "displays.report", most=5)), Hall()
    with clock.replaced(lambda: NOW):
        for call in range(1_000):
            said.showed(hall, call, iso(NOW) or "", spoken=False)
    assert len(said._told) == 10


async def test_invented_names_of_one_address_push_out_no_other_screens_call() -> None:
    line = Line()
    box = Postbox(line, "displays.report")
    said = Reports(box)
    at = iso(clock.now()) or ""
    said.showed(Hall("Hall B"), 1, at, spoken=False, address="10.0.0.8")
    for n in range(2_500):
        said.showed(Hall(f"invented {n}"), 1, at, spoken=False, address="10.0.0.66")
    assert box.dropped == 0
    assert len(box) < reports_module.SHARE * 2
    assert (await told(box, line))[0]["name"] == "Hall B"
    said.showed(Hall("Hall B"), 2, at, spoken=False, address="10.0.0.8")
    assert box.dropped == 0
