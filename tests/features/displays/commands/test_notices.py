"""``hms notice`` as programs call it: exit codes and JSON."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hms.cli.main import main
from tests.once import made_once

PASSWORD = "green tractor over the hill"
Hms = Callable[..., tuple[int, Any]]


@pytest.fixture
def hms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Hms:
    """Run ``hms … --json`` as the administrator of a hospital of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HMS_SESSION_FILE", str(tmp_path / "session.json"))

    def run(*arguments: str, stdin: str = "") -> tuple[int, Any]:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        code = main([*arguments, "--json"])
        out = capsys.readouterr().out
        return code, json.loads(out) if out else None

    def make() -> None:
        assert run("init", "--admin", "root", "--password-stdin", stdin=PASSWORD + "\n")[0] == 0
        assert run("login", "root", "--password-stdin", stdin=PASSWORD + "\n")[0] == 0

    made_once("notices", tmp_path, make)
    return run


def test_a_notice_is_added_listed_and_removed(hms: Hms) -> None:
    code, added = hms("notice", "add", "The lift is out of service", "--urgent")
    assert code == 0
    assert (added["id"], added["text"], added["urgent"]) == (1, "The lift is out of service", True)
    assert hms("notice", "list") == (0, [added])
    assert hms("notice", "remove", "1") == (0, added)
    assert hms("notice", "list") == (0, [])


def test_an_emergency_stands_first_and_says_where_and_until_when(hms: Hms) -> None:
    hms("notice", "add", "Cafeteria open")
    code, made = hms("notice", "add", "Fire alarm: leave by the stairs", "--emergency")
    assert (code, made["emergency"], made["urgent"], made["zone"]) == (0, True, True, None)
    code, brief = hms("notice", "add", "Lift broken", "--minutes", "30")
    assert (code, brief["until"] > brief["created_at"]) == (0, True)
    _, listed = hms("notice", "list")
    assert [one["text"][:4] for one in listed] == ["Fire", "Cafe", "Lift"]


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (("add", ""), 2, "input.invalid"),
        (("add", "x" * 10_000), 2, "input.invalid"),
        (("add", "x", "--zone", "nowhere"), 5, "displays.zone_unknown"),
        (("add", "x", "--minutes", "0"), 2, "input.invalid"),
        (("remove", "7"), 5, "notices.not_found"),
        (("remove", "seven"), 2, "usage.invalid"),
        (("remove",), 2, "usage.invalid"),
        (("shout", "x"), 2, "usage.invalid"),
    ],
)
def test_what_cannot_be_done_is_said_plainly(
    hms: Hms, arguments: tuple[str, ...], code: int, error: str
) -> None:
    exit_code, said = hms("notice", *arguments)
    assert (exit_code, said["error"]["code"]) == (code, error)


def test_nobody_writes_on_the_wall_without_signing_in(hms: Hms) -> None:
    assert hms("logout")[0] == 0
    for words in (("add", "Hello"), ("list",), ("remove", "1")):
        assert hms("notice", *words)[0] == 4
