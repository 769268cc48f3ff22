"""The fields of a patient's form: what stands in them, what they mean, what a search tells them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from hms.features.patients.queries import PatientView
from hms.features.patients.rules import BadBirth, RegisterPatient, read_birth
from hms.features.patients.service import stated
from hms.kernel.i18n import counted, phrase, word
from hms.kit.forms import Field
from hms.kit.local_dates import full_date

SEXES = (
    ("unknown", phrase("not known")),
    ("female", word("female")),
    ("male", word("male")),
    ("other", word("other")),
)
PRIVATE = (("", word("no")), ("yes", phrase("yes: tell nobody that they are here")))
_PHONE_DIGITS = 7
_YEAR = re.compile(r"(?:19|20)\d\d\Z")
_PHONE = re.compile(r"\+?\d[\d\s().\-/]{5,}\d")

_FIELDS = (
    Field("name", "Name", "all parts, as on the card", max_length=200),
    Field("birth", "Born", "date, year or about 40", max_length=40),
    Field("sex", "Sex", "a letter or ‹ › chooses", options=SEXES),
    Field("phone", "Phone", "empty when there is none", max_length=40),
    Field("allergies", "Allergies", "with commas between", max_length=1000),
    Field("blood_group", "Blood group", "O+, AB-; empty: not known", max_length=20),
    Field("contact", "Contact", "whom to call for them", max_length=200),
    Field("address", "Address", "", max_length=300),
    Field("private", "Private", "space changes it", options=PRIVATE),
)
_DIED = Field("deceased_on", "Died on", "a date; empty: alive", max_length=10)


def new_fields() -> tuple[Field, ...]:
    """Return the empty fields of a registration."""
    return _FIELDS


def fields_of(view: PatientView) -> tuple[Field, ...]:
    """Return the fields of a change, holding what is recorded."""
    values = values_of(view)
    return tuple(
        Field(
            field.name, field.label, field.hint, options=field.options,
            max_length=field.max_length, value=values[field.name],
        )
        for field in (*_FIELDS, _DIED)
    )  # fmt: skip


def values_of(view: PatientView) -> dict[str, str]:
    """Return what one would type to get ``view``, by field name."""
    said = stated(view)
    return {
        "name": said.name,
        "birth": said.birth,
        "sex": said.sex,
        "phone": said.phone,
        "allergies": ", ".join(said.allergies),
        "blood_group": said.blood_group,
        "contact": said.contact,
        "address": said.address,
        "private": "yes" if said.private else "",
        "deceased_on": said.deceased_on,
    }


def said_in(values: Mapping[str, str]) -> RegisterPatient:
    """Return what the fields state, not yet checked."""
    return RegisterPatient(
        name=values["name"],
        birth=values["birth"],
        sex=values["sex"],
        phone=values["phone"],
        allergies=[part for part in values["allergies"].split(",") if part.strip()],
        blood_group=values["blood_group"],
        contact=values["contact"],
        address=values["address"],
        private=values["private"] == "yes",
        deceased_on=values.get("deceased_on", ""),
    )


def begun_by(search: str) -> dict[str, str]:
    """Return what a search that found nobody says of a new patient, by field name.

    Words are the name (in capitals when they were typed small), seven digits or
    more the phone, four digits the birth year.
    """
    text = search.strip()
    phone = _PHONE.search(text)
    number = phone.group().strip() if phone else ""
    if sum(char.isdigit() for char in number) < _PHONE_DIGITS:
        number = ""
    rest = text.replace(number, " ") if number else text
    words = rest.split()
    year = next((word for word in words if _YEAR.match(word)), "")
    name = " ".join(w for w in words if not any(c.isdigit() for c in w) and _has_letter(w))
    found = {"name": name.title() if name.islower() else name, "birth": year, "phone": number}
    return {field: value for field, value in found.items() if value}


def birth_echo(typed: str, today: date) -> str:
    """Return what a typed birth was understood as, empty when it is not (yet) understood."""
    try:
        birth = read_birth(typed, today)
    except BadBirth:
        return ""
    age = birth.age(today)
    if age is None:
        return ""
    years = counted("{count} year", "{count} years", age)
    if birth.day is not None:
        return phrase("{years}, born {date}", years=years, date=full_date(birth.day))
    if birth.estimated:
        return phrase("{years}, born about {year}", years=years, year=birth.year)
    return phrase("{years}, born in {year}", years=years, year=birth.year)


def _has_letter(word: str) -> bool:
    return any(char.isalpha() for char in word)
