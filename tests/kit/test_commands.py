"""The one runner: exit codes, sentences, and nothing a command could forget."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import pexpect
import pytest
import typer
from sqlalchemy.exc import OperationalError
from typer.main import get_group

from hms.kernel.errors import (
    Exit,
    HmsError,
    InvalidInput,
    NotFound,
    NotPermitted,
    Refused,
    Unavailable,
)
from hms.kit import commands
from hms.kit.commands import changes, confirm, execute, group, looks, run
from hms.kit.invocation import Invocation, begin, current
from hms.kit.output import show_json
from tests.house.sources import ROOT


@pytest.fixture
def invocation(tmp_path: Path) -> Invocation:
    """Return a run of the command line."""
    fresh = Invocation()
    begin(fresh)
    return fresh


def call(app: typer.Typer, *arguments: str) -> int:
    """Run a group of commands as ``hms`` would."""
    command = get_group(app)
    return execute(lambda: command.main(list(arguments), prog_name="hms", standalone_mode=False))


def failing(error: BaseException) -> Callable[[], object]:
    """Return a command that fails with ``error``."""

    def command() -> object:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InvalidInput("x"), 2),
        (NotPermitted("x"), 4),
        (NotFound("x"), 5),
        (Refused("x"), 6),
        (Unavailable("x"), 7),
        (KeyboardInterrupt(), 130),
        (typer.Abort(), 130),
        (OperationalError("SELECT 1", {"name": "Ada"}, Exception("disk I/O error")), 7),
        (ZeroDivisionError("x"), 1),
    ],
)
def test_each_kind_of_failure_has_its_exit_code(
    invocation: Invocation, error: BaseException, code: int
) -> None:
    """The contract's codes, whatever the command is."""
    assert execute(failing(error)) == code


def test_an_unforeseen_failure_shows_an_id_and_no_trace(
    invocation: Invocation, capsys: pytest.CaptureFixture[str], clean_environment: Path
) -> None:
    """The trace is in a private log under that id; the terminal shows none of it."""
    assert execute(failing(ZeroDivisionError("patient Ada"))) == Exit.UNEXPECTED
    said = capsys.readouterr()
    assert said.out == ""
    assert "Traceback" not in said.err
    assert "Ada" not in said.err
    log = clean_environment / "data" / "hms" / "errors.log"
    error_id = said.err.split("error id ")[1].split()[0]
    assert error_id in log.read_text()


def test_an_unforeseen_failure_is_an_error_object_with_json(
    invocation: Invocation, capsys: pytest.CaptureFixture[str]
) -> None:
    """A program is told in the same form as of any other error."""
    invocation.json = True
    execute(failing(ZeroDivisionError()))
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "hms.unexpected"


def test_a_command_parses_asks_and_prints(
    invocation: Invocation, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a feature writes, and what it gets with it."""
    app = group("Beds.")
    seen: list[Any] = []

    @changes(app, "admit")
    def admit(patient: Annotated[str, typer.Argument(help="MRN.")], beds: int = 1) -> None:
        """Admit a patient."""
        seen.append((patient, beds, current().yes))
        show_json({"patient": patient})

    assert call(app, "admit", "M1", "--beds", "2", "--json", "--yes") == 0
    assert seen == [("M1", 2, True)]
    assert current().json
    assert json.loads(capsys.readouterr().out) == {"patient": "M1"}


def test_a_command_that_only_looks_takes_no_yes(
    invocation: Invocation, capsys: pytest.CaptureFixture[str]
) -> None:
    """``--yes`` means that something is about to change."""
    app = group("Beds.")

    @looks(app, "list")
    def list_beds() -> None:
        """List the beds."""

    assert call(app, "list", "--json") == 0
    assert call(app, "list", "--yes") == Exit.USAGE


def test_one_command_of_a_group_keeps_its_name(invocation: Invocation) -> None:
    """A group of one command does not collapse into it."""
    app = group("Beds.")
    called = []

    @looks(app, "list")
    def list_beds() -> None:
        """List the beds."""
        called.append("list")

    assert call(app, "list") == 0
    assert called == ["list"]


def test_an_async_command_is_refused_at_its_declaration() -> None:
    """Typer would silently do nothing."""
    app = group("Beds.")

    async def nobody_awaits() -> None:
        """Do nothing."""

    with pytest.raises(TypeError, match="async"):
        looks(app, "list")(nobody_awaits)  # type: ignore[type-var]


def test_a_mistake_on_the_command_line_is_an_error_object_too(
    invocation: Invocation, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 2 and JSON when JSON was asked for."""
    app = group("Beds.")

    @looks(app, "list")
    def list_beds(limit: int = 1) -> None:
        """List the beds."""

    invocation.json = True
    assert call(app, "list", "--limit", "many", "--json") == Exit.USAGE
    told = json.loads(capsys.readouterr().out)["error"]
    assert told["code"] == "usage.invalid"
    assert "--limit" in told["message"]
    assert "hms list --help" in told["hint"]


def test_yes_answers_and_no_terminal_refuses(invocation: Invocation) -> None:
    """A script must say that it means it."""
    with pytest.raises(commands.UsageMistake) as caught:
        confirm("Close the day?")
    assert caught.value.exit == Exit.USAGE
    invocation.yes = True
    confirm("Close the day?")


class Desk:
    """An application that only remembers that it was closed."""

    closed = 0

    def close_now(self) -> None:
        """Count the closing."""
        Desk.closed += 1


def open_desk(config: Path | None) -> Desk:
    """Open what the test opens."""
    return Desk()


def nobody(invocation: Invocation) -> object:
    """Find nobody signed in."""
    raise commands.UsageMistake("nobody")


def somebody(invocation: Invocation) -> str:
    """Find somebody signed in."""
    return "ada"


def test_the_application_is_opened_once_and_closed_at_the_end() -> None:
    """Two use cases of one command share it."""
    invocation = Invocation(opener=f"{__name__}:open_desk", session=f"{__name__}:somebody")
    begin(invocation)
    seen = []

    def command() -> None:
        seen.append(run(lambda app, who: (app, who)))
        seen.append(run(lambda app, who: (app, who)))

    before = Desk.closed
    assert execute(command) == 0
    assert seen[0] == seen[1]
    assert seen[0][1] == "ada"
    assert Desk.closed == before + 1


def test_nobody_signed_in_means_nothing_is_opened() -> None:
    """The database is not touched for somebody who is nobody."""
    invocation = Invocation(opener="no.such:module", session=f"{__name__}:nobody")
    begin(invocation)
    with pytest.raises(HmsError, match="nobody"):
        run(lambda app, who: None)


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("no", 6), ("", 6)])
def test_on_a_terminal_a_dangerous_command_asks(answer: str, code: int) -> None:
    """Only a yes is a yes."""
    script = (
        "import sys\n"
        "from hms.kit.commands import confirm, execute\n"
        "sys.exit(execute(lambda: confirm('Close the [day]?')))\n"
    )
    terminal = pexpect.spawn(sys.executable, ["-c", script], cwd=ROOT, timeout=20)
    terminal.expect_exact("Close the [day]? [y/N]")
    terminal.sendline(answer)
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == code


def test_bytes_that_are_no_text_are_a_mistake_of_usage(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A lone surrogate is what an argument that is no UTF-8 becomes; no driver takes it."""
    assert execute("\ud800".encode) == 2
    assert "no text in UTF-8" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("path", "said"),
    [("x" * 5000, "is longer than a path can be"), ("round/file", "lead round in a circle")],
)
def test_a_path_that_no_file_can_have_is_a_mistake_of_usage(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, path: str, said: str
) -> None:
    """It is named as far as it helps."""
    (tmp_path / "round").symlink_to(tmp_path / "round")
    assert execute((tmp_path / path).stat) == 2
    told = capsys.readouterr().err
    assert said in told
    assert len(told) < 400
