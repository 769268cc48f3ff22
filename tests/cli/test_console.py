"""``hms console``: what it does before there is a screen."""

from __future__ import annotations

import pytest

from hms.cli.console import with_printer
from hms.infra.settings_load import SettingsError
from tests.cli.shell import Shell


def test_a_hospital_that_was_never_set_up_has_no_console(shell: Shell) -> None:
    """Exit 7 with what to do instead of a screen full of errors."""
    said = shell("console", "--json")
    assert said.code == 7
    assert "hms init" in said.error["hint"]


def test_the_console_needs_a_terminal_or_plain(hospital: Shell) -> None:
    """In a pipe nobody could see a screen; line prompts work there."""
    said = hospital("console", "--json")
    assert said.code == 2
    assert "--plain" in said.error["hint"]
    assert hospital.process("console", "--plain", stdin="").code in (0, 1, 130)


@pytest.mark.parametrize(
    ("said", "driver", "target", "station"),
    [
        ("network:10.0.0.7:9100", "network", "10.0.0.7:9100", "network:10.0.0.7:9100"),
        ("usb:04b8:0e15", "usb", "04b8:0e15", "usb:04b8:0e15"),
        ("none", "none", "", ""),
    ],
)
def test_a_desk_may_have_a_printer_of_its_own(
    hospital: Shell, said: str, driver: str, target: str, station: str
) -> None:
    """Its name is the station: desks that share a printer share its queue."""
    printing = with_printer(said).printing
    assert (printing.driver, printing.target, printing.station) == (driver, target, station)


def test_a_kind_of_printer_that_is_none_is_refused(hospital: Shell) -> None:
    """The message names the key and what can be said."""
    with pytest.raises(SettingsError, match=r"printing\.driver"):
        with_printer("fax:42")
