"""``hms check``: each line is well or says what to do; exit 3 when something is wrong."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from hms.kernel import clock
from tests.cli.shell import PASSWORD, Said, Shell


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(autouse=True)
def port(monkeypatch: pytest.MonkeyPatch) -> int:
    """Return the port of a display server that is not running."""
    number = free_port()
    monkeypatch.setenv("HMS_DISPLAY__PORT", str(number))
    return number


def line(said: Said, name: str) -> dict[str, Any]:
    """Return what was found under ``name``."""
    return next(one for one in said.json["checks"] if one["name"] == name)


@contextmanager
def answering(port: int, status: int) -> Iterator[None]:
    """Answer every GET on ``port`` with ``status``."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(b'{"status": "degraded"}')

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", port), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_fresh_hospital_is_well(hospital: Shell) -> None:
    """Exit 0; that no display server runs is a note, not a problem."""
    said = hospital("check", "--json")
    assert said.code == 0, said.out
    assert said.json["ok"]
    assert line(said, "display server")["to_do"] == "start it: hms serve"
    assert "wal" in line(said, "sqlite library")["found"]
    assert {one["name"] for one in said.json["checks"]} >= {
        "configuration", "database", "schema", "signing key", "files", "clock", "bell", "printer",
    }  # fmt: skip


def test_where_nothing_was_set_up_it_says_so(shell: Shell) -> None:
    """Each thing that is missing has its line, none of them is a traceback."""
    said = shell("check", "--json")
    assert said.code == 3
    assert "hms init" in line(said, "database")["to_do"]
    assert not line(said, "signing key")["ok"]
    assert line(said, "printer")["ok"]


def test_a_broken_configuration_is_a_finding(shell: Shell) -> None:
    """With file and line."""
    (shell.folder / "hms.toml").write_text("[display]\nprot = 1\n")
    said = shell("check", "--json")
    assert said.code == 3
    assert "line 2" in line(said, "configuration")["found"]


@pytest.mark.parametrize("name", ["hms-data", "hms-data/keys.json", "hms-data/hms.db"])
def test_a_file_that_others_may_read_is_a_problem(hospital: Shell, name: str) -> None:
    """The line to type is there."""
    path = hospital.folder / name
    path.chmod(path.stat().st_mode | 0o044)
    said = hospital("check", "--json")
    assert said.code == 3
    assert f"chmod go-rwx {path}" in line(said, "files")["to_do"]


def test_a_damaged_key_is_a_problem(hospital: Shell) -> None:
    """Sessions could not be trusted."""
    (hospital.folder / "hms-data/keys.json").write_text("{}")
    said = hospital("check", "--json")
    assert said.code == 3
    assert line(said, "signing key")["to_do"]


def test_a_display_server_that_is_not_well_is_a_problem(hospital: Shell, port: int) -> None:
    """It answers, but it does not follow the database."""
    with answering(port, 503):
        said = hospital("check", "--json")
    assert said.code == 3
    assert "503" in line(said, "display server")["found"]
    with answering(port, 200):
        assert line(hospital("check", "--json"), "display server")["grade"] == "ok"


def test_people_get_one_line_for_each(hospital: Shell) -> None:
    """Tab-separated in a pipe."""
    said = hospital("check")
    assert said.code == 0
    assert [row.split("\t")[0] for row in said.out.splitlines()[1:]].count("ok") >= 9


@pytest.mark.parametrize("name", ["keys.json", "factor.key"])
def test_a_key_that_others_may_read_is_refused_and_told_with_its_chmod(
    hospital: Shell, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Refused where it is used, told where one looks."""

    def enrol() -> Said:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
        return hospital("second-factor", "enrol", "--password-stdin", "--json")

    assert enrol().code == 0
    path = hospital.folder / "hms-data" / name
    path.chmod(0o644)
    told = hospital("check", "--json")
    assert told.code == 3
    assert f"chmod go-rwx {path}" in told.out
    refused = enrol()
    assert refused.code == 4
    assert "chmod 600" in refused.error["hint"]


@pytest.mark.parametrize(
    ("name", "mode", "code"),
    [
        ("hms-data/hms.db", 0o644, 3),
        ("hms-data", 0o755, 3),
        ("hms.toml", 0o644, 0),
        ("hms.toml", 0o666, 3),
    ],
)
def test_what_others_may_read_is_told_with_its_chmod(
    hospital: Shell, name: str, mode: int, code: int
) -> None:
    """A configuration may be shared, but not written by others."""
    (hospital.folder / name).chmod(mode)
    told = hospital("check", "--json")
    assert told.code == code
    [files] = [one for one in told.json["checks"] if one["name"] == "files"]
    assert files["grade"] == ("problem" if code else "note")
    assert name in files["to_do"]
    assert "chmod go-rwx" in files["to_do"]


def test_a_password_in_a_configuration_that_others_may_read_is_a_problem(hospital: Shell) -> None:
    """And the password itself is not said."""
    path = hospital.folder / "hms.toml"
    path.write_text(path.read_text() + '\n[redis]\nurl = "redis://:secret@127.0.0.1:1/0"\n')
    path.chmod(0o644)
    told = hospital("check", "--json")
    assert told.code == 3
    assert "chmod go-rwx" in told.out
    assert "secret" not in told.out


def test_the_age_of_the_key_is_told(hospital: Shell) -> None:
    """A year is long for a key."""
    [key] = [one for one in hospital("check", "--json").json["checks"] if "key" in one["name"]]
    assert (key["grade"], key["found"]) == ("ok", "1 key, the one that signs was made today")
    with clock.replaced(lambda: datetime.now(UTC) + timedelta(days=400)):
        [old] = [one for one in hospital("check", "--json").json["checks"] if "key" in one["name"]]
    assert (old["grade"], old["to_do"]) == ("note", "when it suits: hms key rotate")
    assert "400 days ago" in old["found"]


def test_who_has_no_second_factor_though_it_is_asked_of_the_role_is_counted(
    hospital: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no problem: they cannot come in without."""
    monkeypatch.setenv("HMS_SECURITY__SECOND_FACTOR_ROLES", '["admin", "nurse"]')
    told = hospital("check", "--json")
    [factor] = [one for one in told.json["checks"] if one["name"] == "second factor"]
    assert told.code == 0
    assert (factor["grade"], factor["found"]) == (
        "note",
        "asked of admin, nurse; 1 without one yet",
    )
    monkeypatch.setenv("HMS_SECURITY__SECOND_FACTOR_ROLES", '["admim"]')
    refused = hospital("check", "--json")
    assert refused.code == 3
    assert "a list of roles" in refused.out
