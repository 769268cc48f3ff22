"""``hms print`` and ``hms token reprint`` as programs call them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hms.cli.main import main
from tests.once import made_once
from tests.printer import Printer, network_printer

PASSWORD = "green tractor over the hill"
NEW = "blue kettle under the stairs"
Hms = Callable[..., tuple[int, Any]]


@pytest.fixture
def printer() -> Iterator[Printer]:
    """Return a printer that is well."""
    with network_printer() as made:
        yield made


@pytest.fixture
def hms(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    printer: Printer,
) -> Hms:
    """Run ``hms … --json`` as the manager of a hospital that prints; queue GM, token GM-001."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HMS_PRINTING__DRIVER", "network")
    monkeypatch.setenv("HMS_PRINTING__TARGET", f"127.0.0.1:{printer.port}")
    monkeypatch.setenv("HMS_SESSION_FILE", str(tmp_path / "session.json"))

    def run(*arguments: str, stdin: str = "") -> tuple[int, Any]:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        code = main([*arguments, "--json"])
        out = capsys.readouterr().out
        return code, json.loads(out) if out else None

    def make() -> None:
        assert run("init", "--admin", "root", "--password-stdin", stdin=PASSWORD + "\n")[0] == 0
        assert run("login", "root", "--password-stdin", stdin=PASSWORD + "\n")[0] == 0
        secret = run("user", "add", "mara", "--role", "manager")[1]["one_time_secret"]
        assert run("login", "mara", "--password-stdin", stdin=f"{secret}\n{NEW}\n")[0] == 0
        assert run("queue", "add", "GM", "--name", "General medicine", "--room", "Room 3")[0] == 0
        assert run("token", "issue", "--queue", "GM")[0] == 0

    made_once("a hospital that prints", tmp_path, make)
    return run


def test_the_preview_shows_the_slip_before_it_is_printed(hms: Hms, tmp_path: Path) -> None:
    code, [slip] = hms("print", "preview", "GM-001")
    assert code == 0
    assert slip["fields"]["code"] == "GM-001"
    assert [line["text"] for line in slip["lines"] if line.get("size", 0) > 2] == ["GM-001"]
    assert any("G M - 0 0 1" in line for line in slip["drawing"])
    assert any("G M - 0 4 2" in line for line in hms("print", "preview")[1][0]["drawing"])
    code, made = hms("print", "preview", "GM-001", "--pdf", "slip.pdf")
    assert (code, made["pages"]) == (0, 1)
    assert (tmp_path / "slip.pdf").read_bytes().startswith(b"%PDF-")
    assert hms("print", "preview", "GM-009")[0] == 5


def test_a_slip_again_is_marked_and_counted_or_written_as_a_pdf(hms: Hms, tmp_path: Path) -> None:
    code, job = hms("token", "reprint", "GM-001")
    assert (code, job["copy"], job["status"]) == (0, 1, "queued")
    assert hms("token", "reprint", "GM-001", "--pdf", "again.pdf")[0] == 0
    assert (tmp_path / "again.pdf").exists()
    assert [(j["copy"], j["status"]) for j in hms("print", "jobs")[1]] == [
        (1, "queued"), (0, "reprinted"),
    ]  # fmt: skip
    assert hms("token", "reprint", "GM-001", "--pdf", "/nonexistent/x.pdf")[0] == 2
    assert hms("token", "reprint", "GM-009")[0] == 5


def test_a_test_slip_goes_the_way_of_every_slip(hms: Hms, printer: Printer) -> None:
    assert hms("print", "test") == (0, {"outcome": "printed"})
    assert "GM-042" in printer.texts[0]
    printer.trouble = "no_paper"
    code, error = hms("print", "test")
    assert (code, error["error"]["code"]) == (7, "printing.not_printed")
    assert "no paper" in error["error"]["message"]


def test_only_what_failed_or_is_in_doubt_is_settled(hms: Hms) -> None:
    for verb in ("retry", "done"):
        code, error = hms("print", verb, "1")
        assert (code, error["error"]["code"]) == (6, "printing.settled")
        assert hms("print", verb, "77")[0] == 5
    assert hms("print", "jobs", "--status", "lost")[0] == 2


def test_numbers_on_paper_are_reserved_and_entered(hms: Hms) -> None:
    code, block = hms("print", "block", "--queue", "GM", "--count", "3")
    assert (code, block["first"], block["last"]) == (0, "GMP-001", "GMP-003")
    code, made = hms("print", "block", "--queue", "GM", "--count", "2", "--pdf", "block.pdf")
    assert (code, made["pages"]) == (0, 2)
    assert hms("print", "enter", "GMP-009", "--arrived", "00:00")[0] == 5
    assert hms("print", "enter", "GMP-001", "--arrived", "noon")[0] == 2
    assert hms("print", "block", "--queue", "GM", "--count", "900")[0] == 2


def test_privacy_is_shown_and_set(hms: Hms) -> None:
    assert hms("queue", "privacy", "GM") == (0, {"queue": "GM", "privacy": "name"})
    assert hms("queue", "privacy", "GM", "number") == (0, {"queue": "GM", "privacy": "number"})
    assert hms("queue", "privacy", "GM", "all")[0] == 2
    mrn = hms("patient", "add", "--name", "Ana Silva")[1]["mrn"]
    said = {"mrn": mrn, "privacy": "alias", "alias": "Falcon"}
    assert hms("patient", "privacy", mrn, "alias", "--alias", "Falcon") == (0, said)


def test_without_a_printer_a_pdf_is_offered(hms: Hms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HMS_PRINTING__DRIVER", "none")
    for command in (("token", "reprint", "GM-001"), ("print", "test")):
        code, error = hms(*command)
        assert (code, error["error"]["code"]) == (6, "printing.off")
    assert hms("token", "reprint", "GM-001", "--pdf", "again.pdf")[0] == 0
