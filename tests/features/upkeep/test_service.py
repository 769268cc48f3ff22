"""Who may read the audit and make backups, and what is recorded of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hms.bootstrap import invariants
from hms.features.tokens import service as tokens
from hms.features.upkeep import service
from hms.features.upkeep.queries import AuditFilter
from hms.infra.backup.make import make_backup
from hms.kernel.errors import NotPermitted
from tests.infra.audit_support import tamper
from tests.support import MORNING, ROLES, Hospital


@pytest.mark.parametrize("who", [name for name in ROLES if name not in ("ada", "mara")])
def test_only_administrator_and_manager_read_the_audit(hospital: Hospital, who: str) -> None:
    with pytest.raises(NotPermitted):
        hospital.do(who, service.show_audit, AuditFilter())
    with pytest.raises(NotPermitted):
        hospital.ask(who, service.verify_audit)


@pytest.mark.parametrize("who", [name for name in ROLES if name != "ada"])
def test_only_the_administrator_backs_up(hospital: Hospital, who: str) -> None:
    with pytest.raises(NotPermitted):
        hospital.ask(who, service.may_back_up)
    with pytest.raises(NotPermitted):
        hospital.do(who, service.record_backup, "file", 1, 1)
    with pytest.raises(NotPermitted):
        hospital.ask(who, service.check_database, ())


def test_that_somebody_looked_is_in_the_audit(hospital: Hospital) -> None:
    hospital.do("mara", service.show_audit, AuditFilter(user="rosa"))
    [latest, *_] = hospital.do("ada", service.show_audit, AuditFilter())
    assert (latest.action, latest.user, latest.after) == ("audit.show", "mara", {"user": "rosa"})


def test_a_patients_record_is_followed_by_the_mrn(hospital: Hospital) -> None:
    mrn = hospital.one("SELECT mrn FROM patient")
    found = hospital.do("mara", service.show_audit, AuditFilter(), patient=mrn)
    assert [(entry.action, entry.kind) for entry in found] == [("patients.register", "patient")]
    with pytest.raises(service.NoSuchPatient):
        hospital.do("mara", service.show_audit, AuditFilter(), patient="no number")


@pytest.mark.parametrize(
    "wanted",
    [
        AuditFilter(limit=0),
        AuditFilter(limit=10_001),
        AuditFilter(since=MORNING, until=MORNING - timedelta(seconds=1)),
    ],
)
def test_what_nobody_could_mean_is_refused(hospital: Hospital, wanted: AuditFilter) -> None:
    with pytest.raises(service.BadRange):
        hospital.do("ada", service.show_audit, wanted)


def test_a_made_backup_is_recorded_and_its_head_counts(hospital: Hospital) -> None:
    made = make_backup(hospital.settings, invariants())
    hospital.do("ada", service.record_backup, made.file.name, made.bytes, 7)
    [entry, *_] = hospital.do("ada", service.show_audit, AuditFilter(action="backup"))
    assert entry.after == {"file": made.file.name, "bytes": made.bytes, "rows": 7}
    assert hospital.ask("ada", service.verify_audit).anchors == 2  # data directory and backup


@pytest.mark.sqlite
def test_the_head_in_a_backup_shows_a_cut_when_the_noted_one_is_gone(hospital: Hospital) -> None:
    made = make_backup(hospital.settings, invariants())
    (hospital.settings.data_dir / "audit.anchors").unlink()
    tamper(
        hospital,
        "DELETE FROM audit WHERE id > 10",
        "DELETE FROM audit_seal WHERE audit_id > 10",
        "UPDATE sqlite_sequence SET seq = 10 WHERE name = 'audit'",
    )
    [fault] = hospital.ask("ada", service.verify_audit).faults
    assert fault.kind == "cut"
    assert made.file.name in fault.message


def test_a_sound_database_is_said_to_be(hospital: Hospital) -> None:
    found = hospital.ask("ada", service.check_database, invariants())
    assert found.sound
    assert found.rows > 0
    assert found.audit.sealed > 0


@pytest.mark.sqlite
def test_faults_of_every_kind_are_told(hospital: Hospital) -> None:
    hospital.force("UPDATE token_counter SET last = 99 WHERE series = 'GM'")
    tamper(hospital, "UPDATE audit SET actor = 'nobody' WHERE id = 3")
    found = hospital.ask("ada", service.check_database, invariants())
    assert not found.sound
    [problem] = found.problems
    assert problem.endswith("stands at the last number that was given: GM of 2031-03-04")
    assert [fault.entry for fault in found.audit.faults] == [3]


def test_the_administrator_watches_over_backups_and_files(hospital: Hospital) -> None:
    assert hospital.ask("ada", service.watch_over).backup_old
    make_backup(hospital.settings, invariants())
    watch = hospital.ask("ada", service.watch_over)
    assert not watch.backup_old
    hospital.clock.forward(hours=49)
    assert hospital.ask("ada", service.watch_over).backup_old
    with pytest.raises(NotPermitted):
        hospital.ask("mara", service.watch_over)


def test_the_administrator_sees_the_audit_without_its_patients(hospital: Hospital) -> None:
    token = hospital.issue("LAB")
    hospital.do("rosa", tokens.attach_patient, token.id, "M00000013")
    mara = hospital.do("mara", service.show_audit, AuditFilter(kind="patient"))
    ada = hospital.do("ada", service.show_audit, AuditFilter(kind="patient"))
    assert [(e.id, e.user, e.action) for e in ada] == [(e.id, e.user, e.action) for e in mara]
    assert all((e.object_id, e.before, e.after) == (None, None, None) for e in ada)
    assert "Ana Example" in str(mara)
    [attached] = hospital.do("ada", service.show_audit, AuditFilter(action="tokens.attach_patient"))
    assert attached.object_id == token.id
    assert attached.after == {}


@pytest.mark.parametrize(
    ("wanted", "patient"),
    [(AuditFilter(), "M00000013"), (AuditFilter(kind="patient", object_id=1), None)],
)
def test_the_administrator_does_not_ask_for_one_patient(
    hospital: Hospital, wanted: AuditFilter, patient: str | None
) -> None:
    with pytest.raises(NotPermitted, match="without its patients"):
        hospital.do("ada", service.show_audit, wanted, patient=patient)
