"""The root of the command line."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.core import TyperGroup

from hms import __version__
from hms.cli.main import command_line
from tests.cli.shell import Shell


def test_help_lists_every_command_without_loading_any(shell: Shell) -> None:
    """One line a command, in the order in which a hospital needs them."""
    said = shell("--help")
    assert said.code == 0
    for name in ("init", "serve", "login", "user", "patient", "queue", "token", "simulate"):
        assert f"\n  {name} " in said.out


def test_the_version_is_told(shell: Shell) -> None:
    """For whoever reports a fault."""
    assert shell("--version").out == f"hms {__version__}\n"


def test_no_command_is_a_usage_mistake_with_the_help(shell: Shell) -> None:
    """Exit 2, so that a script notices."""
    said = shell()
    assert said.code == 2
    assert "Usage: hms" in said.err


@pytest.mark.parametrize("before", [True, False])
def test_json_may_stand_before_or_behind_the_command(shell: Shell, before: bool) -> None:
    """People write it where they remember it."""
    arguments = ["--json", "token", "list"] if before else ["token", "list", "--json"]
    said = shell(*arguments)
    assert said.code == 4
    assert said.error["code"] == "access.not_signed_in"


def test_a_slip_in_a_command_names_the_nearest(shell: Shell) -> None:
    """As with a setting."""
    said = shell("tokn", "--json")
    assert said.code == 2
    assert "'token'" in said.error["message"]


def test_a_slip_behind_a_command_names_the_nearest_too(shell: Shell) -> None:
    said = shell("token", "nxt", "--json")
    assert said.code == 2
    assert "'next'" in said.error["message"]


def test_a_group_is_made_with_the_one_command_that_was_typed() -> None:
    """Making the others takes longer than calling a patient."""
    root = command_line()
    alone, whole = root.real("token", ["next", "--queue", "GM"]), root.real("token", ["--help"])
    assert isinstance(alone, TyperGroup)
    assert isinstance(whole, TyperGroup)
    assert list(alone.commands) == ["next"]
    assert {"issue", "next", "recall"} <= set(whole.commands)
    assert list(root.real("token", ["nxt"]).commands) == list(whole.commands)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "arguments",
    [
        ("user", "list"),
        ("patient", "search", "ada"),
        ("patient", "import", "nothing.csv", "--format", "csv"),
        ("queue", "close-day", "--yes"),
        ("token", "issue", "--queue", "GM"),
        ("token", "next", "--queue", "GM"),
        ("doctor", "set", "dora"),
        ("notice", "list"),
        ("whoami",),
        ("password",),
    ],
)
def test_without_a_session_nothing_is_touched(shell: Shell, arguments: tuple[str, ...]) -> None:
    """Exit 4 before a database would even be looked for."""
    said = shell(*arguments, "--json")
    assert said.code == 4, said
    assert said.error["code"].startswith(("access.", "session."))
    assert not (shell.folder / "hms-data").exists()


def test_a_broken_configuration_is_a_usage_mistake(shell: Shell) -> None:
    """The file and line are in the message."""
    (shell.folder / "hms.toml").write_text("[display]\nprot = 1\n")
    said = shell("config", "show", "--json")
    assert said.code == 2
    assert "line 2" in said.error["message"]


def test_a_hospital_that_was_never_set_up_is_unavailable(shell: Shell) -> None:
    """Exit 7 with what to do, for a command that needs no session."""
    said = shell("serve", "--json")
    assert said.code == 7
    assert "hms init" in said.error["hint"]


@pytest.mark.parametrize("text", ["\x1b[2J", "[/bold]", "' OR 1=1", "\u202e", "x" * 10_000])
def test_hostile_arguments_are_only_text(shell: Shell, text: str) -> None:
    """Refused or not found, never obeyed, never a traceback."""
    for arguments in (
        (text,),
        ("token", text),
        ("config", "show", text),
        ("--config", text, "check"),
    ):
        said = shell(*arguments)
        assert said.code in (2, 3)
        assert not set(said.out + said.err) & set("\x1b\u202e")


def test_completion_knows_the_commands(shell: Shell) -> None:
    """``hms to<Tab>``, and behind a group its commands."""
    environment = {
        "_HMS_COMPLETE": "complete_bash",
        "COMP_WORDS": "hms to",
        "COMP_CWORD": "1",
    }
    assert "token" in shell.process(environment=environment).out.split()
    environment |= {"COMP_WORDS": "hms config sh", "COMP_CWORD": "2"}
    assert shell.process(environment=environment).out.split() == ["show"]


def test_a_reader_that_goes_away_is_no_failure(shell: Shell) -> None:
    """``hms permissions | head -1`` ends quietly."""
    command = f"{sys.executable} -m hms.cli.main permissions | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("permission\t")
    assert "Traceback" not in done.stderr
    assert "Error" not in done.stderr


def test_garbage_is_looked_for_late_at_the_start_and_at_the_usual_pace_from_then_on() -> None:
    code = (
        "import gc, sys\n"
        "from hms.cli import main as own\n"
        "sys.argv = ['hms', '--version']\n"
        "def run(_arguments):\n"
        "    seen.append(gc.get_threshold()[0])\n"
        "    gc.collect()\n"
        "    seen.append(gc.get_threshold()[0])\n"
        "    return 0\n"
        "seen, own._run = [], run\n"
        "print(own.main(), *seen, gc.callbacks)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "0 200000 50000 []\n"
