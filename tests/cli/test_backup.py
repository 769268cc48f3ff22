"""``hms backup``, ``hms backup verify`` and what ``hms check`` tells of them."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hms.kernel import clock
from tests.cli.shell import Shell


def check_of(shell: Shell, name: str) -> dict[str, object]:
    """Return one finding of ``hms check``."""
    found = shell("check", "--json").json["checks"]
    return next(one for one in found if one["name"] == name)


def test_one_line_of_proof(hospital: Shell) -> None:
    said = hospital("backup", "--json")
    assert said.code == 0
    file = Path(said.json["file"])
    assert file.parent == hospital.folder / "hms-data" / "backups"
    assert said.json["bytes"] == file.stat().st_size
    assert said.json["rows"] == sum(said.json["tables"].values()) > 0
    assert said.json["verified"] is True
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    [line] = hospital("backup").out.splitlines()
    assert "made and tried out" in line


def test_to_and_keep(hospital: Shell, tmp_path: Path) -> None:
    for _ in range(3):
        assert hospital("backup", "--to", str(tmp_path / "usb"), "--keep", "2").code == 0
    assert len(list((tmp_path / "usb").glob("*.hmsbackup"))) == 2
    assert hospital("backup", "make", "--to", str(tmp_path / "usb"), "--json").json["removed"] == []
    assert hospital("backup", "--keep", "0").code == 2


def test_a_whole_backup_verifies_and_a_changed_one_does_not(hospital: Shell) -> None:
    file = Path(hospital("backup", "--json").json["file"])
    assert hospital("backup", "verify", str(file), "--json").json["verified"] is True
    whole = file.read_bytes()
    for place in (0, 25, 200, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        said = hospital("backup", "verify", str(file), "--json")
        assert said.code == 3
        assert said.error["code"] == "backup.damaged"
    file.write_bytes(whole)
    assert hospital("backup", "verify", str(file)).code == 0


def test_a_file_without_a_digest_is_refused(hospital: Shell) -> None:
    copy = hospital.folder / "copy.db"
    copy.write_bytes(b"SQLite format 3\0" + bytes(5000))
    assert hospital("backup", "verify", str(copy)).code == 3
    assert hospital("backup", "verify", str(hospital.folder / "none")).code == 5


def test_it_needs_a_session_and_the_permission(hospital: Shell) -> None:
    hospital("logout")
    assert hospital("backup", "--json").code == 4
    assert hospital("backup", "verify", "hms.toml").code == 4
    assert not (hospital.folder / "hms-data" / "backups").exists()


def test_check_tells_how_old_the_last_good_one_is(hospital: Shell) -> None:
    assert check_of(hospital, "backup")["grade"] == "note"
    file = Path(hospital("backup", "--json").json["file"])
    assert str(check_of(hospital, "backup")["found"]).startswith("0 hours old")
    later = datetime.now(UTC) + timedelta(days=3)
    with clock.replaced(lambda: later):
        old = check_of(hospital, "backup")
    assert old["grade"] == "problem"
    assert str(old["found"]).startswith("72 hours old")
    file.write_bytes(b"rubbish")
    assert check_of(hospital, "backup")["grade"] == "note"


def test_help_tells_both_commands(hospital: Shell) -> None:
    said = hospital("backup", "--help")
    assert said.code == 0
    assert "make" in said.out
    assert "verify" in said.out
    assert not (hospital.folder / "hms-data" / "backups").exists()
