"""``hms check`` on paper: the printer is asked, the letters are looked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hms.cli.check_paper import printer, slip_letters
from hms.cli.checks import Grade
from hms.infra import settings as conf
from hms.infra.settings import Settings
from tests.printer import network_printer


def at(port: int, *languages: str, **printing: Any) -> Settings:
    config = conf.PrintingSettings("network", f"127.0.0.1:{port}", timeout_seconds=1, **printing)
    return Settings(hospital=conf.Hospital(languages=languages or ("en",)), printing=config)


@pytest.mark.parametrize(
    ("trouble", "grade"), [("", Grade.OK), ("no_paper", Grade.PROBLEM), ("mute", Grade.PROBLEM)]
)
def test_the_printer_is_asked(trouble: str, grade: Grade) -> None:
    with network_printer(trouble) as made:
        found = printer(at(made.port))
        assert (found.grade, made.slips) == (grade, [])


def test_a_slip_that_cannot_be_made_is_found_before_anybody_waits_for_it(tmp_path: Path) -> None:
    with network_printer() as made:
        found = printer(at(made.port, logo=str(tmp_path / "none.png")))
        assert (found.grade, "none.png" in found.found) == (Grade.PROBLEM, True)


def test_no_printer_is_no_problem() -> None:
    assert printer(Settings()).grade is slip_letters(Settings()).grade is Grade.OK


@pytest.mark.parametrize("language", ["en", "ar", "hi"])
def test_letters_of_the_slips_language_are_found(language: str) -> None:
    assert slip_letters(at(1, language)).grade is Grade.OK


def test_a_font_that_is_not_there_is_said() -> None:
    found = slip_letters(at(1, "hi", font="/nonexistent.ttf"))
    assert (found.grade, "no font file" in found.found) == (Grade.PROBLEM, True)
