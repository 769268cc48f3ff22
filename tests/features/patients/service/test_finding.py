"""Finding patients as one types, and those who look like a new one."""

from __future__ import annotations

from contextlib import suppress

import pytest
from sqlalchemy import select

from hms.features.patients.errors import BadLimit, ReasonNeeded
from hms.features.patients.rules import RegisterPatient, Sex, WrongCheckDigit
from hms.features.patients.rules.terms import NothingToSearch
from hms.features.patients.service import find_duplicates, search, show, take_into_care
from hms.infra.db import Database
from hms.infra.tables import Audit, table_of
from hms.kernel.actor import Role
from hms.kernel.errors import NotPermitted
from tests.features.patients.conftest import Register, actor
from tests.features.patients.duplicate_pairs import SAME_PERSON, TWO_PEOPLE

DOCTOR = actor(Role.DOCTOR, user_id=2)


def names(database: Database, text: str, limit: int = 20) -> list[str]:
    return [p.name for p in database.read_now(lambda work: search(work, actor(), text, limit))]


@pytest.mark.parametrize(
    "typed",
    ["jos", "JOSÉ", "nun jos", "núñez", "ortiz", "nunez-ortiz", "nunezort", "jos 1987", "1987 ort",
     "1987", "198", "0018", "020 7946 0018", "+44 20 79460018", "2079460018", "46 0018 ort",
     "1987-04-12", "ort 1987-04-12", "M00000013", "m 0000 0013", "00000013", "M00000"],
)  # fmt: skip
def test_a_patient_is_found_by_whatever_one_has(
    database: Database, add: Register, typed: str
) -> None:
    add("José Núñez-Ortiz", birth="1987-04-12", phone="020 7946 0018")
    add("Somebody Else", birth="1950-01-01", phone="0161 496 0123")
    if typed == "46 0018 ort":
        assert names(database, typed) == []  # parts of a number are no name
        return
    if typed == "M00000":
        assert len(names(database, typed)) == 2
        return
    assert names(database, typed) == ["José Núñez-Ortiz"]


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("王小明", "小明"),
        ("김민수", "민수"),
        ("प्रिया शर्मा", "शर्मा प्रि"),
        ("محمد علي", "على محمد"),
        ("Наталья Иванова", "иван ната"),
        ("Ελένη Παπαδοπούλου", "παπαδ ελενη"),
        ("สมชาย ใจดี", "ใจดี"),
        ("Siobhán O'Brien", "obrien"),
        ("Siobhán O'Brien", "O'Brien"),
        ("Siobhán O'Brien", "brien siob"),
        ("Łukasz Sørensen", "lukasz sorensen"),
        ("İbrahim Yıldız", "ibrahim yildiz"),
        ("علی‌رضا", "علیرضا"),
    ],
)
def test_a_name_is_found_in_every_script(
    database: Database, add: Register, name: str, typed: str
) -> None:
    add(name)
    add("Somebody Else")
    assert names(database, typed) == [name]


def test_whole_words_come_first_then_the_newest(database: Database, add: Register) -> None:
    for name in ("Lisa May", "Li Wei", "Linda Fox", "Bruce Li", "Alice"):
        add(name)
    assert names(database, "li") == ["Bruce Li", "Li Wei", "Linda Fox", "Lisa May"]
    assert names(database, "li", limit=3) == ["Bruce Li", "Li Wei", "Linda Fox"]


def test_every_part_must_fit(database: Database, add: Register) -> None:
    add("Maria Santos", birth="1955")
    assert names(database, "maria lopez") == []
    assert names(database, "maria 1956") == []


@pytest.mark.parametrize(
    "typed",
    ["' OR 1=1", '"', "a* OR b", "NEAR(a b)", "terms:a", "[/bold]", "<script>", "%", "_", "a AND b",
     "a\x00b", "\u202e", "\ud800a", "😀a", "-a", "a'; DROP TABLE patient; --", "(", "^a", "·a"],
)  # fmt: skip
def test_a_search_is_text_and_never_language(database: Database, add: Register, typed: str) -> None:
    add("Somebody Else")
    with suppress(NothingToSearch):
        assert names(database, typed) == []


def test_a_mistyped_number_is_told_and_a_limit_is_a_number_of_rows(database: Database) -> None:
    with pytest.raises(WrongCheckDigit):
        names(database, "M00000031")
    with pytest.raises(BadLimit):
        names(database, "ann", limit=0)


def test_a_doctor_finds_and_sees_own_patients_only(database: Database, add: Register) -> None:
    own, other = add("Anna Own"), add("Anna Other")
    database.write_now(lambda work: take_into_care(work, 2, own.id))
    for typed in ("anna", own.mrn[:5], own.mrn):
        seen = database.read_now(lambda work, typed=typed: search(work, DOCTOR, typed))  # type: ignore[misc]
        assert [p.name for p in seen] == ["Anna Own"], typed
    assert database.write_now(lambda work: show(work, DOCTOR, own.mrn)).name == "Anna Own"
    with pytest.raises(ReasonNeeded):
        database.write_now(lambda work: show(work, DOCTOR, other.mrn))
    assert database.read_now(lambda work: search(work, DOCTOR, other.mrn)) == []


def test_a_doctor_does_not_reach_others_through_the_archive(
    database: Database, add: Register
) -> None:
    add("Anna Other")
    found = database.read_now(lambda work: search(work, DOCTOR, "anna", archived=True))
    assert found == []


@pytest.mark.parametrize("role", [Role.ADMIN, Role.BLOOD_BANK, Role.DISPATCHER])
def test_who_has_no_patients_sees_none(database: Database, add: Register, role: Role) -> None:
    view = add("Anna")
    with pytest.raises(NotPermitted):
        database.read_now(lambda work: search(work, actor(role), "anna"))
    with pytest.raises(NotPermitted):
        database.write_now(lambda work: show(work, actor(role), view.mrn))


def test_a_look_at_a_record_is_audited(database: Database, add: Register) -> None:
    view = add("Anna")
    database.write_now(lambda work: show(work, actor(), view.mrn))
    audit = table_of(Audit)
    last = select(audit.c.action, audit.c.object_id).order_by(audit.c.id.desc()).limit(1)
    row = database.read_now(lambda work: work.db.execute(last).one())
    assert tuple(row) == ("patients.show", view.id)


def test_duplicates_are_found_in_the_register_as_well_as_side_by_side(
    database: Database, add: Register
) -> None:
    """The blocks by which candidates are taken lose none of the pairs that compare alike."""
    missed: list[str] = []
    alarms: list[str] = []
    for pairs, wrong, like in ((SAME_PERSON, missed, True), (TWO_PEOPLE, alarms, False)):
        for why, (name, birth, sex, phone), other in pairs:
            there = add(name, birth=birth, sex=sex, phone=phone)
            said = RegisterPatient(name=other[0], birth=other[1], sex=other[2], phone=other[3])
            found = database.read_now(lambda work, said=said: find_duplicates(work, actor(), said))  # type: ignore[misc]
            if (there.id in [one.patient.id for one in found]) != like:
                wrong.append(why)
    assert len(missed) <= 3, missed
    assert len(alarms) <= 1, alarms


def test_the_likeliest_comes_first(database: Database, add: Register) -> None:
    add("Katherine Miller", birth="1979-08-17", sex="F")
    add("Catherine Miller", birth="1979-08-17", sex="F")
    said = RegisterPatient(name="Catherine Miller", birth="1979-08-17", sex="F")
    found = database.read_now(lambda work: find_duplicates(work, actor(), said))
    assert found[0].patient.name == "Catherine Miller"
    assert {one.patient.sex for one in found} == {Sex.FEMALE}
