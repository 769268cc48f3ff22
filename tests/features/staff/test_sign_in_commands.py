"""Signing in by commands: codes in their line, sessions ended, keys rotated."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyotp
import pytest

from hms.cli.main import main
from tests.once import made_once

PASSWORD = "green tractor over the hill"
NEW_PASSWORD = "blue kettle under the stairs"
Hms = Callable[..., tuple[int, Any]]


@pytest.fixture
def hms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Hms:
    """Run ``hms … --json`` in a hospital of its own; return exit code and document."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HMS_DATABASE__URL", f"sqlite+aiosqlite:///{tmp_path / 'data' / 'hms.db'}")

    def run(*arguments: str, stdin: str = "", session: str = "root") -> tuple[int, Any]:
        monkeypatch.setenv("HMS_SESSION_FILE", str(tmp_path / f"{session}.json"))
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        code = main([*arguments, "--json"])
        out = capsys.readouterr().out
        return code, json.loads(out) if out else None

    def make() -> None:
        assert run("init", "--admin", "root", "--password-stdin", stdin=PASSWORD + "\n")[0] == 0
        assert run("login", "root", "--password-stdin", stdin=PASSWORD + "\n")[0] == 0

    made_once("sign-in commands", tmp_path, make)
    monkeypatch.setenv("HMS_SESSION_FILE", str(tmp_path / "root.json"))
    return run


def login(hms: Hms, *lines: str, name: str = "root", session: str = "root") -> tuple[int, Any]:
    return hms("login", name, "--password-stdin", stdin="\n".join(lines), session=session)


def code_of(key: str, steps: int = 0) -> str:
    return pyotp.TOTP(key).at(int(time.time()) + 30 * steps)


def said(outcome: tuple[int, Any]) -> tuple[int, str]:
    code, document = outcome
    return code, document["error"]["code"]


def test_the_code_stands_in_the_line_after_the_password(hms: Hms) -> None:
    wrong = hms("second-factor", "enrol", "--password-stdin", stdin="no\n")
    assert said(wrong) == (4, "session.wrong_password")
    _, offered = hms("second-factor", "enrol", "--password-stdin", stdin=PASSWORD + "\n")
    assert len(offered["recovery_codes"]) == 10
    assert hms("second-factor", "status")[1]["enrolled"] is False
    confirmed = hms("second-factor", "confirm", "--code-stdin", stdin=code_of(offered["key"], -1))
    assert (confirmed[0], confirmed[1]["enrolled"]) == (0, True)
    assert said(login(hms, PASSWORD)) == (4, "session.code_due")
    assert said(login(hms, PASSWORD, "000000")) == (4, "session.wrong_code")
    assert login(hms, PASSWORD, code_of(offered["key"]))[0] == 0
    assert login(hms, PASSWORD, offered["recovery_codes"][0])[0] == 0
    assert hms("second-factor", "status")[1]["recovery_codes_left"] == 9
    remove = ("second-factor", "remove", "--password-stdin")
    assert said(hms(*remove, stdin=PASSWORD)) == (4, "session.code_due")
    assert hms(*remove, stdin=f"{PASSWORD}\n{offered['recovery_codes'][1]}")[0] == 0
    assert login(hms, PASSWORD)[0] == 0


def test_after_a_one_time_secret_come_the_new_password_and_the_code(hms: Hms) -> None:
    secret = hms("user", "add", "asha", "--role", "nurse")[1]["one_time_secret"]
    asha = {"name": "asha", "session": "asha"}
    assert login(hms, secret, NEW_PASSWORD, **asha)[0] == 0
    enrol = ("second-factor", "enrol", "--password-stdin")
    key = hms(*enrol, stdin=NEW_PASSWORD, session="asha")[1]["key"]
    confirm = ("second-factor", "confirm", "--code-stdin")
    assert hms(*confirm, stdin=code_of(key, -1), session="asha")[0] == 0
    again = hms("user", "reset", "asha")[1]["one_time_secret"]
    assert said(login(hms, again, "kx7 rvm2", **asha)) == (4, "session.code_due")
    assert login(hms, again, "kx7 rvm2", code_of(key), **asha)[0] == 0  # 8 are enough with it
    assert said(hms("second-factor", "remove", "asha")) == (2, "usage.invalid")
    taken = hms("second-factor", "remove", "asha", "--yes")
    assert (taken[0], taken[1]["second_factor"]) == (0, False)
    assert said(hms("whoami", session="asha")) == (4, "session.new_password_due")


def test_a_role_that_needs_a_factor_is_led_to_it_at_the_sign_in(
    hms: Hms, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HMS_SECURITY__SECOND_FACTOR_ROLES", '["admin"]')
    assert said(hms("user", "list")) == (4, "session.second_factor_due")
    assert said(login(hms, PASSWORD)) == (4, "session.second_factor_due")

    class Program(io.StringIO):
        """Answers the key it is told with its code, as a program at the other end would."""

        def readline(self, *_: Any) -> str:  # type: ignore[override]
            told = capsys.readouterr().err
            if "key: " not in told:
                return PASSWORD + "\n"
            return code_of(told.split("key: ")[1].split()[0]) + "\n"

    monkeypatch.setattr("sys.stdin", Program())
    assert main(["login", "root", "--password-stdin", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["name"], len(document["recovery_codes"])) == ("root", 10)
    assert hms("user", "list")[0] == 0


def test_sessions_are_listed_and_ended(hms: Hms) -> None:
    assert login(hms, PASSWORD, session="other")[0] == 0
    assert login(hms, PASSWORD, session="third")[0] == 0
    _, sessions = hms("session", "list")
    assert [one["current"] for one in sessions].count(True) == 1
    assert set(sessions[0]) == {
        "id", "user", "role", "terminal", "since", "last_seen_at", "expires_at", "current",
    }  # fmt: skip
    assert hms("session", "end", str(sessions[0]["id"]))[0] == 0
    assert said(hms("whoami", session="third")) == (4, "session.ended")
    assert len(hms("session", "end", "--all-others")[1]) == 1
    assert said(hms("whoami", session="other")) == (4, "session.ended")
    assert hms("whoami")[0] == 0
    assert len(hms("session", "end", "--user", "root")[1]) == 1
    assert said(hms("whoami")) == (4, "session.ended")


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (("session", "end"), 2, "usage.invalid"),
        (("session", "end", "1", "--all-others"), 2, "usage.invalid"),
        (("session", "end", "x"), 2, "usage.invalid"),
        (("session", "end", "999999"), 5, "sessions.unknown"),
        (("session", "end", "--user", "nobody"), 5, "users.unknown"),
        (("session", "list", "--user", "nobody"), 5, "users.unknown"),
        (("second-factor", "remove", "root", "--yes"), 6, "users.not_yourself"),
        (("second-factor", "confirm", "--code-stdin"), 2, "usage.invalid"),
        (("second-factor", "enrol"), 2, "usage.invalid"),
        (("key", "rotate", "--at-once"), 2, "usage.invalid"),
    ],
)
def test_bad_input_gets_its_code_and_a_sentence(
    hms: Hms, arguments: tuple[str, ...], code: int, error: str
) -> None:
    assert said(hms(*arguments)) == (code, error)


def test_keys_are_rotated_once_and_again_only_when_the_old_one_is_not_needed(hms: Hms) -> None:
    [first] = hms("key", "list")[1]
    new, old = hms("key", "rotate")[1]
    assert (new["signs"], old["id"], old["signs"]) == (True, first["id"], False)
    assert old["until"] > new["since"]
    assert hms("whoami")[0] == 0
    assert said(hms("key", "rotate")) == (6, "keys.rotated_lately")
    assert len(hms("key", "rotate", "--at-once", "--yes")[1]) == 1
    assert hms("whoami")[0] == 4
