"""A file opened with a reason: asked for at the doctor's desk, an alarm on the heads' desk."""

from __future__ import annotations

from pathlib import Path

import pytest

from hms.console.desks.admin import AdminDesk
from hms.console.desks.doctor import DoctorDesk
from hms.features.patients import service as patients
from hms.kit.scanner import CodeKind
from tests.console.desks.seat import sits_at
from tests.kit.screens import pale
from tests.support import Hospital

pytestmark = pytest.mark.asyncio
SIZES = [(80, 24), (132, 43)]


@pytest.mark.parametrize("size", SIZES)
async def test_a_file_opens_for_a_reason_and_what_was_typed_stays(
    hospital: Hospital, tmp_path: Path, size: tuple[int, int]
) -> None:
    anna = hospital.patient("Anna [/bold] Other")
    async with sits_at(hospital, "dora", DoctorDesk(), tmp_path, size) as desk:
        await desk.type("ctrl+f", anna.mrn, "f9")
        await desk.sees("is not a patient of yours", anna.mrn)
        assert "Anna" not in desk.text
        await desk.type("enter", "fell in the corridor", "f9")
        await desk.sees("Anna [/bold] Other", "no allergies recorded")
        await desk.type("escape")
        assert "Anna" not in desk.text
    [access] = hospital.ask("mara", patients.list_accesses)
    assert (access.user, access.reason) == ("dora", "fell in the corridor")


async def test_an_own_patients_file_opens_at_once(hospital: Hospital, tmp_path: Path) -> None:
    anna = hospital.patient("Anna Own")
    hospital.issue("GM", anna.mrn)
    hospital.called("GM")
    async with sits_at(hospital, "dora", DoctorDesk(), tmp_path) as desk:
        await desk.type("ctrl+f", anna.mrn, "f9")
        await desk.sees("Esc closes the file", "Anna Own")
    assert hospital.ask("mara", patients.list_accesses) == []


async def test_a_scanned_wristband_of_somebody_else_offers_to_open_the_file(
    hospital: Hospital, tmp_path: Path
) -> None:
    anna = hospital.patient("Anna Other")
    screen = DoctorDesk()
    async with sits_at(hospital, "dora", screen, tmp_path) as desk:
        screen.take_scan(CodeKind.MRN, anna.mrn)
        await desk.settle()
        await desk.sees("Open a patient's file", anna.mrn)


@pytest.mark.parametrize("size", SIZES)
async def test_the_managers_desk_rings_until_the_manager_took_note(
    hospital: Hospital, tmp_path: Path, size: tuple[int, int]
) -> None:
    anna = hospital.patient("Anna Other")
    async with sits_at(hospital, "mara", AdminDesk(), tmp_path, size) as desk:
        assert "ALARM" not in desk.text
        hospital.do("dora", patients.show, anna.mrn, "fell in the corridor")
        await desk.hears(kinds=("AccessOpened",))
        await desk.sees("ALARM", f"dora opened {anna.mrn} at 09:00")
        assert list(pale(desk.app)) == []
        await desk.type("ctrl+n", "enter")
        await desk.sees("Reason: fell in the corridor")
        await desk.type("f9")
        await desk.sees("You took note of what dora opened")
        assert "ALARM" not in desk.text
    assert hospital.ask("mara", patients.list_accesses) == []


async def test_the_administrators_desk_rings_without_the_patient(
    hospital: Hospital, tmp_path: Path
) -> None:
    anna = hospital.patient("Anna Other")
    hospital.do("dora", patients.show, anna.mrn, "fell in the corridor")
    async with sits_at(hospital, "ada", AdminDesk(), tmp_path) as desk:
        await desk.sees("ALARM", "dora opened a patient's record at 09:00")
        assert anna.mrn not in desk.text
        assert "Take note of a record that was opened with a reason" not in desk.offers()
