"""Telephone numbers: the text as it was said, and E.164 beside it when it can be known."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hms.features.patients.rules.mrn import ascii_digits
from hms.kernel.errors import InvalidInput
from hms.kernel.i18n import phrase
from hms.kernel.text import clean

TAIL = 4
_FORM = re.compile(r"[+＋]?[\d\s().\-/‐-―]*\d(?:\s*(?:ext\.?|x|#)\s*\d{1,6})?\Z", re.IGNORECASE)
_EXTENSION = re.compile(r"\s*(?:ext\.?|x|#)\s*\d{1,6}\Z", re.IGNORECASE)


class BadPhone(InvalidInput):
    """A text that is no telephone number."""

    code = "patients.phone"


@dataclass(frozen=True, slots=True)
class Phone:
    """A telephone number: ``raw`` as typed, ``e164`` when a country is known.

    ``backwards`` are its digits from the last to the first, so that the last
    digits of a number are a beginning that an index finds.
    """

    raw: str = ""
    e164: str | None = None
    backwards: str = ""


NO_PHONE = Phone()


def read_phone(text: str, region: str = "") -> Phone:
    """Return the number that ``text`` means; empty text is no phone.

    Args:
        text: digits with the usual signs between them, perhaps an extension.
        region: ISO 3166 country of numbers without a country code, may be empty.

    Raises:
        BadPhone: letters or other signs in it, or too few or too many digits.
    """
    raw = clean(text, field="phone", max_length=40)
    if not raw:
        return NO_PHONE
    said = ascii_digits(raw)
    if not _FORM.match(said):
        raise BadPhone(
            "a phone number has only digits, spaces and + ( ) - .",
            hint="type it as +44 20 7946 0018, or leave it empty",
            field="phone",
        )
    digits = backwards(said)
    if not 3 <= len(digits) <= 20:
        raise BadPhone(
            phrase("a phone number with {count} digits cannot be called", count=len(digits)),
            hint="type 3 to 20 digits, or leave it empty",
            field="phone",
        )
    e164 = _e164(said, region)
    return Phone(raw, e164, backwards(e164) if e164 else digits)


def backwards(text: str) -> str:
    """Return the digits of ``text`` from the last to the first.

    Without the extension, and without leading zeros: they are how one dials out
    of a town or a country, not the number.
    """
    digits = re.sub(r"\D", "", _EXTENSION.sub("", ascii_digits(text)))
    return (digits.lstrip("0") or digits)[::-1]


def _e164(said: str, region: str) -> str | None:
    import phonenumbers

    try:
        number = phonenumbers.parse(said.replace("＋", "+"), region.upper() or None)
    except phonenumbers.NumberParseException:
        return None
    possible = phonenumbers.ValidationResult.IS_POSSIBLE
    if phonenumbers.is_possible_number_with_reason(number) != possible:
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
