"""What the registration form makes of a search, of a birth, and of a record."""

from __future__ import annotations

from datetime import date

import pytest

from hms.features.patients.rules import RegisterPatient
from hms.features.patients.screens.fields import (
    begun_by,
    birth_echo,
    fields_of,
    new_fields,
    said_in,
    values_of,
)
from tests.features.patients.conftest import Register

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("search", "begun"),
    [
        ("maria del carmen", {"name": "Maria Del Carmen"}),
        ("McDonald Ann", {"name": "McDonald Ann"}),
        ("zara quist 1984", {"name": "Zara Quist", "birth": "1984"}),
        ("0301 555 0100", {"phone": "0301 555 0100"}),
        ("zara +44 20 7946 0018", {"name": "Zara", "phone": "+44 20 7946 0018"}),
        ("王小明", {"name": "王小明"}),
        ("1234", {}),
        ("GM-042", {}),
        ("", {}),
    ],
)
def test_a_search_that_found_nobody_begins_the_form(search: str, begun: dict[str, str]) -> None:
    """Words are the name, seven digits the phone, a likely year the birth; nothing is invented."""
    assert begun_by(search) == begun


@pytest.mark.parametrize(
    ("typed", "echo"),
    [
        ("about 40", "40 years, born about 1986"),
        ("40y", "40 years, born about 1986"),
        ("1985", "41 years, born in 1985"),
        ("2025-11-21", "0 years, born 21 Nov 2025"),
        ("2025-11-20", "1 year, born 20 Nov 2025"),
        ("31 Feb 1980", ""),
        ("198", ""),
        ("", ""),
    ],
)
def test_the_form_says_how_a_birth_was_understood(typed: str, echo: str) -> None:
    """Beside the field stands the age; what is not understood yet is not commented on."""
    assert birth_echo(typed, TODAY) == echo


def test_an_untouched_form_of_a_record_states_that_record(add: Register) -> None:
    """Opening a record and saving it changes nothing."""
    view = add(
        "José Núñez", birth="about 60", sex="m", phone="0301 5550100", private=True,
        allergies=["latex", "nuts"], blood_group="O+", contact="Ana", address="Calle 1",
    )  # fmt: skip
    values = {field.name: field.value for field in fields_of(view)}
    assert values == values_of(view)
    said = said_in(values)
    assert said.name == "José Núñez"
    assert (said.birth, said.sex, said.phone) == ("about 1966", "male", view.phone)
    assert list(said.allergies) == ["latex", " nuts"]
    assert (said.blood_group, said.private) == ("O+", True)


def test_an_empty_form_states_nothing_but_a_name() -> None:
    """No field but the name is needed."""
    values = {field.name: field.value for field in new_fields()} | {"name": "Zara"}
    said = said_in({**values, "sex": "unknown"})
    assert said == RegisterPatient(name="Zara", sex="unknown", allergies=[])
