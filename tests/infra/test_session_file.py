"""Who is signed in here is kept between commands, for this user alone."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hms.infra import session_file
from hms.infra.private_file import UnsafeFile
from hms.infra.sessions import SignedIn
from hms.kernel.actor import Role

WHO = SignedIn(
    name="asha",
    full_name="Asha Rao",
    role=Role.NURSE,
    terminal="desk-1",
    access_token="a.b.c",
    refresh_token="r.s",
    access_expires=datetime(2026, 11, 20, 9, 15, tzinfo=UTC),
    session_expires=datetime(2026, 11, 20, 21, 0, tzinfo=UTC),
)


def test_it_lies_in_the_state_folder_or_where_the_variable_says(
    clean_environment: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert session_file.session_path() == clean_environment / "state" / "hms" / "session.json"
    monkeypatch.setenv("HMS_SESSION_FILE", str(tmp_path / "mine.json"))
    assert session_file.session_path() == tmp_path / "mine.json"


def test_it_is_kept_privately_and_forgotten() -> None:
    assert session_file.load() is None
    before = os.umask(0)
    try:
        session_file.save(WHO)
    finally:
        os.umask(before)
    assert session_file.load() == WHO
    assert stat.S_IMODE(session_file.session_path().stat().st_mode) == 0o600
    session_file.forget()
    session_file.forget()
    assert session_file.load() is None


def test_a_file_that_others_may_read_is_refused() -> None:
    session_file.save(WHO)
    session_file.session_path().chmod(0o640)
    with pytest.raises(UnsafeFile):
        session_file.load()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"\xff", b'{"name": 1}', b"null"])
def test_a_damaged_file_means_that_nobody_is_signed_in(content: bytes) -> None:
    session_file.save(WHO)
    session_file.session_path().write_bytes(content)
    assert session_file.load() is None


def test_a_terminal_is_a_place_and_not_one_of_many_windows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.5 50000 10.0.0.1 22")
    assert session_file.terminal_name() == "ssh 10.0.0.5"
    monkeypatch.delenv("SSH_CONNECTION")
    here = session_file.terminal_name()
    assert here
    assert "pts" not in here
