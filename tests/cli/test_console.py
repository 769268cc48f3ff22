"""``hms console``: what it does before there is a screen."""

from __future__ import annotations

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
