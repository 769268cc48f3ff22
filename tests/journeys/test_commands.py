"""The queue and token commands: what they print, how they end, and what bad arguments get."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hms.features.tokens import service as tokens
from hms.infra.keys import create_keys
from hms.infra.passwords import make_hash
from tests.cli.shell import PASSWORD, Said, Shell
from tests.support import Hospital, hospital_at

HOSTILE = [
    "\x1b]52;c;cm0gLXJmIC8=\x07",
    "\x1b[2J",
    "\x9b31m",
    "a\u202eb",
    "\ud800",
    "x" * 10_000,
    "",
    "  ",
]
HARMLESS = ["[/bold]", "<script>alert(1)</script>", "' OR 1=1 --", "=1+1", "🏥 Σοφία", "%s{0}"]
REASONS = {  # a free text that may be empty and may look like anything
    "hold": ("token", "hold", "GM-001", "--reason"),
    "cancel": ("token", "cancel", "GM-001", "--reason"),
    "call": ("token", "call", "GM-001", "--reason"),
    "transfer": ("token", "transfer", "GM-001", "--to", "LAB", "--reason"),
    "room": ("token", "next", "--queue", "GM", "--room"),
    "pause": ("queue", "pause", "GM", "--reason"),
}
NAMES = {  # a text that must name something
    "token": ("token", "show"),
    "why": ("token", "why"),
    "start": ("token", "start"),
    "issue queue": ("token", "issue", "--queue"),
    "issue patient": ("token", "issue", "--queue", "GM", "--patient"),
    "issue class": ("token", "issue", "--queue", "GM", "--class"),
    "next queue": ("token", "next", "--queue"),
    "transfer to": ("token", "transfer", "GM-001", "--to"),
    "attach": ("token", "attach", "GM-001", "--patient"),
    "list queue": ("token", "list", "--queue"),
    "list status": ("token", "list", "--status"),
    "list limit": ("token", "list", "--limit"),
    "queue code": ("queue", "add", "--name", "X"),
    "queue pause": ("queue", "pause"),
    "queue doctor": ("queue", "edit", "GM", "--doctor"),
    "queue limit": ("queue", "edit", "GM", "--limit"),
    "queue policy": ("queue", "edit", "GM", "--policy"),
}


class Desk(Shell):
    """A shell in a furnished hospital; ``hospital`` looks at it from behind."""

    def __init__(
        self,
        folder: Path,
        capture: pytest.CaptureFixture[str],
        hospital: Hospital,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        super().__init__(folder, capture)
        self.hospital = hospital
        self._monkeypatch = monkeypatch

    def sign_in(self, name: str) -> None:
        """Sign in as ``name`` from here on."""
        self._monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
        said = self("login", name, "--password-stdin")
        assert said.code == 0, said

    def ok(self, *arguments: str) -> Any:
        """Run a command that must succeed; return its JSON."""
        said = self(*arguments, "--json")
        assert said.code == 0, said
        return said.json

    def refused(self, code: int, *arguments: str) -> str:
        """Run a command that must end with ``code``; return the error's code."""
        said = self(*arguments, "--json")
        assert said.code == code, (arguments, said)
        harmless(said)
        return said.error["code"]


def harmless(said: Said) -> None:
    """Check that nothing a terminal obeys, and no trace, came out."""
    for text in (said.out, said.err):
        assert "Traceback" not in text
        assert not any((ord(c) < 32 and c != "\n") or 0x7F <= ord(c) < 0xA0 for c in text)


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Desk]:
    """Return the desk of nils the nurse, with one token waiting in GM."""
    folder = tmp_path / "hospital"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HMS_SESSION_FILE", str(tmp_path / "session.json"))
    (folder / "hms.toml").write_text(
        '[database]\nurl = "sqlite+aiosqlite:///data/hms.db"\n', encoding="utf-8"
    )
    with hospital_at(folder / "data" / "hms.db") as hospital:
        (folder / "data").chmod(0o700)
        create_keys(hospital.settings)
        hospital.force(
            "UPDATE user_account SET password_hash = :hash, must_change = 0",
            hash=make_hash(PASSWORD),
        )
        made = Desk(folder, capsys, hospital, monkeypatch)
        made.sign_in("nils")
        hospital.issue()
        yield made


def state(desk: Desk) -> list[Any]:
    return desk.hospital.rows("SELECT * FROM token") + desk.hospital.rows("SELECT * FROM queue")


class TestHostile:
    def test_where_something_is_named_it_is_refused_and_nothing_changes(self, desk: Desk) -> None:
        before = state(desk)
        for who, names in (("nils", "token"), ("mara", "queue")):
            desk.sign_in(who)
            for name, arguments in NAMES.items():
                if arguments[0] != names:
                    continue
                for text in (*HOSTILE, *HARMLESS):
                    said = desk(*arguments, "--json", "--", text) if name in (
                        "token", "why", "start", "queue code", "queue pause",
                    ) else desk(*arguments, text, "--json")  # fmt: skip
                    assert said.code in (2, 5), (name, text[:20], said)
                    assert set(said.error) >= {"code", "message", "hint"}
                    harmless(said)
        assert state(desk) == before

    def test_in_free_text_it_is_refused_by_its_field_and_nothing_changes(self, desk: Desk) -> None:
        before = state(desk)
        for who, family in (("nils", "token"), ("mara", "queue")):
            desk.sign_in(who)
            for name, arguments in REASONS.items():
                if arguments[0] != family:
                    continue
                for text in HOSTILE[:-2]:
                    said = desk(*arguments, text, "--json")
                    expected = 6 if name == "hold" and said.error["code"] != "input.invalid" else 2
                    assert said.code == expected, (name, text[:20], said)
                    harmless(said)
        assert state(desk) == before

    @pytest.mark.parametrize("text", HARMLESS)
    def test_text_that_only_looks_dangerous_is_kept_and_shown_as_it_is(
        self, desk: Desk, text: str
    ) -> None:
        called = desk.ok("token", "call", "GM-001", "--room", text, "--reason", text)
        assert called["room"] == text
        plain = desk("token", "show", "GM-001")
        assert text in plain.out
        harmless(Said(plain.code, plain.out.replace("\t", " "), plain.err))

    def test_a_missing_reason_is_recorded_as_none_given(self, desk: Desk) -> None:
        desk.ok("token", "cancel", "GM-001")
        assert desk.hospital.one("SELECT reason FROM token") == "none given"


class TestExitCodes:
    def test_of_refusals(self, desk: Desk) -> None:
        assert desk.refused(6, "token", "next", "--queue", "ENT") == "tokens.nothing_waiting"
        assert desk.refused(6, "token", "start", "GM-001") == "tokens.wrong_state"
        desk.ok("token", "issue", "--queue", "GM")
        desk.ok("token", "next", "--queue", "GM")
        assert desk.refused(6, "token", "next", "--queue", "GM") == "tokens.room_busy"
        assert desk.refused(6, "token", "transfer", "GM-001", "--to", "GM") == "tokens.wrong_state"

    def test_of_what_is_not_there(self, desk: Desk) -> None:
        assert desk.refused(5, "token", "show", "GM-999") == "tokens.not_found"
        assert desk.refused(5, "token", "show", "99999") == "tokens.not_found"
        assert desk.refused(5, "token", "issue", "--queue", "XX") == "queues.not_found"
        desk.refused(5, "token", "issue", "--queue", "GM", "--patient", "M00000059")

    def test_of_usage(self, desk: Desk) -> None:
        desk.refused(2, "token", "issue")
        desk.refused(2, "token", "next", "--queue", "GM", "--finish", "--no-show")
        desk.refused(2, "token", "show", "what")
        desk.refused(2, "token", "list", "--limit", "99999999999999999999")
        desk.refused(2, "token", "dance")

    def test_of_what_is_not_permitted(self, desk: Desk) -> None:
        for arguments in (("close-day",), ("close", "GM"), ("confirm-clock",)):
            assert desk.refused(4, "queue", *arguments) == "access.not_permitted"
        desk("logout")
        assert desk.refused(4, "token", "list").startswith(("access.", "session."))

    def test_of_a_dangerous_one_that_nobody_confirms(self, desk: Desk) -> None:
        desk.sign_in("mara")
        for arguments in (("close-day",), ("close", "ENT"), ("confirm-clock",)):
            desk.refused(2, "queue", *arguments)
            desk.ok("queue", *arguments, "--yes")

    def test_of_a_database_that_is_gone(self, desk: Desk) -> None:
        desk.hospital.application.close_now()
        shutil.rmtree(desk.folder / "data")
        assert desk("token", "list", "--json").code in (4, 7)


def test_a_token_of_yesterday_is_not_todays(desk: Desk) -> None:
    desk.hospital.clock.forward(days=1)
    desk.sign_in("nils")
    assert desk.refused(5, "token", "show", "GM-001") == "tokens.not_found"
    assert desk.ok("token", "list") == []
    assert desk.refused(6, "token", "call", "1") == "tokens.wrong_state"


def test_a_doctor_who_sends_a_patient_on_gets_the_new_leg(desk: Desk) -> None:
    desk.sign_in("dora")
    assert desk.ok("token", "next", "--queue", "GM")["room"] == "Room 1"
    leg = desk.ok("token", "transfer", "GM-001", "--to", "ENT")
    assert (leg["queue"], leg["code"], leg["leg"]) == ("ENT", "GM-001", 2)
    assert desk.ok("token", "undo", "GM-001")["status"] == "called"


def test_a_wrong_clock_is_named_and_confirmed(desk: Desk) -> None:
    desk.hospital.clock.forward(hours=-1)
    desk.sign_in("nils")
    assert desk.refused(6, "token", "issue", "--queue", "GM") == "tokens.clock_back"
    desk.sign_in("mara")
    assert desk.ok("queue", "confirm-clock", "--yes")["series"] == 1
    desk.sign_in("nils")
    assert desk.ok("token", "issue", "--queue", "GM")["number"] == 2


def test_the_whole_loop_as_processes(desk: Desk) -> None:
    """One command, one process: what scripts do."""
    desk.hospital.application.close_now()
    with_clock = desk.process("token", "list", "--json")
    assert with_clock.code == 4, "the session of this test's clock is long over or not yet begun"
    assert desk.process("login", "nils", "--password-stdin", stdin=f"{PASSWORD}\n").code == 0
    issued = desk.process("token", "issue", "--queue", "LAB", "--json")
    assert (issued.code, issued.json["code"], issued.err) == (0, "LAB-001", "")
    called = desk.process("token", "next", "--queue", "LAB", "--json")
    assert called.json["status"] == "called"
    busy = desk.process("token", "next", "--queue", "LAB", "--json")
    assert (busy.code, busy.error["code"]) == (6, "tokens.room_busy")
    assert "LAB-001" in busy.error["message"]
    done = desk.process("token", "complete", "LAB-001")
    assert (done.code, "\x1b" in done.out) == (0, False)
    assert "completed" in done.out


def test_tokens_are_served_through_the_service_alone(desk: Desk) -> None:
    """What the command printed is what the service says."""
    shown = desk.ok("token", "show", "gm1")
    assert shown == desk.hospital.ask("nils", tokens.show_token, "GM-001").as_json()
    why = desk.ok("token", "why", "GM-001")
    assert why["why"] == "due 09:00: in order of arrival"
