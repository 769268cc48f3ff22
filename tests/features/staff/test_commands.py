"""The staff commands as programs call them: exit codes, JSON, and the session file."""

from __future__ import annotations

import io
import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

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

    def run(*arguments: str, stdin: str = "", session: str = "root") -> tuple[int, Any]:
        monkeypatch.setenv("HMS_SESSION_FILE", str(tmp_path / f"{session}.json"))
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        code = main([*arguments, "--json"])
        out = capsys.readouterr().out
        return code, json.loads(out) if out else None

    def make() -> None:
        assert run("init", "--admin", "root", "--password-stdin", stdin=PASSWORD + "\n")[0] == 0
        assert run("login", "root", "--password-stdin", stdin=PASSWORD + "\n")[0] == 0

    made_once("staff commands", tmp_path, make)
    monkeypatch.setenv("HMS_SESSION_FILE", str(tmp_path / "root.json"))
    return run


def test_whoever_signs_in_is_known_to_the_next_command(hms: Hms, tmp_path: Path) -> None:
    code, who = hms("whoami")
    assert code == 0
    assert (who["name"], who["role"]) == ("root", "admin")
    assert stat.S_IMODE((tmp_path / "root.json").stat().st_mode) == 0o600
    assert hms("logout") == (0, {"signed_in": None})
    code, error = hms("whoami")
    assert (code, error["error"]["code"]) == (4, "access.not_signed_in")
    assert hms("logout")[0] == 4


def test_the_session_is_over_for_every_copy_of_the_file(hms: Hms, tmp_path: Path) -> None:
    (tmp_path / "copy.json").write_bytes((tmp_path / "root.json").read_bytes())
    (tmp_path / "copy.json").chmod(0o600)
    assert hms("whoami", session="copy")[0] == 0
    assert hms("logout")[0] == 0
    code, error = hms("whoami", session="copy")
    assert (code, error["error"]["code"]) == (4, "session.ended")


def test_signing_in_anew_ends_the_session_before(hms: Hms, tmp_path: Path) -> None:
    (tmp_path / "copy.json").write_bytes((tmp_path / "root.json").read_bytes())
    (tmp_path / "copy.json").chmod(0o600)
    assert hms("login", "root", "--password-stdin", stdin=PASSWORD)[0] == 0
    assert hms("whoami")[0] == 0
    assert hms("whoami", session="copy")[0] == 4


def test_a_session_file_that_others_may_read_is_refused(hms: Hms, tmp_path: Path) -> None:
    (tmp_path / "root.json").chmod(0o644)
    code, error = hms("whoami")
    assert (code, error["error"]["code"]) == (4, "file.unsafe")


def test_a_new_user_signs_in_once_with_the_secret_and_a_password_of_their_own(hms: Hms) -> None:
    code, added = hms("user", "add", "Asha", "--role", "nurse", "--full-name", "Asha Rao")
    assert code == 0
    secret = added["one_time_secret"]
    assert (added["name"], added["role"], added["full_name"]) == ("asha", "nurse", "Asha Rao")

    code, error = hms("login", "asha", "--password-stdin", stdin=f"{secret}\n", session="asha")
    assert (code, error["error"]["code"]) == (4, "session.new_password_due")
    both = f"{secret}\n{NEW_PASSWORD}\n"
    assert hms("login", "asha", "--password-stdin", stdin=both, session="asha")[0] == 0
    assert hms("whoami", session="asha")[1]["name"] == "asha"
    code, error = hms("login", "asha", "--password-stdin", stdin=both, session="asha")
    assert (code, error["error"]["code"]) == (4, "session.wrong_password")


def test_users_are_disabled_enabled_reset_and_unlocked(hms: Hms) -> None:
    secret = hms("user", "add", "asha", "--role", "nurse")[1]["one_time_secret"]
    both = f"{secret}\n{NEW_PASSWORD}\n"
    hms("login", "asha", "--password-stdin", stdin=both, session="asha")
    assert hms("user", "disable", "asha")[1]["active"] is False
    assert hms("room", "list", session="asha")[0] == 4
    assert hms("user", "enable", "asha")[1]["active"] is True
    assert hms("user", "role", "asha", "receptionist")[1]["role"] == "receptionist"
    assert hms("user", "reset", "asha")[1]["one_time_secret"] != secret
    assert hms("user", "unlock", "asha")[0] == 0
    assert [user["name"] for user in hms("user", "list")[1]] == ["asha", "root"]


def test_ones_own_password(hms: Hms) -> None:
    wrong = hms("password", "--password-stdin", stdin=f"{NEW_PASSWORD}\n{NEW_PASSWORD}\n")
    assert (wrong[0], wrong[1]["error"]["code"]) == (4, "session.wrong_password")
    weak = hms("password", "--password-stdin", stdin=f"{PASSWORD}\nshort\n")
    assert (weak[0], weak[1]["error"]["field"]) == (2, "password")
    assert hms("password", "--password-stdin", stdin=f"{PASSWORD}\n")[0] == 2
    assert hms("password", "--password-stdin", stdin=f"{PASSWORD}\n{NEW_PASSWORD}\n")[0] == 0
    assert hms("whoami")[0] == 0
    assert hms("login", "root", "--password-stdin", stdin=PASSWORD)[0] == 4
    assert hms("login", "root", "--password-stdin", stdin=NEW_PASSWORD)[0] == 0


def test_doctors_rooms_and_departments(hms: Hms) -> None:
    hms("user", "add", "rao", "--role", "doctor")
    code, doctor = hms(
        "doctor", "set", "rao", "--speciality", "ENT", "--licence", "MH-1", "--room", "4"
    )
    assert code == 0
    assert (doctor["speciality"], doctor["licence"], doctor["room"]) == ("ENT", "MH-1", "4")
    code, error = hms("doctor", "status", "rao", "online")  # an administrator may not
    assert (code, error["error"]["code"]) == (4, "access.not_permitted")
    assert [doctor["name"] for doctor in hms("doctor", "list")[1]] == ["rao"]
    assert hms("room", "add", "Room 5")[0] == 0
    assert hms("room", "add", "ROOM 5")[1]["error"]["code"] == "rooms.name_taken"
    assert hms("room", "rename", "room 5", "Room 6")[1]["name"] == "Room 6"
    assert [room["name"] for room in hms("room", "list")[1]] == ["4", "Room 6"]
    assert hms("department", "add", "Surgery")[0] == 0
    assert [one["name"] for one in hms("department", "list")[1]] == ["Surgery"]


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (("user", "add", "root", "--role", "nurse"), 6, "users.name_taken"),
        (("user", "add", "asha", "--role", "boss"), 2, "input.invalid"),
        (("user", "add", "asha"), 2, "usage.invalid"),
        (("user", "add", "", "--role", "nurse"), 2, "input.invalid"),
        (("user", "add", "' OR 1=1", "--role", "nurse"), 2, "input.invalid"),
        (
            ("user", "add", "asha", "--role", "nurse", "--full-name", "a\x1b[31mb"),
            2,
            "input.invalid",
        ),
        (("user", "disable", "nobody"), 5, "users.unknown"),
        (("user", "disable", "root"), 6, "users.not_yourself"),
        (("doctor", "set", "root", "--licence", "1"), 5, "doctors.unknown"),
        (("doctor", "status", "nobody", "online"), 4, "access.not_permitted"),
        (("room", "rename", "nowhere", "somewhere"), 5, "rooms.unknown"),
        (("login", "root"), 2, "usage.invalid"),
        (("login", "nobody", "--password-stdin"), 2, "usage.invalid"),
    ],
)
def test_bad_input_gets_its_code_and_a_sentence(
    hms: Hms, arguments: tuple[str, ...], code: int, error: str
) -> None:
    given, document = hms(*arguments)
    assert (given, document["error"]["code"]) == (code, error)
    assert document["error"]["message"]
