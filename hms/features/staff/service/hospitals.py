"""The hospitals of a chain in one installation: added, named, listed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from hms.features.staff.events import HospitalAdded
from hms.features.staff.model import Hospital
from hms.features.staff.model_places import HospitalSite
from hms.features.staff.queries import views
from hms.features.staff.queries.views import HospitalView
from hms.features.staff.queries.whereabouts import FIRST_CODE
from hms.features.staff.service.errors import HospitalTaken
from hms.infra.tables import table_of
from hms.infra.uow import Work
from hms.kernel.actor import Actor, Scope
from hms.kernel.errors import InvalidInput
from hms.kernel.i18n import phrase
from hms.kernel.text import clean

NAME_MAX = 120
_CODE = re.compile(r"[a-z][a-z0-9-]{0,19}")
_hospital = table_of(Hospital)
_site = table_of(HospitalSite)


@dataclass(frozen=True, slots=True)
class AddHospital:
    """A hospital more: its code for ``[hospital] code``, and the name people know it by."""

    code: str
    name: str


def list_hospitals(work: Work, actor: Actor) -> list[HospitalView]:
    """Return every hospital to an administrator, the own one to a manager.

    Raises:
        NotPermitted: the actor may not see hospitals.
    """
    scope = actor.require("hospitals.see")
    found = views.hospitals(work.db, work.settings)
    if scope is Scope.HOSPITAL:
        return found
    return [one for one in found if one.id == actor.hospital_id]


def add_hospital(work: Work, actor: Actor, command: AddHospital) -> HospitalView:
    """Add a hospital to the installation; it begins without people, queues and screens.

    Raises:
        NotPermitted: the actor may not add hospitals.
        InvalidInput: a code or name that cannot be.
        HospitalTaken: the code is another hospital's.
    """
    actor.require("hospitals.define")
    code = _code(command.code)
    name = clean(command.name, field="name", max_length=NAME_MAX, required=True)
    if code == FIRST_CODE:
        raise HospitalTaken(
            phrase('the first hospital is called "{first_code}"', first_code=FIRST_CODE),
            field="code",
        )
    # Counted here: the first hospital's row was written with its number.
    last = work.db.execute(select(func.max(_hospital.c.id))).scalar() or 0
    row = {"id": last + 1, "created_at": work.now}
    try:
        work.db.execute(insert(_hospital).values(row))
        site = {"hospital_id": last + 1, "code": code, "name": name}
        work.db.execute(insert(_site).values(site))
    except IntegrityError as error:
        raise HospitalTaken(
            phrase('there is a hospital "{code}" already', code=code), field="code"
        ) from error
    work.emit(HospitalAdded(subject_id=last + 1))
    after = {"code": code, "name": name}
    work.audit(actor, "hospitals.add", "hospital", last + 1, after=after)
    return _named(work, code)


def rename_hospital(work: Work, actor: Actor, name: str) -> HospitalView:
    """Give the hospital of this desk another name in the list; its code stays.

    Raises:
        NotPermitted: the actor may not name hospitals.
        InvalidInput: a name that cannot be.
    """
    actor.require("hospitals.define")
    [before] = [
        one for one in views.hospitals(work.db, work.settings) if one.id == actor.hospital_id
    ]
    text = clean(name, field="name", max_length=NAME_MAX, required=True)
    change = update(_site).where(_site.c.hospital_id == before.id).values(name=text)
    if not work.db.execute(change).rowcount:
        row = {"hospital_id": before.id, "code": before.code, "name": text}
        work.db.execute(insert(_site).values(row))
    said = {"name": before.name}
    work.audit(actor, "hospitals.rename", "hospital", before.id, before=said, after={"name": text})
    return _named(work, before.code)


def _named(work: Work, code: str) -> HospitalView:
    return next(one for one in views.hospitals(work.db, work.settings) if one.code == code)


def _code(typed: str) -> str:
    code = typed.strip().lower()
    if not _CODE.fullmatch(code):
        raise InvalidInput(
            "that is no code of a hospital",
            hint="a letter, then letters, digits and hyphens, such as north",
            field="code",
        )
    return code
