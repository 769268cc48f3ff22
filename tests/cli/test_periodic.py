"""What is due is done once, for hosts on which no server runs."""

from __future__ import annotations

from hms.infra.sqlite import sqlite3
from tests.cli.shell import Shell


def test_once_does_what_is_due_and_ends(hospital: Shell) -> None:
    said = hospital("serve", "--once", "--json")
    assert said.code == 0
    assert said.json == {"backup": None}
    assert "did what was due" in said.err


def test_a_missed_backup_is_made_up_for_by_a_timer(hospital: Shell) -> None:
    raw = sqlite3.connect(hospital.folder / "hms-data" / "hms.db")
    raw.execute("DROP TRIGGER audit_no_update")
    raw.execute("UPDATE audit SET at = '2020-01-01 00:00:00.000000' WHERE id = 1")
    raw.execute("DROP TABLE audit_seal")  # as an entry of long ago would be: not sealed
    raw.commit()
    raw.close()
    assert hospital("init").code == 0
    assert hospital("logout").code == 0
    said = hospital("serve", "--once", "--json")
    assert said.code == 0, said
    assert (hospital.folder / "hms-data" / "backups" / said.json["backup"]).exists()
    assert hospital("serve", "--once", "--json").json == {"backup": None}


def test_a_backup_that_fails_fails_the_command(hospital: Shell) -> None:
    """The service manager sees it; hms serve would log it and go on."""
    (hospital.folder / "hms-data" / "keys.json").write_text("{")
    said = hospital("serve", "--once", "--json")
    assert said.code == 6
    assert said.error["code"] == "keys.unusable"
