"""``hms patient …`` as somebody types it, up to exit codes and JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from hms.cli.main import main
from tests.once import made_once

SYNTHEA = Path(__file__).parents[3] / "data" / "synthea" / "patients.csv"
PASSWORD = "a long enough password of the manager"
Run = Callable[..., tuple[int, Any]]


@pytest.fixture
def hms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return ``hms`` for a manager who is signed in; it gives exit code and JSON."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HMS_DATABASE__URL", f"sqlite+aiosqlite:///{tmp_path / 'data' / 'hms.db'}")
    monkeypatch.setenv("HMS_SESSION_FILE", str(tmp_path / "session"))

    def run(*arguments: str, stdin: str = "") -> tuple[int, Any]:
        monkeypatch.setattr("sys.stdin", StringIO(stdin))
        code = main([*arguments, "--json"])
        out = capsys.readouterr().out
        return code, json.loads(out) if out.strip() else None

    def make() -> None:
        secret = run("init")[1]["one_time_secret"]
        run("login", "admin", "--password-stdin", stdin=f"{secret}\n{PASSWORD} 1\n")
        secret = run("user", "add", "mia", "--role", "manager")[1]["one_time_secret"]
        run("login", "mia", "--password-stdin", stdin=f"{secret}\n{PASSWORD} 2\n")

    made_once("a manager of patients", tmp_path, make)
    return run


def test_a_patient_is_added_shown_found_and_changed(hms: Run) -> None:
    code, added = hms("patient", "add", "--name", "Ann Lee", "--age", "40", "--sex", "F",
                      "--allergy", "Latex", "--allergy", "nuts")  # fmt: skip
    assert code == 0
    assert added["allergies"] == ["Latex", "nuts"]
    assert hms("patient", "show", added["mrn"].lower()) == (0, added)
    assert hms("patient", "search", "lee", "ann") == (0, [added])
    code, changed = hms("patient", "edit", added["mrn"], "--phone", "12345", "--allergy", "none")
    assert (code, changed["phone"], changed["allergies"]) == (0, "12345", [])
    assert changed["version"] == 2
    code, late = hms("patient", "edit", added["mrn"], "--phone", "54321", "--version", "1")
    assert (code, late["error"]["code"]) == (6, "patients.changed_meanwhile")


def test_a_likely_duplicate_exits_6_with_the_candidates(hms: Run) -> None:
    ann = ("patient", "add", "--name", "Ann Lee", "--birth-date", "1987-04-12")
    hms(*ann)
    code, warned = hms(*ann)
    assert code == 6
    assert warned["error"]["code"] == "patients.duplicate"
    assert [one["name"] for one in warned["error"]["candidates"]] == ["Ann Lee"]
    assert hms(*ann, "--allow-duplicate")[0] == 0


def test_people_see_who_looks_alike(hms: Run, capsys: pytest.CaptureFixture[str]) -> None:
    ann = ["patient", "add", "--name", "[/bold] Lee", "--birth-date", "1987-04-12"]
    hms(*ann)
    assert main(ann) == 6
    said = capsys.readouterr().err
    assert "[/bold] Lee" in said
    assert "same birth date" in said
    assert "registered already" in said


def test_unknown_archive_and_unarchive(hms: Run) -> None:
    code, unknown = hms("patient", "unknown", "--sex", "M")
    assert (code, unknown["temporary"]) == (0, True)
    assert hms("patient", "archive", unknown["mrn"])[1]["archived"]
    assert hms("patient", "search", "unknown") == (0, [])
    assert hms("patient", "search", "unknown", "--archived")[1][0]["mrn"] == unknown["mrn"]
    assert hms("patient", "archive", unknown["mrn"])[0] == 6
    assert not hms("patient", "unarchive", unknown["mrn"])[1]["archived"]


def test_the_synthea_patients_are_imported_once(hms: Run) -> None:
    importing = ("patient", "import", str(SYNTHEA), "--format", "synthea")
    would = {"rows": 27, "taken": 27, "already": 0, "refused": [], "dry_run": True}
    assert hms(*importing, "--dry-run") == (0, would)
    assert hms(*importing) == (0, would | {"dry_run": False})
    assert hms(*importing) == (0, would | {"dry_run": False, "taken": 0, "already": 27})


def test_refused_rows_exit_6_and_the_good_ones_are_kept(hms: Run, tmp_path: Path) -> None:
    path = tmp_path / "some.csv"
    path.write_bytes(b"name,sex\nAnn,F\nJos\xe9,M\nBo,X\n")
    code, report = hms("patient", "import", str(path))
    assert (code, report["taken"]) == (6, 1)
    assert [row["line"] for row in report["refused"]] == [3, 4]
    assert len(hms("patient", "search", "ann")[1]) == 1


def test_files_that_are_no_table_are_refused(hms: Run, tmp_path: Path) -> None:
    assert hms("patient", "import", str(tmp_path / "nothing.csv"))[0] == 5
    path = tmp_path / "some.csv"
    for content in (b"", b"\x89PNG\0\0", b"born\n1987\n"):
        path.write_bytes(content)
        code, said = hms("patient", "import", str(path))
        assert (code, said["error"]["code"]) == (2, "patients.import_file")


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "--name", ""),
        ("add", "--name", "a" * 10_000),
        ("add", "--name", "Ann\x1b[31m"),
        ("add", "--name", "Ann\u202e"),
        ("add", "--name", "Ann\udcff"),
        ("add", "--name", "😀"),
        ("add", "--name", "Ann", "--birth-date", "2021-02-31"),
        ("add", "--name", "Ann", "--birth-date", "2999-01-01"),
        ("add", "--name", "Ann", "--age", "131"),
        ("add", "--name", "Ann", "--age", "40", "--birth-date", "1987"),
        ("add", "--name", "Ann", "--sex", "X"),
        ("add", "--name", "Ann", "--phone", "abc"),
        ("add", "--name", "Ann", "--blood-group", "C+"),
        ("search", ""),
        ("search", "M00000031"),
        ("search", "ann", "--limit", "0"),
        ("show", "M00000031"),
        ("show", "' OR 1=1"),
        ("import", "x", "--format", "xls"),
    ],
)
def test_bad_input_exits_2_with_a_plain_sentence(hms: Run, arguments: tuple[str, ...]) -> None:
    code, said = hms("patient", *arguments)
    assert code == 2
    assert said["error"]["message"]
    assert said["error"]["hint"]
    assert hms("patient", "search", "a") == (0, [])


def test_an_unknown_number_exits_5(hms: Run) -> None:
    code, said = hms("patient", "show", "M00000013")
    assert (code, said["error"]["code"]) == (5, "patients.not_found")


def test_nobody_signed_in_exits_4(hms: Run) -> None:
    hms("logout")
    assert hms("patient", "search", "ann")[0] == 4
