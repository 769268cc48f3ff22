"""Slips come out once each, whatever the printer does."""

from __future__ import annotations

import re
import socket
import time
from collections import Counter
from pathlib import Path

import pytest

from hms.features.printing import service as printing
from hms.features.printing.rules import JobStatus
from hms.features.tokens import service as tokens
from tests.features.printing.conftest import Open
from tests.features.printing.driving import drive_now
from tests.printer import Printer, matrix_of
from tests.support import Hospital

CODE = re.compile(r"GM-\d{3,}")


def states(hospital: Hospital) -> Counter[str]:
    return Counter(job.status for job in hospital.ask("rosa", printing.list_jobs, limit=1000))


def codes_on(printer: Printer) -> Counter[str]:
    found = [CODE.search(text) for text in printer.texts]
    return Counter(match.group() for match in found if match)


class TestAWellPrinter:
    def test_prints_each_token_once_and_says_what_the_patient_asks(self, printing: Open) -> None:
        hospital, printer = printing(public_url="http://10.0.0.5:8765")
        for _ in range(3):
            hospital.issue()
        drive_now(hospital)
        assert codes_on(printer) == {"GM-001": 1, "GM-002": 1, "GM-003": 1}
        last = printer.slips[2]
        assert last.lines[:7] == [
            "St. Test", "", "GM-003", "General medicine", "Please go to Room 1", "-" * 42,
            "2 people before you",
        ]  # fmt: skip
        assert last.sizes[2] == 6
        assert "2031-03-04  09:00" in last.text
        assert "REPRINT" not in last.text

    def test_draws_the_code_that_leads_to_the_patients_own_place(self, printing: Open) -> None:
        hospital, printer = printing(public_url="http://10.0.0.5:8765")
        token = hospital.issue()
        drive_now(hospital)
        from hms.infra.place_link import make_secret, sign

        signed = sign(make_secret(hospital.settings), token.id, token.service_day)
        assert printer.slips[0].qr() == matrix_of(f"http://10.0.0.5:8765/t/{signed}")

    def test_or_lets_the_printer_draw_it(self, printing: Open) -> None:
        hospital, printer = printing(public_url="http://10.0.0.5:8765", qr="native")
        hospital.issue()
        drive_now(hospital)
        [link] = printer.slips[0].codes
        assert re.fullmatch(r"http://10\.0\.0\.5:8765/t/[\w-]{28}", link)

    def test_is_driven_by_one_of_several(self, printing: Open) -> None:
        hospital, printer = printing()
        for _ in range(12):
            hospital.issue()
        drive_now(hospital, workers=4)
        assert codes_on(printer) == {f"GM-{n:03}": 1 for n in range(1, 13)}


class TestTrouble:
    @pytest.mark.parametrize(
        ("trouble", "said"),
        [
            ("no_paper", "the printer has no paper · 1 slip waits"),
            ("cover", "the printer's cover is open · 1 slip waits"),
            ("fault", "the printer has a fault, see its lamp · 1 slip waits"),
            ("garbage", "the printer answers what no printer says · 1 slip waits"),
        ],
    )
    def test_the_token_stands_and_its_slip_comes_when_the_printer_is_well(
        self, printing: Open, trouble: str, said: str
    ) -> None:
        hospital, printer = printing(trouble)
        token = hospital.issue()
        drive_now(hospital, until="SELECT count(*) = 0 FROM print_job WHERE status = 'failed'")
        assert sentence(hospital) == said
        assert hospital.token(token.id).status == "waiting"
        printer.trouble = ""
        drive_now(hospital)
        assert codes_on(printer) == {"GM-001": 1}
        assert sentence(hospital) == ""

    @pytest.mark.parametrize("trouble", ["cut_off", "lost"])
    def test_what_may_have_come_out_is_never_printed_again_by_itself(
        self, printing: Open, trouble: str
    ) -> None:
        hospital, printer = printing(trouble)
        hospital.issue()
        drive_now(hospital)
        assert states(hospital) == {"doubtful": 1}
        assert sentence(hospital) == "1 in doubt: look whether it came out"
        printer.trouble = ""
        drive_now(hospital)
        assert len(printer.slips) == (1 if trouble == "lost" else 0)

    def test_a_printer_that_is_off_makes_nobody_wait(self, printing: Open) -> None:
        with socket.create_server(("127.0.0.1", 0)) as full:
            port = full.getsockname()[1]
        hospital, _ = printing(target=f"127.0.0.1:{port}")
        began = time.perf_counter()
        hospital.issue()
        assert time.perf_counter() - began < 1
        drive_now(hospital, until="SELECT count(*) = 0 FROM print_job WHERE status = 'failed'")
        assert "cannot be reached" in sentence(hospital)

    def test_a_printer_that_hangs_in_the_middle_is_doubtful(self, printing: Open) -> None:
        hospital, _ = printing("mute", status=True)
        hospital.issue()
        drive_now(hospital, until="SELECT count(*) = 0 FROM print_job WHERE status = 'failed'")
        assert sentence(hospital).startswith("the printer does not answer")

    def test_a_slip_that_cannot_be_made_says_so(self, printing: Open, tmp_path: Path) -> None:
        logo = tmp_path / "logo.png"
        logo.write_text("no image")
        hospital, _ = printing(logo=str(logo))
        hospital.issue()
        drive_now(hospital, until="SELECT count(*) = 0 FROM print_job WHERE status = 'failed'")
        assert "cannot be read as an image" in sentence(hospital)

    def test_a_token_taken_back_meanwhile_is_not_printed(self, printing: Open) -> None:
        hospital, printer = printing()
        hospital.do("rosa", tokens.undo, hospital.issue().id)
        drive_now(hospital)
        assert (states(hospital), printer.slips) == ({"dropped": 1}, [])


def sentence(hospital: Hospital) -> str:
    return hospital.ask("rosa", printing.printer_sentence)


def settle_all(hospital: Hospital) -> None:
    """Let a human ask for each slip that is in doubt once more."""
    for job in hospital.ask("rosa", printing.list_jobs, status="doubtful", limit=1000):
        hospital.do("rosa", printing.retry, job.id)


@pytest.mark.parametrize(
    "tickets", [100, pytest.param(1000, marks=pytest.mark.long)], ids=["100", "1000"]
)
def test_a_printer_that_fails_at_random_loses_no_ticket_and_doubles_no_number(
    printing: Open, tickets: int
) -> None:
    hospital, printer = printing("chance")
    for _ in range(tickets):
        hospital.issue()
    drive_now(hospital, seconds=tickets)
    doubted = {
        job.label for job in hospital.ask("rosa", printing_jobs, status="doubtful", limit=1000)
    }
    assert doubted, "the printer failed too kindly for this to say anything"
    originals = codes_on(printer)
    assert all(count == 1 for count in originals.values())
    assert set(originals) | doubted == {f"GM-{n:03}" for n in range(1, tickets + 1)}
    while states(hospital)[JobStatus.DOUBTFUL]:
        settle_all(hospital)
        drive_now(hospital, seconds=tickets)
    assert set(codes_on(printer)) == {f"GM-{n:03}" for n in range(1, tickets + 1)}
    for text in printer.texts:
        code = CODE.search(text)
        assert code is not None
        assert ("REPRINT" in text) <= (code.group() in doubted)
    unmarked = Counter(CODE.findall(text)[0] for text in printer.texts if "REPRINT" not in text)
    assert max(unmarked.values()) == 1
    assert hospital.one("SELECT count(*) FROM token") == tickets
    assert hospital.one("SELECT count(DISTINCT number) FROM token") == tickets
    assert set(states(hospital)) == {"printed", "reprinted"}


printing_jobs = printing.list_jobs
