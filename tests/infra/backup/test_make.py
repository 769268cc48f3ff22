"""Backups of SQLite: whole, tried out, put back; and nothing of a failed one stays."""

from __future__ import annotations

import errno
import stat
import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from hms.bootstrap import invariants
from hms.cli.restore import end_sessions
from hms.infra import outbox, sqlite
from hms.infra.audit_verify import verify
from hms.infra.backup import archive
from hms.infra.backup.errors import (
    BackupDamaged,
    BackupForeign,
    BackupUnderWay,
    DatabaseUnsound,
    FolderUnusable,
    NoRoom,
)
from hms.infra.backup.folder import folder_of, workplace
from hms.infra.backup.make import Made, make_backup, verify_backup
from hms.infra.lease import StillOpen
from hms.kernel.feature import Invariant
from tests.infra.backup.conftest import restored
from tests.support import Hospital, opened


def left(folder: Path) -> list[str]:
    """Return what lies in ``folder`` besides the lock."""
    return sorted(path.name for path in folder.iterdir() if path.name != ".backup.lock")


def test_a_backup_is_one_private_file_with_its_proof(hospital: Hospital, backup: Made) -> None:
    assert left(folder_of(hospital.settings)) == [backup.file.name]
    assert stat.S_IMODE(backup.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(backup.file.parent.stat().st_mode) == 0o700
    said = backup.as_json()
    assert said["file"] == str(backup.file)
    assert said["bytes"] == backup.file.stat().st_size
    assert said["verified"] is True
    facts = backup.manifest.facts
    assert facts.tables["token"] == 5
    assert facts.tables["audit"] == facts.tables["audit_seal"]
    assert facts.last_event == hospital.db.read_now(lambda work: outbox.last_id(work.db))
    assert "patient_search_data" not in facts.tables  # what follows from others is not counted


def test_its_data_is_a_plain_database_without_hms(backup: Made, tmp_path: Path) -> None:
    head, _, rest = backup.file.read_bytes().partition(b"\n")
    plain = tmp_path / "plain.db"
    plain.write_bytes(rest.partition(b"\n")[2])
    assert head.startswith(b"HMS BACKUP 1")
    with sqlite.sqlite3.connect(plain) as raw:
        assert raw.execute("SELECT count(*) FROM token").fetchone() == (5,)
    raw.close()
    assert left(plain.parent) == ["data", "plain.db"]


def test_nothing_committed_before_is_missing_while_desks_work(hospital: Hospital) -> None:
    stop, given = threading.Event(), [5]

    def desk() -> None:
        with opened(hospital.settings) as mine:
            while not stop.is_set():
                mine.issue("LAB")
                given[0] += 1

    worker = threading.Thread(target=desk)
    worker.start()
    try:
        for _ in range(3):
            before = given[0]
            made = make_backup(hospital.settings, invariants())
            assert made.manifest.facts.tables["token"] >= before
    finally:
        stop.set()
        worker.join()


def test_a_restored_hospital_is_as_it_was_on_a_new_timeline(
    hospital: Hospital, backup: Made
) -> None:
    hospital.issue()
    old = hospital.db.read_now(lambda work: outbox.epoch(work.db))
    hospital.application.close_now()
    done = restored(hospital.settings, backup.file)
    with opened(hospital.settings) as again:
        assert again.one("SELECT count(*) FROM token") == 5
        assert again.one("SELECT value FROM meta WHERE key = 'epoch'") != old
        [entry] = again.rows("SELECT actor, kind FROM audit WHERE action = 'backup.restore'")
        assert entry == ("owner: tests", "database")
        assert again.db.read_now(lambda work: verify(work.db, (), anchored=False)).sound
        assert again.issue().code == "GM-007"
    assert done.kept is not None
    with sqlite.sqlite3.connect(done.kept) as kept:
        assert kept.execute("SELECT count(*) FROM token").fetchone() == (6,)
    kept.close()


def test_a_restore_ends_every_session(hospital: Hospital, backup: Made) -> None:
    hospital.force(
        "INSERT INTO desk_session (hospital_id, user_id, family, terminal, refresh_hash,"
        " rotated_at, created_at, last_seen_at, expires_at) VALUES (1, 1, 'f', 't', 'h',"
        " '2031-03-04 09:00', '2031-03-04 09:00', '2031-03-04 09:00', '2031-03-05 09:00')"
    )
    file = make_backup(hospital.settings, invariants()).file
    hospital.application.close_now()
    restored(hospital.settings, file, end_sessions)
    with opened(hospital.settings) as again:
        assert again.rows("SELECT ended_reason FROM desk_session") == [("database_restored",)]


def test_a_restore_waits_for_nobody_and_refuses(hospital: Hospital, backup: Made) -> None:
    with pytest.raises(StillOpen):
        restored(hospital.settings, backup.file)
    assert hospital.issue().code == "GM-006"


def test_a_program_that_is_not_ours_is_seen_too(hospital: Hospital, backup: Made) -> None:
    hospital.application.close_now()
    file = hospital.settings.database_file
    assert file is not None
    other = sqlite.sqlite3.connect(file)
    other.execute("SELECT count(*) FROM token").fetchone()
    with pytest.raises(StillOpen, match="another program"):
        restored(hospital.settings, backup.file)
    other.close()
    restored(hospital.settings, backup.file)


def test_a_damaged_database_can_be_replaced_and_is_kept(hospital: Hospital, backup: Made) -> None:
    hospital.application.close_now()
    file = hospital.settings.database_file
    assert file is not None
    file.write_bytes(b"nothing that anybody could read" * 500)
    done = restored(hospital.settings, backup.file)
    with opened(hospital.settings) as again:
        assert again.one("SELECT count(*) FROM token") == 5
    assert done.kept is not None
    assert Path(done.kept).read_bytes().startswith(b"nothing that anybody could read")


def test_a_backup_restores_where_there_was_nothing(hospital: Hospital, backup: Made) -> None:
    hospital.application.close_now()
    kept = backup.file.rename(hospital.settings.data_dir.parent / "kept.hmsbackup")
    for path in sorted(hospital.settings.data_dir.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    hospital.settings.data_dir.rmdir()
    assert restored(hospital.settings, kept).kept is None
    with opened(hospital.settings) as again:
        assert again.one("SELECT count(*) FROM token") == 5


def test_a_restore_that_fails_halfway_leaves_the_old_database(
    hospital: Hospital, backup: Made
) -> None:
    hospital.issue()
    hospital.application.close_now()

    def fail(_work: object) -> None:
        raise RuntimeError("the power is gone")

    with pytest.raises(RuntimeError):
        restored(hospital.settings, backup.file, fail)
    with opened(hospital.settings) as again:
        assert again.one("SELECT count(*) FROM token") == 6
    assert not list(hospital.settings.data_dir.glob(".restoring-*"))


def test_a_damaged_backup_changes_nothing(hospital: Hospital, backup: Made) -> None:
    whole = bytearray(backup.file.read_bytes())
    whole[-5000] ^= 1
    backup.file.write_bytes(bytes(whole))
    hospital.application.close_now()
    for attempt in (
        lambda: restored(hospital.settings, backup.file),
        lambda: verify_backup(hospital.settings, backup.file, invariants()),
    ):
        with pytest.raises(BackupDamaged):
            attempt()
    with opened(hospital.settings) as again:
        assert again.one("SELECT count(*) FROM token") == 5


def test_a_backup_of_another_kind_or_version_is_refused(
    hospital: Hospital, backup: Made, tmp_path: Path
) -> None:
    said, data = backup.manifest, tmp_path / "data.db"
    archive.extract(backup.file, data)
    newer = replace(said, facts=replace(said.facts, schema_version=99))
    for number, manifest in enumerate((replace(said, engine="postgresql"), newer)):
        path = tmp_path / f"{number}.hmsbackup"
        archive.write(path, manifest, data)
        with pytest.raises(BackupForeign):
            verify_backup(hospital.settings, path, invariants())


def test_a_broken_rule_of_the_hospital_is_no_backup(hospital: Hospital) -> None:
    hospital.force("UPDATE token_counter SET last = 17")
    with pytest.raises(DatabaseUnsound, match=r"a counter stands at the last .*: GM of 2031-03-04"):
        make_backup(hospital.settings, invariants())
    assert left(folder_of(hospital.settings)) == []


def test_a_row_that_refers_to_nothing_is_no_backup(hospital: Hospital) -> None:
    file = hospital.settings.database_file
    assert file is not None
    raw = sqlite.sqlite3.connect(file)
    raw.execute("UPDATE token SET patient_id = 4711 WHERE number = 3")
    raw.commit()
    raw.close()
    with pytest.raises(DatabaseUnsound, match="row 3 of token refers to a patient"):
        make_backup(hospital.settings, invariants())


def test_an_invariant_names_where_it_is_broken(hospital: Hospital) -> None:
    rule = Invariant("there are no tokens", "SELECT code FROM token ORDER BY id")
    with pytest.raises(DatabaseUnsound, match="no tokens: GM-001, GM-002"):
        make_backup(hospital.settings, (rule,))


def test_only_so_many_are_kept_and_foreign_files_stay(hospital: Hospital) -> None:
    folder = folder_of(hospital.settings)
    folder.mkdir(mode=0o700)
    (folder / "holiday.jpg").touch()
    names = []
    for _ in range(4):
        names.append(make_backup(hospital.settings, invariants(), keep=2).file.name)
        hospital.clock.forward(hours=24)
    assert left(folder) == [*names[-2:], "holiday.jpg"]


def test_two_in_one_second_have_two_names(hospital: Hospital, backup: Made) -> None:
    other = make_backup(hospital.settings, invariants())
    assert other.file != backup.file
    assert len(left(folder_of(hospital.settings))) == 2


def test_two_at_once_are_refused(hospital: Hospital, tmp_path: Path) -> None:
    with workplace(tmp_path / "to"), pytest.raises(BackupUnderWay):
        make_backup(hospital.settings, invariants(), to=tmp_path / "to")


def test_what_a_killed_backup_left_is_cleared_by_the_next(hospital: Hospital) -> None:
    stale = folder_of(hospital.settings) / ".making-killed"
    stale.mkdir(parents=True)
    (stale / "data").write_bytes(b"half")
    made = make_backup(hospital.settings, invariants())
    assert left(folder_of(hospital.settings)) == [made.file.name]


def test_a_disk_without_room_is_refused_before_anything(
    hospital: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(NoRoom, match="are needed"):
        make_backup(hospital.settings, invariants())
    assert left(folder_of(hospital.settings)) == []


def test_a_disk_that_fills_up_meanwhile_leaves_nothing(
    hospital: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(archive, "write", full)
    with pytest.raises(NoRoom, match="full"):
        make_backup(hospital.settings, invariants())
    assert left(folder_of(hospital.settings)) == []
    monkeypatch.undo()
    assert make_backup(hospital.settings, invariants()).bytes


def test_a_folder_that_cannot_be_made_is_named(hospital: Hospital, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FolderUnusable, match="file"):
        make_backup(hospital.settings, invariants(), to=tmp_path / "file" / "below")


def test_verifying_opens_what_is_inside(hospital: Hospital, backup: Made, tmp_path: Path) -> None:
    assert verify_backup(hospital.settings, backup.file, invariants()).bytes == backup.bytes
    data, path = tmp_path / "data.db", tmp_path / "lies.hmsbackup"
    archive.extract(backup.file, data)
    tables = {**backup.manifest.facts.tables, "token": 6}
    lie = replace(backup.manifest, facts=replace(backup.manifest.facts, tables=tables))
    archive.write(path, lie, data)
    with pytest.raises(BackupDamaged, match="does not hold what it says"):
        verify_backup(hospital.settings, path, invariants())
