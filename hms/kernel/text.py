"""Text that people typed or a file brought: checked on the way in, made harmless on the way out.

``clean`` stands at the service boundary, ``show`` at every sink (screen, table,
log); ``fold`` makes what is compared and searched.  Source of the refused
ranges: Unicode bidi controls (UAX 9), tag characters, C0 and C1 controls (ECMA-48).
"""

from __future__ import annotations

import re
import unicodedata

from hms.kernel.errors import InvalidInput

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
            f"{field} has a character that cannot be shown (U+{ord(bad.group()):04X} "
            f"at position {bad.start() + 1})",
            hint=f"type {field} again without it",
            field=field,
        )
    text = _SPACES.sub(" ", unicodedata.normalize("NFC", value)).strip().strip(_JOINERS)
    if len(text) > max_length:
        raise _too_long(field, max_length)
    if required and not text:
        raise InvalidInput(f"{field} is empty", hint=f"type {field}", field=field)
    return text


def _too_long(field: str, max_length: int) -> InvalidInput:
    return InvalidInput(
        f"{field} is too long", hint=f"use at most {max_length} characters", field=field
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

    Keeps letters and digits of every script and single spaces between words:
    ``fold("José Núñez-Ortiz") == "jose nunez ortiz"``.
    """
    decomposed = unicodedata.normalize("NFKD", value.casefold())
    kept = [
        c if c.isalnum() else " "
        for c in decomposed
        if not (unicodedata.category(c) == "Mn" and unicodedata.combining(c) not in (7, 8, 9))
    ]
    return _SPACES.sub(" ", unicodedata.normalize("NFC", "".join(kept)).casefold()).strip()
