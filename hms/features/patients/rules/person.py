"""What is recorded of a person: read as typed, refused in plain words, kept in one form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from hms.features.patients.rules.birth import Birth, birth_of_age, read_birth
from hms.features.patients.rules.phone import Phone, read_phone
from hms.kernel.errors import InvalidInput
from hms.kernel.i18n import phrase
from hms.kernel.text import clean, fold

MAX_ALLERGIES = 50
BLOOD_GROUPS = ("A+", "A-", "B+", "B-", "AB+", "AB-", "O+", "O-")
_POSITIVE = re.compile(r"(?:rh)?(?:\+|pos(?:itive)?)(?:ve)?\Z")
_NEGATIVE = re.compile(r"(?:rh)?(?:-|neg(?:ative)?)(?:ve)?\Z")
_GROUP = re.compile(r"(ab|a|b|o|0)(.*)\Z")
_NONE_KNOWN = frozenset(("none", "no", "nil", "nka", "nkda", "none known", "no known allergies"))


class BadName(InvalidInput):
    """A name that nobody could be found by."""

    code = "patients.name"


class BadSex(InvalidInput):
    """A sex that is none of the four words."""

    code = "patients.sex"


class BadBloodGroup(InvalidInput):
    """A blood group that does not exist, or one without its Rh sign."""

    code = "patients.blood_group"


class BadAge(InvalidInput):
    """An age beside a birth date."""

    code = "patients.age"


class Sex(StrEnum):
    """Administrative sex."""

    MALE = "male"
    FEMALE = "female"
    OTHER = "other"
    UNKNOWN = "unknown"


_SEX_WORDS = {word: sex for sex in Sex for word in (sex.value, sex.value[0])} | {"": Sex.UNKNOWN}


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterPatient:
    """What is typed or imported of a patient, not yet checked.

    ``birth`` is a date, a year or an age in words ("about 40"); ``age`` in years
    may stand in its place.  ``deceased_on`` is ISO 8601 or empty.
    """

    name: str
    birth: str = ""
    age: int | None = None
    sex: str = ""
    phone: str = ""
    blood_group: str = ""
    allergies: Sequence[str] = ()
    contact: str = ""
    address: str = ""
    private: bool = False
    deceased_on: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a patient, checked, each value in its one form."""

    name: str
    birth: Birth
    sex: Sex
    phone: Phone
    blood_group: str | None
    allergies: tuple[str, ...]
    contact: str
    address: str
    private: bool
    deceased_on: date | None


def check(said: RegisterPatient, *, today: date, region: str = "") -> Facts:
    """Return the facts that ``said`` states on ``today``.

    Args:
        said: what was typed, scanned or imported.
        today: the date in the hospital, for ages and for what lies in the future.
        region: ISO 3166 country of phone numbers without a country code, may be empty.

    Raises:
        InvalidInput: of the first field that cannot be right; ``field`` names it.
    """
    return Facts(
        name=read_name(said.name),
        birth=_birth(said, today),
        sex=read_sex(said.sex),
        phone=read_phone(said.phone, region),
        blood_group=read_blood_group(said.blood_group),
        allergies=read_allergies(said.allergies),
        contact=clean(said.contact, field="contact"),
        address=clean(said.address, field="address", max_length=300),
        private=said.private,
        deceased_on=read_death(said.deceased_on, today),
    )


def read_name(text: str) -> str:
    """Return the name without outer and repeated spaces.

    Raises:
        BadName: there is no letter in it, so no search could find it.
        InvalidInput: empty, too long, or with characters that cannot be shown.
    """
    name = clean(text, field="name", required=True)
    if not any(char.isalpha() for char in fold(name)):
        raise BadName("a name needs at least one letter", hint="type the name", field="name")
    return name


def read_sex(text: str) -> Sex:
    """Return the sex that ``text`` names; M, F, O and U are understood, empty is unknown.

    Raises:
        BadSex: it is another word.
    """
    sex = _SEX_WORDS.get(text.strip().lower())
    if sex is None:
        raise BadSex(
            "sex is male, female, other or unknown", hint="M and F are understood too", field="sex"
        )
    return sex


def read_blood_group(text: str) -> str | None:
    """Return the blood group as ``AB+`` or ``O-``; empty or "unknown" is None.

    Raises:
        BadBloodGroup: no such group, or the Rh sign is missing.
    """
    said = re.sub(r"\s+", "", text[:40]).lower().replace("−", "-").replace("–", "-")
    if said in ("", "unknown", "?"):
        return None
    found = _GROUP.match(said)
    if found is not None:
        letter = found.group(1).upper().replace("0", "O")
        if _POSITIVE.match(found.group(2)):
            return f"{letter}+"
        if _NEGATIVE.match(found.group(2)):
            return f"{letter}-"
    raise BadBloodGroup(
        "there is no such blood group",
        hint="one of " + ", ".join(BLOOD_GROUPS) + "; leave it empty when unknown",
        field="blood_group",
    )


def read_allergies(texts: Sequence[str]) -> tuple[str, ...]:
    """Return the allergies, each once; the words for "none" leave the list empty.

    Raises:
        InvalidInput: too many, too long, or with characters that cannot be shown.
    """
    kept: dict[str, str] = {}
    for text in texts:
        allergy = clean(text, field="allergies", max_length=120)
        if allergy and fold(allergy) not in _NONE_KNOWN:
            kept.setdefault(fold(allergy) or allergy, allergy)
    if len(kept) > MAX_ALLERGIES:
        raise InvalidInput(
            phrase("more than {most} allergies", most=MAX_ALLERGIES),
            hint="keep the ones that matter",
            field="allergies",
        )  # fmt: skip
    return tuple(kept.values())


def read_death(text: str, today: date) -> date | None:
    """Return the date of death, None for empty text.

    Raises:
        InvalidInput: not an ISO date, or in the future.
    """
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        day = None
    if day is None or day > today:
        raise InvalidInput(
            "the date of death is no day up to today",
            hint="type it as 2019-04-12, or leave it empty",
            field="deceased_on",
        )
    return day


def _birth(said: RegisterPatient, today: date) -> Birth:
    if said.age is None:
        return read_birth(said.birth, today)
    if said.birth.strip():
        raise BadAge("give the birth date or the age, not both", hint="leave one out", field="age")
    return birth_of_age(said.age, today)
