"""Finding patients: as somebody types, by number, and those who look like a new one."""

from __future__ import annotations

from hms.features.patients import queries
from hms.features.patients.errors import BadLimit, PatientNotFound
from hms.features.patients.queries import Lookalike, PatientView, Reader
from hms.features.patients.rules import Facts, RegisterPatient, check, read_mrn
from hms.features.patients.rules.likeness import Person, compare
from hms.features.patients.rules.phone import backwards
from hms.features.patients.rules.terms import read_search
from hms.features.patients.service.breaking_glass import open_with_reason
from hms.features.patients.service.rows import today
from hms.infra.uow import Work
from hms.kernel.actor import Actor, Scope
from hms.kernel.i18n import phrase

MOST_ROWS = 1000
SHOWN_DUPLICATES = 10


def search(
    work: Work, actor: Actor, text: str, limit: int = 20, *, archived: bool = False
) -> list[PatientView]:
    """Return the patients that ``text`` finds: those typed whole first, then the newest.

    ``text`` holds name parts in any order and script, an MRN or its beginning, a
    phone number or its last four digits, a birth year or date.  A doctor finds
    own patients only, and whom ``show`` opened with a reason.  ``archived`` looks
    through archived ones instead.

    Raises:
        NothingToSearch: no letter and no digit.
        WrongCheckDigit: a whole MRN is mistyped.
        InvalidInput: the text is too long, or the limit is no number of rows.
        NotPermitted: the role may not see patients.
    """
    scope = actor.require("patients.search")
    if not 1 <= limit <= MOST_ROWS:
        raise BadLimit(
            phrase("{limit} rows cannot be shown", limit=limit),
            hint=phrase("ask for 1 to {most_rows}", most_rows=MOST_ROWS),
            field="limit",
        )
    wanted = read_search(text, today(work))
    reader = _reader(work, actor, scope)
    if archived and wanted.mrn is None and reader is None:
        return queries.find_archived(work.db, actor.hospital_id, wanted, limit=limit)
    return queries.find(work.db, actor.hospital_id, wanted, limit=limit, reader=reader)


def show(work: Work, actor: Actor, mrn: str, reason: str | None = None) -> PatientView:
    """Return one patient, archived or not; the look is audited.

    The record of somebody else's patient opens to a doctor who says why, for 60
    minutes; it is recorded with the reason and shown to the manager.

    Raises:
        NotAnMrn, WrongCheckDigit: the number is mistyped.
        PatientNotFound: nobody has it.
        ReasonNeeded: the patient is none of this doctor's, and no reason was given.
        InvalidInput: the reason is empty, too long, or has characters that cannot be shown.
        NotPermitted: the role may not see patients.
    """
    scope = actor.require("patients.search")
    number = read_mrn(mrn)
    found = queries.by_mrn(work.db, actor.hospital_id, number)
    if found is None:
        raise PatientNotFound(
            phrase("no patient has the number {number}", number=number), field="mrn"
        )
    reader = _reader(work, actor, scope)
    if reader is not None and not queries.is_open_to(work.db, reader, found.id):
        open_with_reason(work, actor, found, reason)
    work.audit(actor, "patients.show", "patient", found.id)
    return found


def find_duplicates(work: Work, actor: Actor, said: RegisterPatient) -> list[Lookalike]:
    """Return those who may be the person that ``said`` describes, the likeliest first.

    Raises:
        InvalidInput: a field that cannot be right.
        NotPermitted: the role may not register.
    """
    actor.require("patients.register")
    facts = check(said, today=today(work), region=work.settings.patients.region)
    return alike(work, actor, facts)


def alike(work: Work, actor: Actor, facts: Facts) -> list[Lookalike]:
    """Return the registered patients so much like ``facts`` that somebody should look."""
    birth = facts.birth
    person = Person(
        facts.name, birth.day, birth.year, birth.estimated, facts.sex, facts.phone.backwards
    )
    found = []
    for view in queries.lookalikes(work.db, actor.hospital_id, person):
        other = Person(
            view.name,
            view.birth_date,
            view.birth_year,
            view.birth_estimated,
            view.sex,
            backwards(view.phone_e164 or view.phone),
        )
        likeness = compare(person, other)
        if likeness.warns:
            found.append(Lookalike(view, likeness))
    found.sort(key=lambda like: (-like.likeness.percent, -like.patient.id))
    return found[:SHOWN_DUPLICATES]


def _reader(work: Work, actor: Actor, scope: Scope) -> Reader | None:
    """Return the doctor whose patients alone may be seen; an unknown doctor has none."""
    if scope is Scope.HOSPITAL:
        return None
    return Reader(-1 if actor.user_id is None else actor.user_id, work.now)
