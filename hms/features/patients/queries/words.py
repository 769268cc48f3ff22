"""A patient in the few cells that a list has for them."""

from __future__ import annotations

from datetime import date

from hms.features.patients.queries.views import PatientView
from hms.features.patients.rules import Sex
from hms.kernel.i18n import phrase, word

_SEX = {Sex.MALE: "M", Sex.FEMALE: "F", Sex.OTHER: "O", Sex.UNKNOWN: "?"}


def age_sex(view: PatientView, today: date) -> str:
    """Return age and sex in six cells at most: ``41 F``, ``~40 M``, ``?``."""
    age = view.age(today)
    years = "?" if age is None else f"{'~' if view.birth_estimated else ''}{age}"
    return phrase("{years} {sex}", years=years, sex=word(_SEX[view.sex], "sex"))


def phone_tail(view: PatientView) -> str:
    """Return the end of the phone number, enough to ask "is it the one ending in …?"."""
    digits = "".join(char for char in view.phone if char.isdecimal())
    return f"…{digits[-4:]}" if len(digits) >= 4 else ""
