"""The session between two commands."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hms.infra import session_file
from hms.kernel import clock
from tests.cli.shell import PASSWORD, Shell


def test_a_session_lasts_from_command_to_command(hospital: Shell) -> None:
    """Signed in once, known by every command after it."""
    said = hospital("whoami", "--json")
    assert said.code == 0
    assert said.json["name"] == "admin"


def test_an_access_token_that_ran_out_is_renewed(hospital: Shell) -> None:
    """After a long visit the desk goes on without a password."""
    before = session_file.load()
    with clock.replaced(lambda: datetime.now(UTC) + timedelta(minutes=30)):
        assert hospital("user", "list", "--json").code == 0
        after = session_file.load()
    assert before is not None
    assert after is not None
    assert before.access_token != after.access_token
    assert before.refresh_token != after.refresh_token


def test_a_working_day_ends_the_session(hospital: Shell) -> None:
    """The refresh token has its own end."""
    with clock.replaced(lambda: datetime.now(UTC) + timedelta(hours=13)):
        said = hospital("user", "list", "--json")
    assert said.code == 4


def test_signing_out_ends_it(hospital: Shell) -> None:
    """The next command is nobody's."""
    assert hospital("logout").code == 0
    assert hospital("user", "list", "--json").error["code"] == "access.not_signed_in"


def test_a_session_file_that_others_may_read_is_refused(hospital: Shell, tmp_path: Path) -> None:
    """Exit 4 and what to do."""
    (tmp_path / "session.json").chmod(0o644)
    said = hospital("user", "list", "--json")
    assert said.code == 4
    assert "chmod 600" in said.error["hint"]


def test_a_damaged_session_file_is_nobody(hospital: Shell, tmp_path: Path) -> None:
    """As if nobody had signed in, never a traceback."""
    (tmp_path / "session.json").write_text("{")
    assert hospital("user", "list", "--json").error["code"] == "access.not_signed_in"


def test_a_wrong_password_is_not_told_from_a_wrong_name(
    hospital: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody learns from the command line who works here."""
    said = []
    for name, password in (("admin", "not " + PASSWORD), ("nobody", PASSWORD)):
        monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
        said.append(hospital("login", name, "--password-stdin", "--json"))
    assert [one.code for one in said] == [4, 4]
    assert said[0].error == said[1].error
