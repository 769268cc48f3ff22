"""Text that people typed or a file brought: checked on the way in, made harmless on the way out.

``clean`` stands at the service boundary, ``show`` at every sink (screen, table,
log); ``fold`` makes what is compared and searched.  Source of the refused
ranges: Unicode bidi controls (UAX 9), tag characters, C0 and C1 controls (ECMA-48).
"""

from __future__ import annotations

import re
import unicodedata

from hms.kernel.errors import InvalidInput
from hms.kernel.i18n import phrase, word

_FORBIDDEN = (
    "\x00-\x1f\x7f-\x9f"  # C0, DEL, C1: terminals obey them
    "\u061c\u200b\u200e\u200f"  # zero-width space, marks that turn the direction
    "\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff"
    "\U000e0000-\U000e007f"
)
_BAD = re.compile(f"[{_FORBIDDEN}]")
_SAFE_ASCII = re.compile(r"[ -~]*\Z")
_SPACES = re.compile(r"\s+")
_JOINERS = "\u200c\u200d"  # Persian, Hindi, Bengali and emoji need them inside a word
_NOT_WORD = re.compile(r"[^0-9a-z]+")
# Combining classes of marks that are vowels or make another letter (Indic, Thai, Lao,
# Tibetan, kana); the marks of all other classes are diacritics, points and tones.
_LETTER_MARKS = frozenset((0, 7, 8, 9, 103, 118, 129, 130, 132))
# Letters that Unicode does not decompose, yet people type either way.
_SAME_LETTER = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ı": "i", "ħ": "h", "æ": "ae", "œ": "oe", "þ": "th"}
    | {"ي": "ی", "ى": "ی", "ك": "ک", "ة": "ه", "ـ": ""}
)


def clean(value: str, *, field: str, max_length: int = 200, required: bool = False) -> str:
    """Return ``value`` in NFC, without outer or repeated spaces.

    Args:
        value: what was typed, scanned or imported.
        field: the field's name, for the message.
        max_length: longest text allowed, in code points.
        required: whether an empty text is refused.

    Raises:
        InvalidInput: control, direction or other invisible characters; too long; empty.
    """
    if len(value) > 4 * max_length + 64:
        raise _too_long(field, max_length)
    bad = _BAD.search(value.replace("\t", " ") if "\t" in value else value)
    if bad is not None:
        raise InvalidInput(
            phrase(
                "{field} has a character that cannot be shown (U+{ord:04X} at position {start})",
                field=word(field, "field"),
                ord=ord(bad.group()),
                start=bad.start() + 1,
            ),
            hint=phrase("type {field} again without it", field=word(field, "field")),
            field=field,
        )
    text = _SPACES.sub(" ", unicodedata.normalize("NFC", value)).strip().strip(_JOINERS)
    if len(text) > max_length:
        raise _too_long(field, max_length)
    if required and not text:
        raise InvalidInput(
            phrase("{field} is empty", field=word(field, "field")),
            hint=phrase("type {field}", field=word(field, "field")),
            field=field,
        )
    return text


def _too_long(field: str, max_length: int) -> InvalidInput:
    return InvalidInput(
        phrase("{field} is too long", field=word(field, "field")),
        hint=phrase("use at most {max_length} characters", max_length=max_length),
        field=field,
    )


def show(value: object) -> str:
    """Return ``value`` as text that no terminal, table or log obeys.

    Rows that are older than ``clean`` or were imported around it may hold
    anything: every forbidden character becomes U+FFFD.  The result is plain
    text, not markup: give it to ``rich.text.Text`` or ``markup=False``.
    """
    text = value if isinstance(value, str) else str(value)
    if _SAFE_ASCII.match(text):
        return text
    return _BAD.sub("\ufffd", text)


def fold(value: str) -> str:
    """Return ``value`` without case and diacritics, for comparing and searching.

    Keeps letters and digits of every script (digits as ASCII) and single spaces
    between words: ``fold("José Núñez-Ortiz") == "jose nunez ortiz"``.
    """
    if value.isascii():
        return _NOT_WORD.sub(" ", value.lower()).strip()
    decomposed = unicodedata.normalize("NFKD", value.casefold()).translate(_SAME_LETTER)
    text = unicodedata.normalize("NFC", "".join(map(_folded, decomposed)))
    return _SPACES.sub(" ", text.casefold()).strip()


def _folded(char: str) -> str:
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    if char.isalnum():
        return char
    category = unicodedata.category(char)
    if category in ("Mn", "Mc"):
        variation = "\ufe00" <= char <= "\ufe0f"
        return char if unicodedata.combining(char) in _LETTER_MARKS and not variation else ""
    return "" if category in ("Cf", "Me") else " "
