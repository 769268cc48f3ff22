"""A shell in an empty folder, and one in which a hospital was set up."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from hms.kernel import grants
from tests.cli.shell import PASSWORD, Shell
from tests.once import made_once


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Shell]:
    """Return a shell in an empty folder."""
    folder = tmp_path / "hospital"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HMS_SESSION_FILE", str(tmp_path / "session.json"))
    yield Shell(folder, capsys)
    grants.register(())


@pytest.fixture
def hospital(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Return a shell where ``hms init`` was run and the administrator is signed in."""

    def make() -> None:
        for arguments in (("init",), ("login", "admin")):
            monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
            said = shell(*arguments, "--password-stdin")
            assert said.code == 0, said.err

    made_once("a hospital of the command line", tmp_path, make)
    return shell
