"""Registering, changing and archiving patients at the desk."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from hms.features.patients import queries
from hms.features.patients.errors import (
    AlreadyArchived,
    ChangedMeanwhile,
    LikelyDuplicate,
    NotArchived,
    PatientNotFound,
)
from hms.features.patients.model import Patient
from hms.features.patients.queries import PatientView
from hms.features.patients.rules import Sex, WrongCheckDigit
from hms.features.patients.service import (
    EditPatient,
    RegisterPatient,
    archive,
    edit,
    register,
    register_unknown,
    search,
    stated,
    take_into_care,
    unarchive,
)
from hms.infra.db import Database
from hms.infra.tables import Audit, table_of
from hms.kernel.actor import Role
from hms.kernel.errors import InvalidInput, NotPermitted
from tests.features.patients.conftest import Register, actor

MANAGER = actor(Role.MANAGER)


def count(database: Database) -> int:
    statement = select(func.count()).select_from(table_of(Patient))
    return database.read_now(lambda work: work.db.execute(statement).scalar_one())


def found(database: Database, text: str) -> list[str]:
    return [p.name for p in database.read_now(lambda work: search(work, actor(), text))]


def change(database: Database, view: PatientView, **facts: object) -> PatientView:
    said = replace(stated(view), **facts)  # type: ignore[arg-type]
    asked = EditPatient(mrn=view.mrn, version=view.version, facts=said)
    return database.write_now(lambda work: edit(work, actor(), asked))


def test_the_first_patients_get_the_first_numbers(add: Register) -> None:
    assert [add(name).mrn for name in ("Ann", "Bo", "Cy")] == [
        "M00000013",
        "M00000021",
        "M00000037",
    ]


def test_what_was_said_is_what_is_recorded(add: Register) -> None:
    view = add(
        "José Núñez", birth="1987-04-12", sex="M", phone="020 7946 0018", blood_group="o pos",
        allergies=("Latex",), contact="his sister", address="1 High St", private=True,
    )  # fmt: skip
    assert view.as_json() | {"created_at": ""} == {
        "id": 1,
        "mrn": "M00000013",
        "name": "José Núñez",
        "birth_date": "1987-04-12",
        "birth_year": 1987,
        "sex": "male",
        "phone": "020 7946 0018",
        "blood_group": "O+",
        "allergies": ["Latex"],
        "created_at": "",
        "birth_estimated": False,
        "phone_e164": "+442079460018",
        "contact": "his sister",
        "address": "1 High St",
        "private": True,
        "temporary": False,
        "temporary_name": None,
        "deceased_on": None,
        "archived": False,
        "version": 1,
    }


def test_a_likely_duplicate_is_shown_before_anything_is_written(
    database: Database, add: Register
) -> None:
    add("Catherine Johnson", birth="1984-03-12", sex="F")
    again = RegisterPatient(name="Jonson Catherine", birth="1984-12-03", sex="F")
    with pytest.raises(LikelyDuplicate) as warned:
        database.write_now(lambda work: register(work, actor(), again))
    (candidate,) = warned.value.candidates
    assert candidate.patient.name == "Catherine Johnson"
    assert candidate.likeness.reasons == ("similar name", "birth date nearly the same")
    assert warned.value.as_dict()["candidates"] == [candidate.as_json()]
    assert count(database) == 1


def test_a_warning_never_blocks(database: Database, add: Register) -> None:
    add("Catherine Johnson", birth="1984-03-12", sex="F")
    again = RegisterPatient(name="Catherine Johnson", birth="1984-03-12", sex="F")
    database.write_now(lambda work: register(work, actor(), again, allow_duplicate=True))
    assert count(database) == 2


def test_a_refused_registration_leaves_nothing_and_no_gap(
    database: Database, add: Register
) -> None:
    for bad in (RegisterPatient(name=""), RegisterPatient(name="Ann", birth="2021-02-31")):
        with pytest.raises(InvalidInput):
            database.write_now(lambda work, bad=bad: register(work, actor(), bad))  # type: ignore[misc]
    assert count(database) == 0
    assert add("Ann").mrn == "M00000013"


def test_an_unknown_patient_gets_a_name_that_tells_sex_day_and_order(database: Database) -> None:
    names = [
        database.write_now(lambda work, sex=sex: register_unknown(work, actor(), sex)).name  # type: ignore[misc]
        for sex in ("male", "M", "female", "")
    ]
    day = names[0].split()[2]
    assert names == [
        f"Unknown male {day} A",
        f"Unknown male {day} B",
        f"Unknown female {day} A",
        f"Unknown patient {day} A",
    ]


def test_after_z_comes_aa(database: Database) -> None:
    names = [
        database.write_now(lambda work: register_unknown(work, actor())).name for _ in range(28)
    ]
    assert [name.split()[-1] for name in names[24:]] == ["Y", "Z", "AA", "AB"]


def test_an_identified_patient_is_found_by_both_names_and_gives_no_letter_back(
    database: Database,
) -> None:
    unknown = database.write_now(lambda work: register_unknown(work, actor(), "M"))
    assert unknown.temporary
    known = change(database, unknown, name="Kofi Mensah")
    assert (known.name, known.temporary, known.mrn) == ("Kofi Mensah", False, unknown.mrn)
    assert found(database, "kofi") == found(database, "unknown male") == ["Kofi Mensah"]
    second = database.write_now(lambda work: register_unknown(work, actor(), "M"))
    assert second.name.endswith(" B")


def test_a_change_is_recorded_and_searched_from_then_on(database: Database, add: Register) -> None:
    before = add("Anna Kowalska", birth="1990", phone="020 7946 0018")
    after = change(database, before, name="Anna Nowak", phone="")
    assert (after.name, after.phone, after.version) == ("Anna Nowak", "", 2)
    assert found(database, "nowak") == ["Anna Nowak"]
    assert found(database, "kowalska") == found(database, "0018") == []


def test_nothing_changed_is_still_saved_as_the_same_person(
    database: Database, add: Register
) -> None:
    before = add("Anna", age=40, sex="F", allergies=("Latex",))
    after = change(database, before)
    assert after._replace(version=1) == before
    assert found(database, "anna") == ["Anna"]


def test_a_change_on_an_old_version_is_refused_and_loses_nothing(
    database: Database, add: Register
) -> None:
    seen_by_both = add("Anna")
    change(database, seen_by_both, phone="020 7946 0018")
    with pytest.raises(ChangedMeanwhile):
        change(database, seen_by_both, name="Ana")
    now = database.read_now(lambda work: queries.by_id(work.db, seen_by_both.id))
    assert now is not None
    assert (now.name, now.phone) == ("Anna", "020 7946 0018")


def test_an_archived_patient_is_out_of_the_search_but_never_gone(
    database: Database, add: Register
) -> None:
    view = add("Anna Kowalska")
    gone = database.write_now(lambda work: archive(work, MANAGER, view.mrn))
    assert gone.archived
    assert found(database, "kowalska") == []
    assert found(database, view.mrn) == ["Anna Kowalska"]
    again = database.read_now(lambda work: search(work, actor(), "kow", archived=True))
    assert [p.name for p in again] == ["Anna Kowalska"]
    back = database.write_now(lambda work: unarchive(work, MANAGER, view.mrn))
    assert not back.archived
    assert found(database, "kowalska") == ["Anna Kowalska"]
    assert count(database) == 1


def test_changing_an_archived_patient_does_not_bring_one_back_into_the_search(
    database: Database, add: Register
) -> None:
    view = add("Anna Kowalska")
    gone = database.write_now(lambda work: archive(work, MANAGER, view.mrn))
    change(database, gone, name="Anna Nowak")
    assert found(database, "anna") == []
    database.write_now(lambda work: unarchive(work, MANAGER, view.mrn))
    assert found(database, "nowak") == ["Anna Nowak"]


def test_archiving_twice_is_told(database: Database, add: Register) -> None:
    view = add("Anna")
    with pytest.raises(NotArchived):
        database.write_now(lambda work: unarchive(work, MANAGER, view.mrn))
    database.write_now(lambda work: archive(work, MANAGER, view.mrn))
    with pytest.raises(AlreadyArchived):
        database.write_now(lambda work: archive(work, MANAGER, view.mrn))


def test_an_unknown_and_a_mistyped_number_are_told_apart(database: Database) -> None:
    with pytest.raises(PatientNotFound):
        database.write_now(lambda work: archive(work, MANAGER, "M00000013"))
    with pytest.raises(WrongCheckDigit):
        database.write_now(lambda work: archive(work, MANAGER, "M00000031"))


@pytest.mark.parametrize("role", [Role.ADMIN, Role.DOCTOR, Role.BLOOD_BANK, Role.DISPATCHER])
def test_who_may_not_register_is_refused(database: Database, role: Role) -> None:
    with pytest.raises(NotPermitted):
        database.write_now(lambda work: register(work, actor(role), RegisterPatient(name="Ann")))
    with pytest.raises(NotPermitted):
        database.write_now(lambda work: register_unknown(work, actor(role)))


def test_a_receptionist_may_not_archive(database: Database, add: Register) -> None:
    view = add("Anna")
    with pytest.raises(NotPermitted):
        database.write_now(lambda work: archive(work, actor(), view.mrn))


def test_every_change_is_audited_without_medical_text(database: Database, add: Register) -> None:
    view = add("Anna", sex="F")
    change(database, view, phone="020 7946 0018", allergies=("Penicillin",))
    database.write_now(lambda work: archive(work, MANAGER, view.mrn))
    audit = table_of(Audit)
    rows = database.read_now(
        lambda work: work.db.execute(
            select(audit.c.action, audit.c.before, audit.c.after).order_by(audit.c.id)
        ).all()
    )
    assert [tuple(row) for row in rows] == [
        ("patients.register", None, {"mrn": view.mrn, "name": "Anna"}),
        ("patients.edit", {"phone": None}, {"phone": "020 7946 0018", "also": ["allergies"]}),
        ("patients.archive", {"archived": False}, {"archived": True}),
    ]


def test_a_patient_is_taken_into_care_once(database: Database, add: Register) -> None:
    view = add("Anna")
    for _ in range(2):
        database.write_now(lambda work: take_into_care(work, 2, view.id))
    assert database.read_now(lambda work: queries.in_care(work.db, 2, view.id))
    assert not database.read_now(lambda work: queries.in_care(work.db, 1, view.id))


def test_unknown_is_a_sex_of_its_own(database: Database) -> None:
    view = database.write_now(lambda work: register_unknown(work, actor(), "other"))
    assert view.sex is Sex.OTHER
