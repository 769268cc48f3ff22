"""``hms db check``: structure, rules of the hospital, and the audit's chain."""

from __future__ import annotations

from hms.infra.sqlite import sqlite3
from tests.cli.shell import Shell


def test_a_sound_database(hospital: Shell) -> None:
    said = hospital("db", "check", "--json")
    assert said.code == 0
    assert said.json["ok"] is True
    assert said.json["problems"] == []
    assert said.json["invariants"] >= 5
    assert "the database is sound" in hospital("db", "check").err


def test_a_row_that_refers_to_nothing_is_named_with_exit_3(hospital: Shell) -> None:
    hospital("room", "add", "Room 9")
    raw = sqlite3.connect(hospital.folder / "hms-data" / "hms.db")
    raw.execute("UPDATE room SET hospital_id = 4711")
    raw.commit()
    raw.close()
    said = hospital("db", "check", "--json")
    assert said.code == 3
    assert said.json["problems"] == ["row 1 of room refers to a hospital that is not there"]
    assert "row 1 of room" in hospital("db", "check").err


def test_it_needs_a_session(hospital: Shell) -> None:
    hospital("logout")
    assert hospital("db", "check").code == 4


def test_a_current_database_needs_no_upgrade(hospital: Shell) -> None:
    said = hospital("db", "upgrade", "--json")
    assert said.code == 0
    assert said.json == {"before": 1, "after": 1, "backup": None}
    assert "the database is current" in hospital("db", "upgrade").err


def test_a_newer_database_is_refused_with_exit_6(hospital: Shell) -> None:
    raw = sqlite3.connect(hospital.folder / "hms-data" / "hms.db")
    raw.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
    raw.commit()
    raw.close()
    for arguments in (("db", "upgrade"), ("room", "list"), ("serve", "--port", "0")):
        said = hospital(*arguments, "--json")
        assert said.code == 6
        assert said.error["code"] == "database.schema"
