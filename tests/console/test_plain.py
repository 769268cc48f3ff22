"""The plain console: the same work in a pipe, one line in, plain sentences out."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pytest

from hms.console.plain import run_plain
from hms.kernel.errors import Exit
from tests.console.scratch import PASSWORD, SECRET, settings_at
from tests.journeys.pty_desk import ROOT, python


def talk(folder: Path, *lines: str) -> tuple[int, str]:
    """Return the exit code and everything said when ``lines`` are typed."""
    sink = io.StringIO()
    source = io.StringIO("".join(f"{line}\n" for line in lines))
    return run_plain(settings_at(folder), source, sink), sink.getvalue()


def test_a_doctor_works_through_a_visit(folder: Path) -> None:
    code, said = talk(
        folder, "asha", PASSWORD, "next", "recall", "start", "hold x-ray", "resume", "complete"
    )
    assert code == Exit.DONE
    for sentence in (
        "Signed in as Dr. Asha Rao, doctor.",
        "Called: GM-007 for General medicine, Room 12, 王小明.",
        "GM-007 is called again.",
        "GM-007 came in.",
        "GM-007 is on hold.",
        "GM-007 goes on.",
        "GM-007 is finished.",
    ):
        assert sentence in said


def test_a_receptionist_registers_and_gives_a_token(folder: Path) -> None:
    _, said = talk(
        folder,
        "rosa",
        PASSWORD,
        'register "Olga Petrova" 1961-04-12 female "0171 2345678"',
        "search petrova",
        "issue LAB",
        "why LAB-001",
        "cancel LAB-001 changed her mind",
        "undo LAB-001",
    )
    assert "Registered: M" in said
    assert said.count("Olga Petrova, female, 1961-04-12") == 2
    assert "Token LAB-001 for Laboratory." in said
    assert "It is the next one; the wait is unknown." in said
    assert "LAB-001 is cancelled." in said
    assert "Taken back: LAB-001 is waiting." in said


def test_refusals_are_sentences_and_nothing_ends(folder: Path) -> None:
    code, said = talk(
        folder,
        "asha",
        "wrong",
        "asha",
        PASSWORD,
        "",
        "dance",
        'search "open',
        "next",
        "next",
        "start XX-1",
        "issue GM",
        "transfer",
        "next GM '[/bold]' \x1b[31m",
        "quit",
        "never read",
    )
    assert code == Exit.DONE
    assert "No: the name or the password is wrong" in said
    assert "No: there is no dance. Type help." in said
    assert "No: a quotation mark is not closed." in said
    assert "No: GM-007 is still called in Room 12" in said
    assert "No: there is no token XX-001 today" in said or "No: there is no token XX-1" in said
    assert "Type: transfer [TOKEN] QUEUE" in said
    assert "\x1b" not in said
    assert "Traceback" not in said
    assert said.rstrip().endswith("Good-bye.")


def test_help_offers_what_one_may_do(folder: Path) -> None:
    _, doctor = talk(folder, "asha", PASSWORD, "help")
    assert "next [QUEUE" in doctor
    assert "register" not in doctor
    _, reception = talk(folder, "rosa", PASSWORD, "help")
    assert "register" in reception
    assert "status online" not in reception.split("status online|busy")[0]


def test_a_one_time_secret_asks_for_an_own_password(folder: Path) -> None:
    _, said = talk(folder, "new", SECRET, "quiet lamps over the harbour", "queues")
    assert "That was a one-time secret" in said
    assert "GM, General medicine: 8 waiting" in said


def test_five_wrong_passwords_end_it(folder: Path) -> None:
    code, said = talk(folder, *["asha", "wrong"] * 5)
    assert code == Exit.NOT_PERMITTED
    assert said.count("Password: ") == 5


def test_a_missing_database_is_a_sentence_and_its_exit_code(tmp_path: Path) -> None:
    code, said = talk(tmp_path / "nowhere", "asha", PASSWORD)
    assert code == Exit.UNAVAILABLE
    assert said.startswith("No: there is no database")


@pytest.mark.parametrize("flags", [("--plain",), ()])
def test_it_works_in_a_pipe_even_when_nobody_asked_for_plain(
    folder: Path, flags: tuple[str, ...]
) -> None:
    done = subprocess.run(
        python("tests/console/scratch.py", str(folder), *flags),
        input=f"asha\n{PASSWORD}\nqueues\nquit\n",
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"TERM": "dumb", "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "GM, General medicine: 8 waiting" in done.stdout
    assert "\x1b" not in done.stdout
