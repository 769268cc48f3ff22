"""What is recorded of a person, read as typed."""

from __future__ import annotations

from datetime import date

import pytest

from hms.features.patients.rules.birth import Birth
from hms.features.patients.rules.person import (
    BadAge,
    BadBloodGroup,
    BadName,
    BadSex,
    RegisterPatient,
    Sex,
    check,
    read_allergies,
    read_blood_group,
    read_death,
    read_name,
    read_sex,
)
from hms.kernel.errors import InvalidInput

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("typed", "sex"),
    [
        ("male", Sex.MALE),
        ("M", Sex.MALE),
        ("f", Sex.FEMALE),
        ("Other", Sex.OTHER),
        ("U", Sex.UNKNOWN),
        ("", Sex.UNKNOWN),
    ],
)
def test_a_sex_is_a_word_or_its_letter(typed: str, sex: Sex) -> None:
    assert read_sex(typed) is sex


def test_another_sex_is_told_the_four_words() -> None:
    with pytest.raises(BadSex, match="male, female, other or unknown"):
        read_sex("x")


@pytest.mark.parametrize(
    ("typed", "group"),
    [
        ("A+", "A+"),
        ("ab neg", "AB-"),
        ("0+", "O+"),
        ("o Rh−", "O-"),
        ("B positive", "B+"),
        ("", None),
        ("unknown", None),
    ],
)
def test_a_blood_group_is_read_in_the_usual_ways(typed: str, group: str | None) -> None:
    assert read_blood_group(typed) == group


@pytest.mark.parametrize("typed", ["C+", "A", "A++", "AB?", "blue", "' OR 1=1"])
def test_a_blood_group_without_sign_or_sense_is_refused(typed: str) -> None:
    with pytest.raises(BadBloodGroup) as refused:
        read_blood_group(typed)
    assert "AB+" in refused.value.hint


def test_an_allergy_is_kept_once_and_none_is_no_allergy() -> None:
    assert read_allergies(["Penicillin", " penicillin ", "", "NKDA"]) == ("Penicillin",)
    with pytest.raises(InvalidInput, match="more than 50"):
        read_allergies([f"allergy {n}" for n in range(51)])


@pytest.mark.parametrize("typed", ["", "   ", "123", "😀", "---", "\u200d"])
def test_a_name_needs_a_letter(typed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_name(typed)
    assert refused.value.field == "name"
    assert isinstance(refused.value, BadName) or "empty" in refused.value.message


@pytest.mark.parametrize(
    "name",
    ["O'Brien", "李", "प्रिया शर्मा", "محمد", "[/bold]", "<script>", "' OR 1=1", "Ann 😀", "N'Golo"],
)
def test_a_name_may_be_of_any_script_and_look_like_anything(name: str) -> None:
    assert read_name(name) == name


def test_an_age_stands_in_for_the_birth_but_not_beside_it() -> None:
    said = RegisterPatient(name="Ann", age=40)
    assert check(said, today=TODAY).birth == Birth(None, 1986, estimated=True)
    with pytest.raises(BadAge):
        check(RegisterPatient(name="Ann", age=40, birth="1987"), today=TODAY)


def test_all_facts_come_out_in_one_form() -> None:
    said = RegisterPatient(
        name="  Ann   Lee ", birth="1987", sex="F", phone="020 7946 0018", blood_group="0 pos",
        allergies=("Latex",), contact=" son ", address="1  High St", private=True,
        deceased_on="2026-01-02",
    )  # fmt: skip
    facts = check(said, today=TODAY, region="GB")
    assert (facts.name, facts.sex, facts.blood_group) == ("Ann Lee", Sex.FEMALE, "O+")
    assert facts.phone.e164 == "+442079460018"
    assert (facts.contact, facts.address, facts.private) == ("son", "1 High St", True)
    assert facts.deceased_on == date(2026, 1, 2)


@pytest.mark.parametrize("typed", ["2026-11-21", "soon", "2026-02-31"])
def test_a_death_is_a_day_up_to_today(typed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_death(typed, TODAY)
    assert refused.value.field == "deceased_on"
