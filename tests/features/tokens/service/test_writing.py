"""One guarded change: two desks never both succeed, and every refusal is a plain sentence."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from hms.features.patients import service as patients
from hms.features.patients.errors import PatientIsHere, ReasonNeeded
from hms.features.tokens import events
from hms.features.tokens import service as tokens
from hms.features.tokens.errors import AlreadyQueued, RoomBusy, WrongState
from hms.features.tokens.queries import token_by_id
from hms.features.tokens.rules import Move
from hms.features.tokens.service import writing
from tests.support import Hospital


def test_who_looked_before_another_desk_changed_it_is_refused(hospital: Hospital) -> None:
    token = hospital.issue().id
    stale = hospital.db.read_now(lambda work: token_by_id(work.db, token))
    assert stale is not None
    hospital.do("rosa", tokens.cancel, token)

    def late(work: Any, actor: Any) -> Any:
        ended = {"ended_at": work.now}
        return writing.change(work, actor, stale, Move.LEAVE, events.TokenLeft, ended)

    with pytest.raises(WrongState, match="just changed by another desk"):
        hospital.do("rosa", late)
    assert hospital.token(token).status == "cancelled"


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("UNIQUE constraint failed: token.hospital_id, token.counter", RoomBusy),
        ('violates unique constraint "uq_token_counter_serving"', RoomBusy),
        ("UNIQUE constraint failed: token.queue_id, token.patient_id", AlreadyQueued),
        ('violates unique constraint "uq_token_patient_active"', AlreadyQueued),
        ("token status cannot move so", WrongState),
        ("CHECK constraint failed: ck_token_number", IntegrityError),
    ],
)
def test_what_a_broken_constraint_means(said: str, kind: type[Exception]) -> None:
    error = IntegrityError("UPDATE", None, Exception(said))
    assert isinstance(writing.conflict(error, "GM-001"), kind)


def test_every_change_leaves_row_event_and_audit_together(hospital: Hospital) -> None:
    token = hospital.issue().id
    for step in (tokens.call, tokens.start, tokens.hold, tokens.resume, tokens.complete):
        hospital.do("tests", step, token)
    events_of = hospital.rows("SELECT kind FROM outbox WHERE subject_id = 1 AND topic = 1")
    audited = hospital.rows("SELECT action FROM audit WHERE kind = 'token'")
    assert [kind for (kind,) in events_of][1:] == [
        "TokenIssued", "TokenCalled", "TokenStarted", "TokenHeld", "TokenResumed", "TokenCompleted",
    ]  # fmt: skip
    assert [action for (action,) in audited] == [
        "tokens.issue", "tokens.call", "tokens.start", "tokens.hold", "tokens.resume",
        "tokens.complete",
    ]  # fmt: skip


def test_the_audit_tells_from_what_to_what(hospital: Hospital) -> None:
    hospital.issue()
    hospital.do("nils", tokens.start, hospital.called().id)
    [(before, after)] = hospital.rows(
        "SELECT before, after FROM audit WHERE action = 'tokens.start'"
    )
    assert '"called"' in before
    assert '"in_progress"' in after


@pytest.mark.parametrize("who", ["nils", "tests"])
def test_the_doctor_sees_the_patient_whom_a_nurse_calls_for_him(
    hospital: Hospital, who: str
) -> None:
    patient = hospital.patient()
    hospital.issue("GM", patient.mrn)
    hospital.called("GM", who)
    assert hospital.do("dora", patients.show, patient.mrn).mrn == patient.mrn
    with pytest.raises(ReasonNeeded):
        hospital.do("deng", patients.show, patient.mrn)


def test_of_several_doctors_the_one_in_that_room_sees_the_patient(hospital: Hospital) -> None:
    hospital.do("mara", tokens.edit_queue, "GM", tokens.EditQueue(doctors=("dora", "deng")))
    patient = hospital.patient()
    hospital.issue("GM", patient.mrn)
    hospital.called("GM", room="room 2")
    assert hospital.do("deng", patients.show, patient.mrn).mrn == patient.mrn
    with pytest.raises(ReasonNeeded):
        hospital.do("dora", patients.show, patient.mrn)


def test_where_none_of_them_sits_each_doctor_of_the_queue_sees_the_patient(
    hospital: Hospital,
) -> None:
    hospital.do("mara", tokens.edit_queue, "GM", tokens.EditQueue(doctors=("dora", "deng")))
    patient = hospital.patient()
    hospital.issue("GM", patient.mrn)
    hospital.called("GM", room="Corridor")
    for doctor in ("dora", "deng"):
        assert hospital.do(doctor, patients.show, patient.mrn).mrn == patient.mrn


def test_a_patient_named_while_inside_is_the_doctors_own(hospital: Hospital) -> None:
    patient = hospital.patient()
    token = hospital.issue("GM")
    hospital.called("GM")
    hospital.do("rosa", tokens.attach_patient, token.id, patient.mrn)
    assert hospital.do("dora", patients.show, patient.mrn).mrn == patient.mrn


def test_a_patient_with_an_unfinished_token_is_not_archived(hospital: Hospital) -> None:
    patient = hospital.patient()
    token = hospital.issue("GM", patient.mrn)
    with pytest.raises(PatientIsHere) as refused:
        hospital.do("mara", patients.archive, patient.mrn)
    assert (refused.value.code, refused.value.exit) == ("patients.has_token", 6)
    assert not hospital.do("rosa", patients.show, patient.mrn).archived
    hospital.do("rosa", tokens.cancel, token.id)
    assert hospital.do("mara", patients.archive, patient.mrn).archived
