"""The reception and its printer: one line of trouble, a slip again, a doubt settled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hms.console.desks.reception import ReceptionDesk
from hms.features.printing import service as printing
from hms.features.printing.rules import JobStatus
from hms.infra import settings as conf
from tests.console.desks.seat import sits_at
from tests.support import Hospital, hospital_at

pytestmark = pytest.mark.asyncio


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Hospital]:
    """Return a hospital that prints slips on a printer which nobody drives here."""
    config = conf.PrintingSettings("network", "127.0.0.1:1")
    with hospital_at(tmp_path / "data" / "hms.db", printing=config) as made:
        yield made


def happened(hospital: Hospital, status: JobStatus, reason: str) -> None:
    """Let the printer's driver say what became of the next slip."""
    job = hospital.do("tests", printing.claim, "", "driver", 30.0)
    assert job is not None
    hospital.do("tests", printing.settle, job, "driver", status, reason)


def states(hospital: Hospital) -> list[tuple[str, int, str]]:
    jobs = hospital.ask("rosa", printing.list_jobs)
    return [(job.label, job.copy_no, job.status) for job in reversed(jobs)]


async def test_trouble_is_one_line_that_goes_when_it_is_over(
    hospital: Hospital, tmp_path: Path
) -> None:
    hospital.issue()
    async with sits_at(hospital, "rosa", ReceptionDesk(), tmp_path) as desk:
        assert "Printer:" not in desk.text
        happened(hospital, JobStatus.FAILED, "the printer has no paper")
        await desk.hears(kinds=("PrintingChanged",))
        await desk.sees("Printer: the printer has no paper · 1 slip waits")
        happened(hospital, JobStatus.PRINTED, "")
        await desk.hears(kinds=("PrintingChanged",))
        assert "Printer:" not in desk.text


async def test_a_slip_is_printed_again_from_the_tokens_menu(
    hospital: Hospital, tmp_path: Path
) -> None:
    hospital.issue()
    happened(hospital, JobStatus.PRINTED, "")
    async with sits_at(hospital, "rosa", ReceptionDesk(), tmp_path) as desk:
        await desk.type("gm1", "f9")
        await desk.sees("Print its slip again")
        await desk.type("slip", "enter")
        await desk.sees("GM-001: its slip is printed again")
    assert states(hospital) == [("GM-001", 0, "reprinted"), ("GM-001", 1, "queued")]


@pytest.mark.parametrize(
    ("key", "said", "after"),
    [
        ("f7", "GM-001 came out", [("GM-001", 0, "printed")]),
        ("f8", "goes to the printer", [("GM-001", 0, "reprinted"), ("GM-001", 1, "queued")]),
        ("enter", "Did the slip of GM-001 come out?", [("GM-001", 0, "doubtful")]),
    ],
)
async def test_a_human_says_what_became_of_a_doubtful_slip(
    hospital: Hospital, tmp_path: Path, key: str, said: str, after: list[tuple[str, int, str]]
) -> None:
    """Enter struck twice settles nothing."""
    hospital.issue()
    happened(hospital, JobStatus.DOUBTFUL, "the printer was cut off")
    async with sits_at(hospital, "rosa", ReceptionDesk(), tmp_path) as desk:
        await desk.sees("Printer: 1 in doubt")
        await desk.type("ctrl+p", "slips that", "enter")
        await desk.sees("Which slip?", "the printer was")
        await desk.type("enter", key)
        await desk.sees(said)
    assert states(hospital) == after


async def test_when_all_is_well_there_is_nothing_to_settle(
    hospital: Hospital, tmp_path: Path
) -> None:
    async with sits_at(hospital, "rosa", ReceptionDesk(), tmp_path) as desk:
        await desk.type("ctrl+p", "slips that", "enter")
        await desk.sees("Every slip came out.")


async def test_a_hospital_without_a_printer_offers_no_slip(tmp_path: Path) -> None:
    with hospital_at(tmp_path / "data" / "hms.db") as plain:
        plain.issue()
        async with sits_at(plain, "rosa", ReceptionDesk(), tmp_path) as desk:
            await desk.type("gm1", "f9")
            await desk.sees("Why is it at this place?")
            assert "slip" not in desk.text
