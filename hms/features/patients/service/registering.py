"""Registering, changing and archiving patients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, select, text, update
from sqlalchemy.exc import IntegrityError

from hms.features.patients import queries
from hms.features.patients.errors import (
    AlreadyArchived,
    ChangedMeanwhile,
    LikelyDuplicate,
    NotArchived,
    PatientIsHere,
    PatientNotFound,
)
from hms.features.patients.model import Patient, forget_patient, index_patients
from hms.features.patients.queries import PatientView
from hms.features.patients.rules import RegisterPatient, Sex, check, read_mrn
from hms.features.patients.rules.person import Facts, read_sex
from hms.features.patients.service.finding import alike
from hms.features.patients.service.rows import add, columns_of, take_numbers, today
from hms.infra.tables import Instant, table_of
from hms.infra.uow import Work
from hms.kernel.actor import Actor
from hms.kernel.i18n import phrase

_patient = table_of(Patient)
_UPDATE = (
    update(_patient)
    .where(_patient.c.id == bindparam("b_id"), _patient.c.version == bindparam("b_version"))
    .values(version=_patient.c.version + 1)
)
_SEARCHED = select(_patient.c.search_text).where(_patient.c.id == bindparam("id"))
_TEMPORARY_TODAY = select(func.count()).where(
    _patient.c.hospital_id == bindparam("hospital_id"),
    _patient.c.temporary_name >= bindparam("low"),
    _patient.c.temporary_name < bindparam("high"),
)
_TAKE_INTO_CARE = text(
    "INSERT INTO patient_care (user_id, patient_id, since)"
    " VALUES (:user_id, :patient_id, :since) ON CONFLICT (user_id, patient_id) DO NOTHING"
).bindparams(bindparam("since", type_=Instant))
_AUDITED = ("name", "sex", "phone", "contact", "address", "private", "blood_group")


@dataclass(frozen=True, slots=True, kw_only=True)
class EditPatient:
    """A change: all that shall be recorded from now on, and the version that was looked at."""

    mrn: str
    version: int
    facts: RegisterPatient


def register(
    work: Work, actor: Actor, said: RegisterPatient, *, allow_duplicate: bool = False
) -> PatientView:
    """Register a patient and return the record with its new MRN.

    Raises:
        InvalidInput: a field that cannot be right.
        LikelyDuplicate: somebody much like this one is registered; the error holds
            the candidates, and ``allow_duplicate`` goes on.
        NotPermitted: the role may not register.
    """
    actor.require("patients.register")
    facts = _checked(work, said)
    if not allow_duplicate:
        candidates = alike(work, actor, facts)
        if candidates:
            raise LikelyDuplicate(candidates)
    return _write_new(work, actor, columns_of(facts), action="patients.register")


def register_unknown(work: Work, actor: Actor, sex: str = "") -> PatientView:
    """Register somebody nobody can name yet, under a name like "Unknown male 2026-11-20 A".

    The name stays searchable when ``edit`` has given the real one.

    Raises:
        BadSex: a sex that is none of the four words.
        NotPermitted: the role may not register.
    """
    actor.require("patients.register")
    known = read_sex(sex)
    number = take_numbers(work, actor.hospital_id, 1)[0]  # also holds others off until the commit
    kind = "patient" if known is Sex.UNKNOWN else known.value
    stem = f"Unknown {kind} {today(work).isoformat()} "
    here = {"hospital_id": actor.hospital_id, "low": stem, "high": stem + "~"}
    name = stem + _letters(work.db.execute(_TEMPORARY_TODAY, here).scalar_one())
    facts = _checked(work, RegisterPatient(name=name, sex=known.value))
    columns = columns_of(facts, temporary_name=name)
    return _write_new(
        work, actor, columns, action="patients.register", temporary=True, number=number
    )


def edit(work: Work, actor: Actor, change: EditPatient) -> PatientView:
    """Record what ``change`` states; a new name ends a temporary one.

    Raises:
        InvalidInput: a field that cannot be right.
        PatientNotFound: there is no such patient.
        ChangedMeanwhile: another desk saved since this one looked; nothing is changed.
        NotPermitted: the role may not change patients.
    """
    actor.require("patients.edit")
    before = existing(work, actor, change.mrn)
    if before.version != change.version:
        raise ChangedMeanwhile(before.mrn)
    facts = _checked(work, change.facts)
    columns = columns_of(facts, temporary_name=before.temporary_name)
    columns["temporary"] = before.temporary and facts.name == before.name
    _change(work, before, columns)
    after = _again(work, before)
    _audit_change(work, actor, "patients.edit", before, after)
    return after


def archive(work: Work, actor: Actor, mrn: str) -> PatientView:
    """Take a patient out of the search; nothing is deleted, the MRN still finds the record.

    Raises:
        PatientNotFound: there is no such patient.
        AlreadyArchived: nothing to do.
        PatientIsHere: the patient has a token that is not finished.
        NotPermitted: the role may not archive.
    """
    actor.require("patients.archive")
    before = existing(work, actor, mrn)
    if before.archived:
        raise AlreadyArchived(phrase("{mrn} is archived already", mrn=before.mrn))
    try:
        return _set_archived(work, actor, before, archived=True)
    except IntegrityError as error:  # tokens lie above patients: their trigger knows
        if "patient has a token" in str(error.orig):
            raise PatientIsHere(
                phrase("{mrn} has a token that is not finished", mrn=before.mrn)
            ) from error
        raise


def unarchive(work: Work, actor: Actor, mrn: str) -> PatientView:
    """Take an archived patient back.

    Raises:
        PatientNotFound: there is no such patient.
        NotArchived: nothing to do.
        NotPermitted: the role may not archive.
    """
    actor.require("patients.archive")
    before = existing(work, actor, mrn)
    if not before.archived:
        raise NotArchived(phrase("{mrn} is not archived", mrn=before.mrn))
    return _set_archived(work, actor, before, archived=False)


def take_into_care(work: Work, user_id: int, patient_id: int) -> None:
    """Make the patient one of the doctor's own; for use cases that bring the two together.

    Its permission and audit are those of the use case that calls it.
    """
    row = {"user_id": user_id, "patient_id": patient_id, "since": work.now}
    work.db.execute(_TAKE_INTO_CARE, row)


def stated(view: PatientView) -> RegisterPatient:
    """Return what one would type to get ``view``: where a change of some fields begins."""
    return RegisterPatient(
        name=view.name,
        birth=view.birth.text,
        sex=view.sex.value,
        phone=view.phone,
        blood_group=view.blood_group or "",
        allergies=view.allergies,
        contact=view.contact,
        address=view.address,
        private=view.private,
        deceased_on=view.deceased_on.isoformat() if view.deceased_on else "",
    )


def existing(work: Work, actor: Actor, mrn: str) -> PatientView:
    """Return the patient with this MRN, archived or not.

    Raises:
        NotAnMrn, WrongCheckDigit: it is mistyped.
        PatientNotFound: nobody has it.
    """
    number = read_mrn(mrn)
    found = queries.by_mrn(work.db, actor.hospital_id, number)
    if found is None:
        raise PatientNotFound(
            phrase("no patient has the number {number}", number=number), field="mrn"
        )
    return found


def _checked(work: Work, said: RegisterPatient) -> Facts:
    return check(said, today=today(work), region=work.settings.patients.region)


def _write_new(
    work: Work,
    actor: Actor,
    columns: dict[str, Any],
    *,
    action: str,
    temporary: bool = False,
    number: str | None = None,
) -> PatientView:
    mrn = number or take_numbers(work, actor.hospital_id, 1)[0]
    ids = add(work, actor.hospital_id, [{**columns, "mrn": mrn, "temporary": temporary}])
    view = queries.by_id(work.db, ids[mrn])
    if view is None:
        raise PatientNotFound(phrase("the new patient {mrn} cannot be read back", mrn=mrn))
    work.audit(actor, action, "patient", view.id, after={"mrn": mrn, "name": view.name})
    return view


def _change(work: Work, before: PatientView, columns: dict[str, Any]) -> None:
    searched: str = work.db.execute(_SEARCHED, {"id": before.id}).scalar_one()
    keys = {"b_id": before.id, "b_version": before.version}
    done = work.db.execute(_UPDATE, {**columns, "updated_at": work.now, **keys})
    if done.rowcount != 1:
        raise ChangedMeanwhile(before.mrn)
    wanted = columns.get("search_text", searched)
    archived = columns["archived_at"] is not None if "archived_at" in columns else before.archived
    if (wanted, archived) == (searched, before.archived):
        return
    if not before.archived:
        forget_patient(work.db, before.id, searched)
    if not archived:
        index_patients(work.db, [{"id": before.id, "search_text": wanted}])


def _set_archived(work: Work, actor: Actor, before: PatientView, *, archived: bool) -> PatientView:
    _change(work, before, {"archived_at": work.now if archived else None})
    after = _again(work, before)
    action = "patients.archive"
    work.audit(
        actor, action, "patient", before.id, before={"archived": not archived},
        after={"archived": archived},
    )  # fmt: skip
    return after


def _again(work: Work, before: PatientView) -> PatientView:
    view = queries.by_id(work.db, before.id)
    if view is None:
        raise PatientNotFound(phrase("{mrn} cannot be read back", mrn=before.mrn))
    return view


def _audit_change(
    work: Work, actor: Actor, action: str, before: PatientView, after: PatientView
) -> None:
    """Record which facts changed and how; allergies are medical text and only named."""
    old, new = before.as_json(), after.as_json()
    names = [*_AUDITED, "birth_date", "birth_year", "birth_estimated", "temporary", "deceased_on"]
    changed = [name for name in names if old[name] != new[name]]
    also = ["allergies"] if old["allergies"] != new["allergies"] else []
    work.audit(
        actor,
        action,
        "patient",
        after.id,
        before={name: old[name] for name in changed},
        after={**{name: new[name] for name in changed}, **({"also": also} if also else {})},
    )


def _letters(index: int) -> str:
    """Return A, B … Z, AA, AB … for 0, 1 …"""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
