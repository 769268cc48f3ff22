"""``hms init``: one command from nothing to a hospital that can be opened."""

from __future__ import annotations

import io
import json
import os
import stat
from pathlib import Path

import pytest

from hms.cli.init import machine_zone
from tests.cli.shell import PASSWORD, Shell


def mode(path: Path) -> int:
    """Return the permission bits of ``path``."""
    return stat.S_IMODE(path.stat().st_mode)


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file of the hospital with what it holds."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(("-wal", "-shm", "-turn"))
    }


def test_it_makes_everything_and_shows_a_one_time_password(shell: Shell) -> None:
    """Configuration, data directory, key, database; all of it private."""
    before = os.umask(0)
    try:
        said = shell("init", "--json")
    finally:
        os.umask(before)
    assert said.code == 0
    assert said.json["admin"] == "admin"
    assert len(said.json["one_time_secret"]) >= 20
    data = shell.folder / "hms-data"
    assert mode(data) == 0o700
    assert {path.name for path in data.iterdir()} >= {"hms.db", "keys.json"}
    assert {mode(path) for path in data.iterdir() if path.is_file()} == {0o600}
    assert mode(shell.folder / "hms.toml") == 0o600


def test_run_again_it_changes_nothing_and_says_so(shell: Shell) -> None:
    """Nobody loses a key or an administrator by running it twice."""
    shell("init")
    before = contents(shell.folder)
    said = shell("init", "--admin", "other")
    assert said.code == 0
    assert "nothing was changed" in said.err
    assert said.out == ""
    assert contents(shell.folder) == before


def test_an_interrupted_set_up_is_finished_by_the_next(shell: Shell) -> None:
    """Whatever is missing is made, whatever is there stays."""
    shell("init")
    key = (shell.folder / "hms-data/keys.json").read_bytes()
    for path in (shell.folder / "hms-data").glob("hms.db*"):
        path.unlink()
    said = shell("init", "--json")
    assert said.code == 0
    assert said.json["admin"] == "admin"
    assert (shell.folder / "hms-data/keys.json").read_bytes() == key


def test_a_password_may_come_from_standard_input(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never from the arguments, which every user of the machine can read."""
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))
    said = shell("init", "--admin", "Ada", "--password-stdin", "--json")
    assert said.json["admin"] == "ada"
    assert said.json["one_time_secret"] is None
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))
    assert shell("login", "ada", "--password-stdin").code == 0


@pytest.mark.parametrize(
    ("arguments", "stdin"),
    [
        (("--password-stdin",), "short\n"),
        (("--password-stdin",), ""),
        (("--admin", "no spaces allowed"), ""),
        (("--admin", "\x1b[2J"), ""),
        (("--admin", ""), ""),
        (("--admin", "x" * 10_000), ""),
    ],
)
def test_a_name_or_password_that_cannot_be_is_refused_before_the_database_is_made(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], stdin: str
) -> None:
    """Exit 2, and the next try starts clean."""
    monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
    said = shell("init", *arguments, "--json")
    assert said.code == 2
    assert said.error["message"]
    assert not (shell.folder / "hms-data").exists()
    assert shell("init").code == 0


def test_the_configuration_is_written_where_it_is_asked_for(shell: Shell) -> None:
    """``--config`` names a file that is not there yet; the data lies beside it."""
    place = shell.folder / "etc" / "ward.toml"
    said = shell("--config", str(place), "init", "--json")
    assert said.code == 0
    assert said.json["config"] == str(place)
    assert (place.parent / "hms-data" / "hms.db").exists()
    assert not (shell.folder / "hms.toml").exists()


def test_a_configuration_that_is_there_is_used(shell: Shell) -> None:
    """Its database is made, the file stays as it is."""
    text = '[database]\nurl = "sqlite+aiosqlite:///elsewhere/x.db"\n'
    (shell.folder / "hms.toml").write_text(text)
    assert shell("init").code == 0
    assert (shell.folder / "elsewhere/x.db").exists()
    assert (shell.folder / "hms.toml").read_text() == text


def test_a_folder_that_cannot_be_made_is_a_plain_sentence(shell: Shell) -> None:
    """Exit 7 and the place, no traceback."""
    (shell.folder / "hms-data").write_text("a file in the way")
    said = shell("init", "--json")
    assert said.code == 7
    assert "hms-data" in said.error["message"]


def test_the_zone_of_the_machine_is_written(shell: Shell) -> None:
    """The service day is right from the first token on."""
    shell("init")
    shown = shell("config", "show", "--json").json
    assert shown["hospital.timezone"] == machine_zone()


def test_an_administrator_who_is_locked_out_comes_back_in(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked first, on the machine itself, without a session; the audit says who did it."""
    shell("init")
    assert shell("init", "--recover", "admin", "--json").code == 2  # there is nobody to ask
    said = shell("init", "--recover", "admin", "--yes", "--json")
    assert said.code == 0
    secret = said.json["one_time_secret"]
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{secret}\n{PASSWORD}\n"))
    assert shell("login", "admin", "--password-stdin").code == 0
    audit = shell("audit", "show", "--json").json
    [entry] = [one for one in audit if one["action"] == "users.recover"]
    assert "owner: " in json.dumps(entry)
    assert shell("init", "--recover", "nobody", "--yes", "--json").code == 5
