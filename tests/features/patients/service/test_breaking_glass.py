"""A doctor opens the record of somebody else's patient for a reason; the manager learns of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from hms.features.patients import service as patients
from hms.features.patients.errors import (
    AccessNotFound,
    AlreadyAcknowledged,
    OwnAccess,
    ReasonNeeded,
)
from hms.features.patients.queries import PatientView
from hms.features.upkeep import service as upkeep
from hms.features.upkeep.queries import AuditFilter
from hms.kernel.actor import Actor
from hms.kernel.errors import Exit, InvalidInput, NotPermitted
from tests.support import AuditWatch, Hospital, hospital_at, quick_folder

WHY = "unconscious in the corridor"


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Hospital]:
    """Return a hospital in which every change must leave an audit row."""
    watch = AuditWatch()
    with quick_folder(tmp_path) as folder, hospital_at(folder / "hms.db") as made:
        watch.start()
        yield made
        watch.stop()
    assert watch.missed == []


@pytest.fixture
def anna(hospital: Hospital) -> PatientView:
    """Return a patient of nobody's."""
    return hospital.patient("Anna Other")


def test_without_a_reason_the_record_stays_closed_and_says_what_opens_it(
    hospital: Hospital, anna: PatientView
) -> None:
    with pytest.raises(ReasonNeeded) as refused:
        hospital.do("dora", patients.show, anna.mrn)
    assert (refused.value.code, refused.value.exit) == (
        "patients.reason_needed",
        Exit.NOT_PERMITTED,
    )
    assert (refused.value.field, "--reason" in refused.value.hint) == ("reason", True)
    assert anna.name not in str(refused.value.as_dict())


@pytest.mark.parametrize("reason", ["", "   ", "\x1b[2J", "x" * 201])
def test_what_is_no_reason_is_refused_and_opens_nothing(
    hospital: Hospital, anna: PatientView, reason: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        hospital.do("dora", patients.show, anna.mrn, reason)
    assert refused.value.field == "reason"
    assert hospital.one("SELECT count(*) FROM patient_access") == 0


def test_a_reason_opens_that_record_to_that_doctor_for_an_hour(
    hospital: Hospital, anna: PatientView
) -> None:
    other = hospital.patient("Berta Other")
    assert hospital.do("dora", patients.show, anna.mrn, WHY).name == "Anna Other"
    hospital.clock.forward(minutes=59, seconds=59)
    assert hospital.do("dora", patients.show, anna.mrn).name == "Anna Other"
    assert [p.mrn for p in hospital.ask("dora", patients.search, "other")] == [anna.mrn]
    for who, mrn in (("deng", anna.mrn), ("dora", other.mrn)):
        with pytest.raises(ReasonNeeded):
            hospital.do(who, patients.show, mrn)
    hospital.clock.forward(seconds=1)
    with pytest.raises(ReasonNeeded):
        hospital.do("dora", patients.show, anna.mrn)
    assert hospital.ask("dora", patients.search, "other") == []


def test_it_is_audited_with_its_reason_and_found_by_action_and_patient(
    hospital: Hospital, anna: PatientView
) -> None:
    hospital.do("dora", patients.show, anna.mrn, WHY)
    wanted = AuditFilter(action="patients.break_glass")
    for patient in (None, anna.mrn):
        [entry] = hospital.do("mara", upkeep.show_audit, wanted, patient=patient)
        assert (entry.user, entry.kind, entry.object_id) == ("dora", "patient", anna.id)
        assert entry.after == {"reason": WHY, "until": "2031-03-04T10:00:00.000Z", "access": 1}


def test_the_event_tells_no_patient_and_no_reason(hospital: Hospital, anna: PatientView) -> None:
    hospital.do("dora", patients.show, anna.mrn, WHY)
    last = "SELECT kind, topic, subject_id, payload FROM outbox ORDER BY id DESC LIMIT 1"
    assert hospital.rows(last) == [("AccessOpened", None, 1, "{}")]


def test_own_patients_and_the_front_desk_need_no_reason(
    hospital: Hospital, anna: PatientView
) -> None:
    hospital.issue("GM", anna.mrn)
    hospital.called("GM", "dora")
    assert hospital.do("dora", patients.show, anna.mrn).mrn == anna.mrn
    assert hospital.do("rosa", patients.show, anna.mrn).mrn == anna.mrn
    assert hospital.one("SELECT count(*) FROM patient_access") == 0


def test_the_manager_sees_who_opened_whose_record_and_why_until_taking_note(
    hospital: Hospital, anna: PatientView
) -> None:
    hospital.do("dora", patients.show, anna.mrn, WHY)
    [seen] = hospital.ask("mara", patients.list_accesses)
    assert (seen.user, seen.mrn, seen.reason) == ("dora", anna.mrn, WHY)
    noted = hospital.do("mara", patients.acknowledge_access, seen.id)
    assert (noted.acknowledged_by, noted.acknowledged_at) == ("mara", hospital.clock.at)
    assert hospital.ask("mara", patients.list_accesses) == []
    assert hospital.ask("mara", patients.list_accesses, everything=True) == [noted]
    with pytest.raises(AlreadyAcknowledged, match="mara"):
        hospital.do("mara", patients.acknowledge_access, seen.id)


def test_the_administrator_sees_who_and_when_but_no_patient(
    hospital: Hospital, anna: PatientView
) -> None:
    hospital.do("dora", patients.show, anna.mrn, WHY)
    [seen] = hospital.ask("ada", patients.list_accesses)
    assert (seen.user, seen.mrn, seen.reason) == ("dora", None, None)
    with pytest.raises(NotPermitted):
        hospital.do("ada", patients.acknowledge_access, seen.id)


def test_nobody_takes_note_of_what_they_opened_themselves(
    hospital: Hospital, anna: PatientView
) -> None:
    hospital.do("dora", patients.show, anna.mrn, WHY)
    hospital.actors["dora"] = _promoted(hospital)
    with pytest.raises(OwnAccess):
        hospital.do("dora", patients.acknowledge_access, 1)
    hospital.force("UPDATE patient_access SET acknowledged_at = NULL")
    with pytest.raises(IntegrityError):
        hospital.force(
            "UPDATE patient_access SET acknowledged_at = opened_at, acknowledged_by = user_id"
        )


def _promoted(hospital: Hospital) -> Actor:
    dora, mara = hospital.actor("dora"), hospital.actor("mara")
    return replace(dora, role=mara.role, grants=mara.grants)


def test_an_access_that_is_not_there_cannot_be_noted(hospital: Hospital) -> None:
    with pytest.raises(AccessNotFound):
        hospital.do("mara", patients.acknowledge_access, 4711)
