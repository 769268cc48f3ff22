"""What holds of patients whatever keeps them: numbers, births, names, likeness; pure."""

from hms.features.patients.rules.birth import BadBirth, Birth, birth_of_age, read_birth
from hms.features.patients.rules.mrn import NotAnMrn, WrongCheckDigit, make_mrn, read_mrn
from hms.features.patients.rules.person import BLOOD_GROUPS, Facts, RegisterPatient, Sex, check
from hms.features.patients.rules.phone import BadPhone, Phone, read_phone

__all__ = [
    "BLOOD_GROUPS",
    "BadBirth",
    "BadPhone",
    "Birth",
    "Facts",
    "NotAnMrn",
    "Phone",
    "RegisterPatient",
    "Sex",
    "WrongCheckDigit",
    "birth_of_age",
    "check",
    "make_mrn",
    "read_birth",
    "read_mrn",
    "read_phone",
]
