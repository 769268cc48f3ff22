"""Who may read the audit and make backups, and what is recorded of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hms.bootstrap import invariants
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


def test_faults_of_every_kind_are_told(hospital: Hospital) -> None:
    hospital.force("UPDATE token_counter SET last = 99 WHERE series = 'GM'")
    tamper(hospital, "UPDATE audit SET actor = 'nobody' WHERE id = 3")
    found = hospital.ask("ada", service.check_database, invariants())
    assert not found.sound
    [problem] = found.problems
    assert problem.endswith("stands at the last number that was given: GM of 2031-03-04")
    assert [fault.entry for fault in found.audit.faults] == [3]
