"""The commands that programs outside rely on: names, exit codes, keys; a visit end to end."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from tests.cli.shell import Said, Shell
from tests.once import made_once

TOKEN_KEYS = {
    "id", "code", "number", "queue", "status", "class", "patient", "service_day", "issued_at",
    "called_at", "started_at", "ended_at", "room", "call_count", "ahead", "wait_low_minutes",
    "wait_high_minutes",
}  # fmt: skip
PATIENT_KEYS = {
    "id", "mrn", "name", "birth_date", "birth_year", "sex", "phone", "blood_group", "allergies",
    "created_at",
}  # fmt: skip
NEW_PASSWORD = "correct horse battery staple"


class Desk:
    """A shell at which somebody signs in; every command must succeed unless told otherwise."""

    def __init__(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        self.shell = shell
        self._monkeypatch = monkeypatch

    def __call__(self, *arguments: str) -> Any:
        """Run a command and return its JSON."""
        said = self.shell(*arguments, "--json")
        assert said.code == 0, said
        return said.json

    def refused(self, *arguments: str) -> Said:
        """Run a command that is expected to fail."""
        said = self.shell(*arguments, "--json")
        assert said.code != 0, said
        assert set(said.error) >= {"code", "message", "hint"}
        return said

    def sign_in(self, name: str, *lines: str) -> None:
        """Sign in as ``name``; ``lines`` are what standard input holds."""
        self._monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{one}\n" for one in lines)))
        self("login", name, "--password-stdin")


@pytest.fixture
def desk(hospital: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Return the reception of a hospital with a doctor and two queues."""
    made = Desk(hospital, monkeypatch)
    made_once("the reception of the contract", tmp_path, lambda: furnish(made))
    return made


def furnish(made: Desk) -> None:
    """Hire, add the queues, and let the nurse and the receptionist choose their passwords."""
    secrets = {
        name: made("user", "add", name, "--role", role, "--yes")["one_time_secret"]
        for name, role in (("rosa", "receptionist"), ("nils", "nurse"), ("dora", "doctor"))
    }
    made("doctor", "set", "dora", "--speciality", "GP", "--licence", "L1", "--room", "12", "--yes")
    made("queue", "add", "GM", "--name", "General medicine", "--doctor", "dora", "--yes")
    made("queue", "add", "LAB", "--name", "Laboratory", "--room", "3", "--yes")
    made.sign_in("nils", secrets["nils"], NEW_PASSWORD)
    made.sign_in("rosa", secrets["rosa"], NEW_PASSWORD)


def test_a_visit_from_the_door_to_the_laboratory(desk: Desk) -> None:
    """Registered, given a token, called, served, sent on; each step prints the token."""
    patient = desk("patient", "add", "--name", "José Núñez", "--age", "40", "--sex", "M", "--yes")
    assert set(patient) >= PATIENT_KEYS
    assert patient["sex"] == "male"
    assert desk("patient", "show", patient["mrn"])["name"] == "José Núñez"
    assert [one["mrn"] for one in desk("patient", "search", "nun jos")] == [patient["mrn"]]

    issued = desk("token", "issue", "--queue", "GM", "--patient", patient["mrn"], "--yes")
    assert set(issued) >= TOKEN_KEYS
    assert (issued["status"], issued["class"], issued["number"]) == ("waiting", "normal", 1)
    assert issued["patient"] == {"mrn": patient["mrn"]}
    assert issued["issued_at"].endswith("Z")
    urgent = desk("token", "issue", "--queue", "GM", "--class", "emergency", "--yes")
    assert urgent["patient"] is None
    assert desk("token", "why", urgent["code"])

    desk.sign_in("nils", NEW_PASSWORD)
    called = desk("token", "next", "--queue", "GM", "--room", "12", "--yes")
    assert (called["code"], called["status"], called["room"]) == (urgent["code"], "called", "12")
    busy = desk.refused("token", "next", "--queue", "GM", "--room", "12", "--yes")
    assert (busy.code, busy.error["code"]) == (6, "tokens.room_busy")
    assert urgent["code"] in busy.error["message"]
    second = desk("token", "next", "--queue", "GM", "--room", "12", "--finish", "--yes")
    assert second["code"] == issued["code"]
    assert desk("token", "recall", second["code"], "--yes")["call_count"] == 2
    assert desk("token", "start", second["code"], "--yes")["status"] == "in_progress"
    moved = desk("token", "transfer", second["code"], "--to", "LAB", "--yes")
    assert (moved["code"], moved["queue"], moved["status"]) == (issued["code"], "LAB", "waiting")
    nothing = desk.refused("token", "next", "--queue", "GM", "--room", "12", "--yes")
    assert (nothing.code, nothing.error["code"]) == (6, "tokens.nothing_waiting")
    listed = desk("token", "list")
    assert sorted(one["status"] for one in listed) == ["completed", "transferred", "waiting"]
    assert [one["code"] for one in desk("token", "list", "--queue", "LAB")] == [issued["code"]]


def test_every_verb_of_a_token(desk: Desk) -> None:
    """hold, resume, no-show, rejoin, complete, undo, cancel, call with a reason."""
    codes = [desk("token", "issue", "--queue", "LAB", "--yes")["code"] for _ in range(3)]
    desk.sign_in("nils", NEW_PASSWORD)
    first, second, third = codes
    chosen = desk("token", "call", second, "--reason", "in pain", "--room", "3", "--yes")
    assert chosen["status"] == "called"
    assert desk("token", "no-show", second, "--yes")["status"] == "no_show"
    assert desk("token", "rejoin", second, "--yes")["status"] == "waiting"
    assert desk("token", "next", "--queue", "LAB", "--room", "3", "--yes")["code"]
    shown = {one["code"]: one["status"] for one in desk("token", "list")}
    called = next(code for code, status in shown.items() if status == "called")
    assert desk("token", "start", called, "--yes")["status"] == "in_progress"
    assert desk("token", "hold", called, "--reason", "x-ray first", "--yes")["status"] == "on_hold"
    assert desk("token", "resume", called, "--yes")["status"] in ("in_progress", "called")
    assert desk("token", "complete", called, "--yes")["status"] == "completed"
    assert desk("token", "undo", called, "--yes")["status"] != "completed"
    assert desk("token", "cancel", third if third != called else first, "--yes")["status"] == (
        "cancelled"
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("token", "issue", "--queue", "NONE", "--yes"), 5),
        (("token", "issue", "--queue", "GM", "--patient", "nobody", "--yes"), 5),
        (("token", "issue", "--queue", "GM", "--class", "king", "--yes"), 2),
        (("token", "issue", "--yes"), 2),
        (("token", "show", "GM-999"), 5),
        (("token", "show", "\x1b[2J"), None),
        (("token", "next", "--queue", "GM", "--yes"), 4),
        (("token", "list", "--status", "sleeping"), 2),
        (("token", "list", "--limit", "-1"), 2),
        (("patient", "show", "' OR 1=1"), None),
        (("patient", "add", "--name", "", "--yes"), 2),
        (("patient", "add", "--name", "x" * 10_000, "--yes"), 2),
        (("patient", "add", "--name", "a\u202eb", "--yes"), 2),
        (("patient", "add", "--name", "Ada", "--birth-date", "2001-02-31", "--yes"), 2),
        (("patient", "add", "--name", "Ada", "--age", "40", "--sex", "yes", "--yes"), 2),
        (("patient", "import", "nothing.csv", "--format", "csv", "--yes"), None),
        (("user", "add", "eve", "--role", "admin", "--yes"), 4),
        (("user", "list"), 4),
        (("queue", "add", "X", "--name", "X", "--yes"), 4),
        (("queue", "close-day", "--yes"), 4),
        (("doctor", "status", "dora", "asleep", "--yes"), 2),
    ],
)
def test_bad_input_gets_the_contracts_exit_code(
    desk: Desk, arguments: tuple[str, ...], code: int | None
) -> None:
    """Field or line, what is right, and nothing half-written."""
    said = desk.refused(*arguments)
    assert said.code == code or (code is None and said.code in (2, 4, 5))
    assert said.error["message"]
    assert not set(said.out) & set("\x1b\u202e")
    assert desk("token", "list") == []


def test_likely_duplicates_are_shown_before_saving(desk: Desk) -> None:
    """Exit 6 with the candidates; ``--allow-duplicate`` goes on."""
    person = ("--name", "Ada Lovelace", "--birth-date", "1985-12-10", "--sex", "female", "--yes")
    first = desk("patient", "add", *person)
    said = desk.refused("patient", "add", *person)
    assert said.code == 6
    assert first["mrn"] in said.out
    assert desk("patient", "add", *person, "--allow-duplicate")["mrn"] != first["mrn"]


def test_something_dangerous_asks_and_a_script_must_say_yes(desk: Desk) -> None:
    """Without ``--yes`` and without a terminal it exits 2 and changes nothing."""
    desk("token", "issue", "--queue", "GM", "--yes")
    desk.sign_in("admin", "a long enough passphrase")
    assert desk.refused("queue", "close-day").code == 2
    assert desk("token", "list")[0]["status"] == "waiting"
    desk("queue", "close-day", "--yes")
    assert desk("token", "list")[0]["status"] == "expired"
