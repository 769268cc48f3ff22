"""What desks see of the screens: what became of their own call, and the administrator's list."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hms.console.desks.admin import AdminDesk
from hms.console.desks.doctor import DoctorDesk
from hms.console.desks.reception import ReceptionDesk
from hms.features.displays import rules
from tests.console.desks.seat import sits_at
from tests.features.displays.hall import claim, listed, report
from tests.support import Hospital

pytestmark = pytest.mark.asyncio
WIDE = (132, 43)


def shown(hospital: Hospital, name: str, **said: Any) -> None:
    """Let the screen ``name`` say that it showed the last call."""
    call = hospital.one("SELECT max(id) FROM outbox WHERE kind = 'TokenCalled'")
    report(hospital, name, call_id=call, **said)


async def test_the_doctor_sees_which_screens_have_shown_the_call(
    hospital: Hospital, tmp_path: Path
) -> None:
    report(hospital, "Hall B")
    report(hospital, "Hall D", sound="blocked")
    hospital.issue("GM")
    async with sits_at(hospital, "dora", DoctorDesk(), tmp_path) as desk:
        await desk.sees("GM-001")
        await desk.type("f4")
        await desk.sees("called to Room 1")
        shown(hospital, "Hall B", shown_ms=400, spoken=True)
        await desk.sees("✓ Hall B 0.4 s, spoken", "! Hall D sound blocked")
        await desk.type("f6")
        await desk.sees("is finished")
        assert "Hall B" not in desk.text


async def test_a_call_that_no_screen_shows_rings_at_the_desk_that_made_it(
    hospital: Hospital, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report(hospital, "Hall C")
    hospital.clock.forward(minutes=10)
    hospital.issue("LAB")
    async with sits_at(hospital, "rosa", ReceptionDesk(), tmp_path, WIDE) as desk:
        rung: list[bool] = []
        monkeypatch.setattr(desk.app, "bell", lambda: rung.append(True))
        await desk.sees("LAB-001")
        await desk.type("f4")
        await desk.sees("Hall C not seen since")
        assert not rung
        hospital.clock.forward(seconds=rules.REACHED_WITHIN_SECONDS)
        await desk.sees("LAB-001 reached no screen: please call it aloud.")
        assert rung == [True]


async def test_a_hospital_without_screens_has_no_such_line(
    hospital: Hospital, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hospital.issue("GM")
    async with sits_at(hospital, "dora", DoctorDesk(), tmp_path) as desk:
        rung: list[bool] = []
        monkeypatch.setattr(desk.app, "bell", lambda: rung.append(True))
        await desk.sees("GM-001")
        await desk.type("f4")
        await desk.sees("called to Room 1")
        hospital.clock.forward(seconds=10)
        assert not rung
        assert "on the walls" not in desk.text


async def test_the_administrator_sees_every_screen_and_pairs_one(
    hospital: Hospital, tmp_path: Path
) -> None:
    report(hospital, "Hall B", zone="front", sound="blocked")
    async with sits_at(hospital, "ada", AdminDesk(), tmp_path, WIDE) as desk:
        await desk.type("ctrl+g")
        await desk.sees("Hall B", "front", "● live", "! blocked")
        await desk.type("f3", "Hall A", "enter", "enter", "en", "enter")
        await desk.sees("Hall A: ")
        code = desk.text.partition("Hall A: ")[2][:9]
        assert "device" in claim(hospital, code)
        await desk.type("enter")
        await desk.sees("○ never seen")


async def test_the_administrator_tells_a_screen_what_to_do(
    hospital: Hospital, tmp_path: Path
) -> None:
    report(hospital, "Hall B")
    async with sits_at(hospital, "ada", AdminDesk(), tmp_path, WIDE) as desk:
        await desk.type("ctrl+g")
        await desk.sees("Hall B")
        await desk.type("f2")
        await desk.sees("shows its name")
        await desk.type("f4")
        await desk.sees("loads its page again")
        await desk.type("f10")
        await desk.sees("Send Hall B away?")
        await desk.type("f4")
        await desk.sees("is sent away", "– revoked")
    assert listed(hospital)["Hall B"].state == "revoked"
    kinds = [row[0] for row in hospital.rows("SELECT kind FROM outbox ORDER BY id")]
    assert kinds[-3:] == ["ScreenIdentifyAsked", "ScreenReloadAsked", "ScreenRevoked"]


async def test_the_manager_puts_an_emergency_on_the_walls_and_takes_it_off(
    hospital: Hospital, tmp_path: Path
) -> None:
    async with sits_at(hospital, "mara", AdminDesk(), tmp_path) as desk:
        await desk.type("ctrl+e")
        await desk.sees("No notice is on the walls")
        await desk.type(
            "f4", "Leave by the main stairs", "enter", "enter", "enter", "soon", "enter"
        )
        await desk.sees("write the minutes as a number")
        await desk.type(*["backspace"] * 4, "30", "enter")
        await desk.sees("▲ EMERGENCY", "Leave by the main stairs", "every wall")
        await desk.type("f10")
        await desk.sees("Take it off the walls?")
        await desk.type("f4")
        await desk.sees("No notice is on the walls")
    kept = "SELECT text, urgent, removed_at IS NULL FROM notice"
    assert hospital.rows(kept) == [("Leave by the main stairs", 1, 0)]
