"""``hms help``, for whoever types it that way."""

from __future__ import annotations

from tests.cli.shell import Shell
from tests.house.sources import ROOT


def test_help_is_help(shell: Shell) -> None:
    """The same text by both ways."""
    assert shell("help").out == shell("--help").out


def test_help_of_a_command_is_that_commands(shell: Shell) -> None:
    """A group or one of its commands."""
    assert "Usage: hms token issue" in shell("help", "token", "issue").out
    assert "Usage: hms config show" in shell("help", "config", "show", "--json").json["help"]


def test_help_of_what_there_is_not_is_a_usage_mistake(shell: Shell) -> None:
    """With the nearest command, as elsewhere."""
    said = shell("help", "tokn", "--json")
    assert said.code == 2
    assert "'token'" in said.error["message"]


def test_a_list_of_commands_never_ends_in_the_middle_of_a_sentence(shell: Shell) -> None:
    told = shell("token", "--help").out
    assert "code, number and arrival are\n            kept." in told
    assert "..." not in told.split("Commands:")[1]


def test_no_help_shows_the_marks_of_our_own_sources() -> None:
    """A page is made of every text of every command."""
    assert "``" not in (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")


def test_a_word_that_is_none_of_a_choice_is_refused_in_plain_words(shell: Shell) -> None:
    said = shell("permissions", "--role", "cook", "--json")
    assert said.code == 2
    assert said.error["message"].startswith("Invalid value for '--role': 'cook' is not one of")
