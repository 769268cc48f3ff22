"""Slips as commands show and keep them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hms.infra.printing.document import Slip, Text
from hms.kit.invocation import current
from hms.kit.paper import CannotWrite, show_slips, write_pdf

SLIPS = [Slip((Text("GM-042"), Text("\x1b[2Jx")))]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder without a configuration."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(current(), "json", False)
    return tmp_path


def test_a_slip_is_shown_in_a_frame_and_obeyed_by_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_slips(SLIPS)
    out = capsys.readouterr().out
    assert "│ GM-042 " in out
    assert "\x1b" not in out


def test_programs_get_its_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(current(), "json", True)
    show_slips(SLIPS)
    [slip] = json.loads(capsys.readouterr().out)
    assert slip["drawing"][1].startswith("│ GM-042")


def test_a_pdf_is_written_or_the_reason_said(folder: Path) -> None:
    write_pdf(folder / "slip.pdf", SLIPS)
    assert (folder / "slip.pdf").read_bytes().startswith(b"%PDF-")
    with pytest.raises(CannotWrite):
        write_pdf(folder / "none" / "slip.pdf", SLIPS)
