"""``hms db check``: structure, rules of the hospital, and the audit's chain."""

from __future__ import annotations

from pathlib import Path

from hms.infra.sqlite import sqlite3
from hms.infra.tables import SCHEMA_VERSION
from tests import postgres
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
    assert said.json == {"before": SCHEMA_VERSION, "after": SCHEMA_VERSION, "backup": None}
    assert "the database is current" in hospital("db", "upgrade").err


def test_a_newer_database_is_refused_with_exit_7(hospital: Shell) -> None:
    raw = sqlite3.connect(hospital.folder / "hms-data" / "hms.db")
    raw.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
    raw.commit()
    raw.close()
    for arguments in (("db", "upgrade"), ("room", "list"), ("serve", "--port", "0")):
        said = hospital(*arguments, "--json")
        assert said.code == 7
        assert said.error["code"] == "database.schema"


def test_grants_are_printed_for_psql_without_a_session(hospital: Shell) -> None:
    hospital("logout")
    said = hospital("db", "grants")
    assert said.code == 0
    assert all(line.endswith(";") for line in said.out.splitlines())
    assert "GRANT SELECT, INSERT ON audit TO hms_desk;" in said.out
    assert "SQLite" in said.err
    told = hospital("db", "grants", "--prefix", "clinic", "--json").json
    assert "GRANT clinic_desk TO clinic_serve" in told["statements"]


def test_a_prefix_that_is_no_name_is_refused_with_exit_2(hospital: Shell) -> None:
    said = hospital("db", "grants", "--prefix", "x; DROP TABLE patient", "--json")
    assert said.code == 2
    assert "--prefix" in said.error["message"]


def test_the_hospital_is_copied_to_postgresql_and_every_table_told(
    hospital: Shell, tmp_path: Path
) -> None:
    place = tmp_path / "target"
    with postgres.made_for(place):
        to = postgres.settings_of(place).url
        assert hospital("db", "copy", "--to", to).code == 2, "nobody to ask"
        planned = hospital("db", "copy", "--to", to, "--dry-run", "--json")
        assert planned.code == 0
        assert {table["digest_equal"] for table in planned.json["tables"]} == {None}
        said = hospital("db", "copy", "--to", to, "--yes", "--json")
        assert said.code == 0
        assert all(table["digest_equal"] for table in said.json["tables"])
        assert {"name", "rows", "digest_equal"} == set(said.json["tables"][0])
        again = hospital("db", "copy", "--to", to, "--yes", "--json")
        assert (again.code, again.error["code"]) == (6, "database.not_empty")


def test_a_copy_to_nowhere_ends_with_exit_7_and_one_without_a_session_with_4(
    hospital: Shell,
) -> None:
    nowhere = "postgresql+asyncpg://nobody:s3cret@127.0.0.1:1/none"
    said = hospital("db", "copy", "--to", nowhere, "--yes", "--json")
    assert said.code == 7
    assert "s3cret" not in said.out + said.err
    assert hospital("db", "copy", "--to", "what is this", "--yes", "--json").code == 2
    hospital("logout")
    assert hospital("db", "copy", "--to", nowhere, "--yes").code == 4
