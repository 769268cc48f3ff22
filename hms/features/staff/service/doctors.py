"""Doctors: what they are, where they sit, and whether they are at work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from hms.features.staff import rules
from hms.features.staff.events import DoctorChanged, DoctorStatusChanged
from hms.features.staff.model import Doctor
from hms.features.staff.queries import views
from hms.features.staff.queries.views import DoctorView
from hms.features.staff.service.errors import DoctorUnknown, LicenceTaken, NotOwnStatus, broke
from hms.features.staff.service.places import ensure_department, ensure_room, name_key
from hms.infra.tables import table_of
from hms.infra.uow import Work
from hms.kernel.actor import Actor, Scope
from hms.kernel.i18n import phrase
from hms.kernel.text import clean

SPECIALITY_MAX = 80
LICENCE_MAX = 40

_doctor = table_of(Doctor)


@dataclass(frozen=True, slots=True)
class SetDoctor:
    """What to set of the doctor ``name``; None leaves a field as it is, empty clears it."""

    name: str
    speciality: str | None = None
    licence: str | None = None
    room: str | None = None
    department: str | None = None


def list_doctors(work: Work, actor: Actor) -> list[DoctorView]:
    """Return the doctors who may work here now, by name.

    Raises:
        NotPermitted: the actor may not see doctors.
    """
    actor.require("doctors.see")
    return views.doctors(work.db, actor.hospital_id)


def set_doctor(work: Work, actor: Actor, command: SetDoctor) -> DoctorView:
    """Set a doctor's speciality, licence number, room and department.

    Raises:
        NotPermitted: the actor may not define doctors.
        InvalidInput: a text is too long or has characters that cannot be shown.
        DoctorUnknown: there is no doctor of that name.
        LicenceTaken: another doctor has the licence number.
    """
    actor.require("doctors.define")
    doctor = _find(work, actor, command.name)
    values = _values(work, actor, command)
    change = update(_doctor).where(_doctor.c.id == doctor.id)
    try:
        work.db.execute(change.values(**values, version=_doctor.c.version + 1))
    except IntegrityError as error:
        if broke(error, "uq_doctor_licence", "doctor.licence_key"):
            raise LicenceTaken(
                phrase("another doctor has the licence {values}", values=values["licence"]),
                field="licence",
            ) from error
        raise
    after = _find(work, actor, command.name)
    before_fields, after_fields = _differences(doctor, after)
    work.emit(DoctorChanged(subject_id=doctor.id))
    work.audit(
        actor, "doctors.define", "doctor", doctor.id, before=before_fields, after=after_fields
    )
    return after


def doctor_status(work: Work, actor: Actor, name: str, status: str, reason: str = "") -> DoctorView:
    """Say that a doctor is online, busy, paused or offline; a pause without reason says so.

    Raises:
        NotPermitted: the actor may not set a status.
        NotOwnStatus: a doctor may set their own status only.
        DoctorUnknown: there is no doctor of that name.
        InvalidInput: there is no such status, or the reason has bad characters.
    """
    scope = actor.require("doctors.status")
    new = rules.doctor_status(status)
    text = clean(reason, field="reason", max_length=rules.REASON_MAX)
    doctor = _find(work, actor, name)
    if scope is Scope.OWN and doctor.user_id != actor.user_id:
        raise NotOwnStatus("a doctor may set only their own status")
    kept = rules.status_reason(new, text)
    since = doctor.status_since if doctor.status == new else work.now
    work.db.execute(
        update(_doctor)
        .where(_doctor.c.id == doctor.id)
        .values(status=new.value, status_reason=kept, status_since=since)
    )
    work.emit(DoctorStatusChanged(subject_id=doctor.id, status=new.value))
    work.audit(
        actor,
        "doctors.status",
        "doctor",
        doctor.id,
        before={"status": doctor.status, "reason": doctor.status_reason},
        after={"status": new.value, "reason": kept},
    )
    return _find(work, actor, name)


def _find(work: Work, actor: Actor, name: str) -> DoctorView:
    login = rules.login_name(name)
    doctor = views.doctor_by_name(work.db, login, actor.hospital_id)
    if doctor is None:
        raise DoctorUnknown(phrase("there is no doctor called {login}", login=login), field="name")
    return doctor


def _values(work: Work, actor: Actor, command: SetDoctor) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if command.speciality is not None:
        values["speciality"] = clean(
            command.speciality, field="speciality", max_length=SPECIALITY_MAX
        )
    if command.licence is not None:
        licence = clean(command.licence, field="licence", max_length=LICENCE_MAX)
        values["licence"] = licence or None
        values["licence_key"] = name_key(licence) or None
    if command.room is not None:
        values["room_id"] = ensure_room(work, actor, command.room).id if command.room else None
    if command.department is not None:
        made = ensure_department(work, actor, command.department) if command.department else None
        values["department_id"] = made.id if made else None
    return values


def _differences(before: DoctorView, after: DoctorView) -> tuple[dict[str, Any], dict[str, Any]]:
    old, new = before.as_json(), after.as_json()
    changed = [key for key in new if new[key] != old[key]]
    return {key: old[key] for key in changed}, {key: new[key] for key in changed}
