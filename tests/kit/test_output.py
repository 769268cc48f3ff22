"""What a command prints: for a person, for a pipe, for a program."""

from __future__ import annotations

import io
import json
import os
import pty
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from hms.kernel.actor import Role
from hms.kernel.errors import NotFound
from hms.kit import output
from hms.kit.invocation import Invocation, begin

EVIL = "\x1b]52;c;aGk=\x07[/bold][red]\u202eNAME\x9b31m"


@dataclass
class Seen:
    """A record like those of the features."""

    name: str
    age: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the record's JSON form."""
        return {"name": self.name, "age": self.age, "born": None}


@pytest.fixture(autouse=True)
def fresh() -> Invocation:
    """Return the invocation that these tests print for."""
    invocation = Invocation()
    begin(invocation)
    return invocation


def on_terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Make standard output a terminal of 80 columns and return what it gets."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return screen


def test_a_pipe_gets_tab_separated_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """A line of titles, then one line a record, nothing drawn."""
    output.show_rows([Seen("Ada", 36), Seen("Bo")], {"Name": "name", "Age": lambda r: r.age})
    assert capsys.readouterr().out == "Name\tAge\nAda\t36\nBo\t\n"


def test_json_is_one_document_on_standard_output(
    capsys: pytest.CaptureFixture[str], fresh: Invocation
) -> None:
    """Programs read standard output, whatever people are told beside it."""
    fresh.json = True
    output.say("one moment")
    output.show_rows([Seen("Ada", 36)], {"Name": "name"})
    said = capsys.readouterr()
    assert json.loads(said.out) == [{"name": "Ada", "age": 36, "born": None}]
    assert said.err == "one moment\n"


def test_no_rows_are_an_empty_list_for_programs_and_a_sentence_for_people(
    capsys: pytest.CaptureFixture[str], fresh: Invocation
) -> None:
    """An empty table says nothing to anybody."""
    output.show_rows([], {"Name": "name"}, empty="nobody waits")
    assert capsys.readouterr() == ("", "nobody waits\n")
    fresh.json = True
    output.show_rows([], {"Name": "name"})
    assert capsys.readouterr() == ("[]\n", "")


def test_hostile_text_is_only_text_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither escape sequences nor direction overrides leave the program."""
    output.show_rows([Seen(EVIL)], {"Name": "name"})
    output.show_record(Seen(EVIL))
    said = capsys.readouterr().out
    assert "[/bold][red]" in said
    assert not set(said) & set("\x1b\x07\x9b\u202e")


def test_hostile_text_is_only_text_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rich neither reads its markup nor passes its control characters."""
    screen = on_terminal(monkeypatch)
    monkeypatch.setenv("NO_COLOR", "1")
    output.show_rows([Seen(EVIL)], {"Name": "name", "[b]Title": "age"})
    output.show_record(Seen(EVIL), {"Name": "name"})
    said = screen.getvalue()
    assert "[/bold][red]" in said
    assert "[b]Title" in said
    assert not set(said) & set("\x07\x9b\u202e")
    assert "\x1b]" not in said
    assert "\x1b[31m" not in said


def test_a_terminal_gets_a_drawn_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a rule under the titles; numbers on the right."""
    screen = on_terminal(monkeypatch)
    output.show_table(["Name", "Age"], [["Ada", 36], ["Bo", 7]])
    assert "─" in screen.getvalue()


def test_no_color_means_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table may be drawn, a colour may not be set."""
    screen = on_terminal(monkeypatch)
    monkeypatch.setenv("NO_COLOR", "1")
    output.show_table(["Name"], [["Ada"]])
    assert "\x1b[3" not in screen.getvalue()


def test_values_have_one_form_each(capsys: pytest.CaptureFixture[str]) -> None:
    """Times in UTC with Z, dates, roles by their word, nothing for None."""
    at = datetime(2031, 3, 4, 9, 0, tzinfo=UTC)
    output.show_facts([("at", at), ("role", Role.NURSE), ("yes", True), ("list", ["a", "b"])])
    assert capsys.readouterr().out == (
        "at\t2031-03-04T09:00:00.000Z\nrole\tnurse\nyes\tyes\nlist\ta, b\n"
    )
    output.show_json({"at": at, "day": date(2031, 3, 4), "time": time(3, 0), "role": Role.NURSE})
    assert json.loads(capsys.readouterr().out) == {
        "at": "2031-03-04T09:00:00.000Z", "day": "2031-03-04", "time": "03:00", "role": "nurse",
    }  # fmt: skip


def test_json_survives_what_no_encoding_can_hold(capsys: pytest.CaptureFixture[str]) -> None:
    """A lone surrogate of an old row is an escape, not a crash."""
    output.show_json({"name": "a\udc80 ü"})
    said = capsys.readouterr().out
    assert said.isascii()
    assert json.loads(said) == {"name": "a\udc80 ü"}


def test_an_error_is_a_sentence_and_a_hint_or_an_object(
    capsys: pytest.CaptureFixture[str], fresh: Invocation
) -> None:
    """On standard error for people, on standard output for programs."""
    error = NotFound(f"there is no {EVIL}", hint="look again", field="name")
    output.show_error(error)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines()[1].strip() == "look again"
    assert "\x1b" not in said.err
    fresh.json = True
    output.show_error(error)
    told = json.loads(capsys.readouterr().out)["error"]
    assert (told["code"], told["hint"], told["field"]) == ("record.not_found", "look again", "name")


def test_progress_is_silent_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    """A log file is not filled with a moving bar."""
    with output.progress("importing", 3) as advance:
        advance(3)
    assert capsys.readouterr() == ("", "")


def test_progress_moves_on_a_terminal() -> None:
    """On standard error, so that a pipe of the results stays clean."""
    code = (
        "from hms.kit.output import progress\n"
        "with progress('importing [b]', 3) as advance:\n    advance(3)\n"
    )
    child, handle = pty.fork()
    if child == 0:  # pragma: no cover - the other process
        os.execv(sys.executable, [sys.executable, "-c", code])
    said = b""
    try:
        while block := os.read(handle, 4096):
            said += block
    except OSError:
        pass
    finally:
        os.close(handle)
        os.waitpid(child, 0)
    assert b"importing [b]" in said
    assert b"3/3" in said
