"""Medical record numbers: ``M``, seven digits and a check digit, as typed, scanned and printed."""

from __future__ import annotations

import re
import unicodedata

from hms.kernel.errors import InvalidInput, Refused
from hms.kernel.i18n import phrase
from hms.kernel.ids import check_digit

LAST_NUMBER = 9_999_999
# What people put between the digits, and the start and stop sign of Code 39 scanners.
_DECORATION = re.compile(r"[\s.\-_/*]+")
_WHOLE = re.compile(r"M?(\d{8})\Z")
_PART = re.compile(r"M(\d{0,7})\Z")


class NotAnMrn(InvalidInput):
    """The text is no medical record number at all."""

    code = "patients.mrn"


class WrongCheckDigit(InvalidInput):
    """The text has the form of an MRN, but a digit is wrong or two are swapped."""

    code = "patients.mrn_check_digit"


class NumbersUsedUp(Refused):
    """All medical record numbers of this form have been given."""

    code = "patients.mrn_used_up"


def make_mrn(number: int) -> str:
    """Return the MRN of the ``number``-th patient: ``make_mrn(1)`` ends in its check digit.

    Raises:
        NumbersUsedUp: the number has more than seven digits.
    """
    if not 0 < number <= LAST_NUMBER:
        raise NumbersUsedUp("all medical record numbers have been used")
    digits = f"{number:07d}"
    return f"M{digits}{check_digit(digits)}"


def squeeze(text: str) -> str:
    """Return ``text`` in capitals, with ASCII digits, without what stands between them."""
    return _DECORATION.sub("", unicodedata.normalize("NFKC", ascii_digits(text))).upper()


def ascii_digits(text: str) -> str:
    """Return ``text`` with the decimal digits of every script as 0 to 9."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)


def read_mrn(text: str) -> str:
    """Return the MRN that was typed or scanned, in its one written form.

    Accepts small letters, spaces, hyphens, scanner signs and a missing ``M``.

    Raises:
        NotAnMrn: it is not ``M`` and eight digits.
        WrongCheckDigit: the last digit does not fit the others.
    """
    found = _WHOLE.match(squeeze(text[:64]))
    if found is None:
        raise NotAnMrn(
            "this is not a medical record number",
            hint=phrase("an MRN is M and eight digits, such as {make_mrn}", make_mrn=make_mrn(1)),
            field="mrn",
        )
    digits = found.group(1)
    if not fits(digits):
        raise WrongCheckDigit(
            phrase(
                "M{digits} is mistyped: its check digit (the last one) does not fit the others",
                digits=digits,
            ),
            hint="compare it digit by digit with the card; two digits may be swapped",
            field="mrn",
        )
    return f"M{digits}"


def fits(digits: str) -> bool:
    """Return whether the last of ``digits`` is the check digit of the others."""
    return check_digit(digits) == "0"


def mrn_part(text: str) -> str | None:
    """Return the beginning of an MRN that is still being typed, None when it is none."""
    squeezed = squeeze(text[:64])
    return squeezed if _PART.match(squeezed) and len(squeezed) > 1 else None


def is_mrn(text: str) -> bool:
    """Return whether ``text`` has the whole form of an MRN with its ``M``, right or mistyped."""
    squeezed = squeeze(text[:64])
    return squeezed.startswith("M") and _WHOLE.match(squeezed) is not None
