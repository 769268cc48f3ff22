"""``hms check``: each line is well or says what to do; exit 3 when something is wrong."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from hms.kernel import clock
from tests.cli.shell import Said, Shell


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


def test_a_clock_that_went_back_is_a_problem(hospital: Shell) -> None:
    """Tokens would be ordered before those that wait already."""
    with clock.replaced(lambda: datetime.now(UTC) - timedelta(minutes=6)):
        said = hospital("check", "--json")
    assert said.code == 3
    assert "the last event was at" in line(said, "clock")["found"]
    with clock.replaced(lambda: datetime.now(UTC) - timedelta(minutes=4)):
        assert hospital("check").code == 0


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
