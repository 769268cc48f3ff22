"""``hms audit``: read by those who may, verified to the row."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from hms.features.upkeep.commands import instant
from hms.infra.settings import Hospital, Settings
from hms.infra.sqlite import sqlite3
from hms.kit.commands import UsageMistake
from tests.cli.conftest import hospital, shell
from tests.cli.shell import Shell

__all__ = ["hospital", "shell"]  # fixtures of the command line

KOLKATA = Settings(hospital=Hospital(timezone="Asia/Kolkata"))


def test_what_was_done_is_shown(hospital: Shell) -> None:
    hospital("room", "add", "Room 9")
    said = hospital("audit", "show", "--user", "admin", "--action", "places", "--json")
    [entry] = said.json
    assert (entry["action"], entry["kind"]) == ("places.add_room", "room")
    assert entry["after"] == {"name": "Room 9"}
    assert "places.add_room" in hospital("audit", "show").out


def test_each_filter_is_an_option(hospital: Shell) -> None:
    hospital("room", "add", "Room 9")
    for option in (
        ("--user", "nobody"),
        ("--terminal", "nowhere"),
        ("--action", "tokens"),
        ("--kind", "token"),
        ("--kind", "room", "--object", "99"),
        ("--since", "2200-01-01"),
        ("--until", "2000-01-01"),
    ):
        assert hospital("audit", "show", "--json", *option).json == []
    assert len(hospital("audit", "show", "--json", "--limit", "2").json) == 2
    refused = hospital("audit", "show", "--patient", "M00000013")  # by the administrator
    assert (refused.code, "ask a manager" in refused.err) == (4, True)
    assert hospital("audit", "show", "--since", "yesterday").code == 2
    assert hospital("audit", "show", "--limit", "0").code == 2


def test_a_whole_audit_is_said_to_be(hospital: Shell) -> None:
    hospital("room", "add", "Room 9")
    said = hospital("audit", "verify", "--json")
    assert said.code == 0
    assert said.json["ok"] is True
    assert said.json["waiting"] == 0  # each command seals what it wrote
    assert "the audit is whole" in hospital("audit", "verify").err


def test_a_changed_row_is_named_with_exit_3(hospital: Shell) -> None:
    for number in range(3):
        hospital("room", "add", f"Room {number}")
    _past_the_guards(hospital.folder, "UPDATE audit SET actor = 'nobody' WHERE id = 4")
    said = hospital("audit", "verify", "--json")
    assert said.code == 3
    assert [fault["entry"] for fault in said.json["faults"]] == [4]
    assert "entry 4 is not what was sealed" in hospital("audit", "verify").err


def test_a_removed_row_is_named_with_exit_3(hospital: Shell) -> None:
    for number in range(3):
        hospital("room", "add", f"Room {number}")
    _past_the_guards(hospital.folder, "DELETE FROM audit WHERE id = 4")
    said = hospital("audit", "verify")
    assert said.code == 3
    assert "entry 4 was removed" in said.err


def test_a_refused_attempt_is_in_the_audit(hospital: Shell) -> None:
    assert hospital("patient", "search", "anna").code == 4  # administrators see no patients
    [entry] = hospital("audit", "show", "--action", "access", "--json").json
    assert entry["after"]["use_case"] == "patients.search"


def test_nobody_signed_in_reads_nothing(hospital: Shell) -> None:
    hospital("logout")
    assert hospital("audit", "show", "--json").code == 4
    assert hospital("audit", "verify", "--json").code == 4


@pytest.mark.parametrize(
    ("said", "end", "expected"),
    [
        ("2031-03-04", False, "2031-03-03T18:30"),
        ("2031-03-04", True, "2031-03-04T18:30"),
        ("2031-03-04T09:30", False, "2031-03-04T04:00"),
        ("2031-03-04T09:30Z", True, "2031-03-04T09:30"),
        ("2031-03-04T09:30:15+01:00", False, "2031-03-04T08:30:15"),
    ],
)
def test_a_time_is_read_as_the_hospital_means_it(said: str, end: bool, expected: str) -> None:
    assert instant(said, KOLKATA, "since", end=end) == datetime.fromisoformat(f"{expected}Z")


@pytest.mark.parametrize("said", ["", "now", "2031-02-30", "04.03.2031", "9999-12-31", "1/2"])
def test_what_is_no_time_is_a_usage_mistake(said: str) -> None:
    with pytest.raises(UsageMistake, match="is no time"):
        instant(said, KOLKATA, "until", end=True)


def _past_the_guards(folder: Path, statement: str) -> None:
    raw = sqlite3.connect(folder / "hms-data" / "hms.db")
    for verb in ("update", "delete"):
        raw.execute(f"DROP TRIGGER audit_no_{verb}")
    raw.execute(statement)
    raw.commit()
    raw.close()
