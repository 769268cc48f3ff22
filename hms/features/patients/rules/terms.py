"""What a patient is found by: folded terms, and what is meant by a typed search line."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from hms.features.patients.rules.birth import OLDEST_YEARS, BadBirth, read_birth
from hms.features.patients.rules.mrn import fits, is_mrn, mrn_part, read_mrn, squeeze
from hms.features.patients.rules.phone import TAIL, backwards
from hms.kernel.errors import InvalidInput
from hms.kernel.text import fold

PHONE_MARK = "·"  # begins the term of a phone's last digits; no folded text has it
MAX_WORDS = 8
MAX_TYPED = 200
_APOSTROPHE = re.compile(r"(?<=\w)['’ʼ`´‘ʻ](?=\w)")
_JOINT = re.compile(r"(?<=\w)['’ʼ`´‘ʻ-](?=\w)")
_DIGIT_GROUPS = re.compile(r"\b\d+(?: \d+)+\b")
PHONE_LENGTH = 7  # digits in groups are one phone number from here on
_ISO_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_PHONE_LIKE = re.compile(r"[+\d][\d\s().\-/]*\Z")


class NothingToSearch(InvalidInput):
    """The search line has no letter and no digit."""

    code = "patients.search_empty"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a search line means; all that is set must hold.

    ``words`` are beginnings of terms.  ``either`` pairs a birth year with a
    phone's last four digits: four digits may be one or the other.
    ``phone`` holds last digits from the last to the first.
    """

    words: tuple[str, ...] = ()
    either: tuple[tuple[str, str], ...] = ()
    mrn: str | None = None
    mrn_prefix: str | None = None
    phone: str | None = None
    born_on: date | None = None


def name_terms(name: str) -> tuple[str, ...]:
    """Return the folded words of a name, each once, in their order.

    A word with an apostrophe or hyphen is there whole and in parts (``obrien``,
    ``o``, ``brien``).  Scripts without spaces between words give every ending of
    a word too, so that a given name behind a family name is found.
    """
    terms: dict[str, None] = {}
    for word in fold(name).split():
        terms[word] = None
        if _is_unspaced(word):
            terms.update(dict.fromkeys(word[i:] for i in range(1, min(len(word), 8))))
    joined = _JOINT.sub("", name)
    if joined != name:
        terms.update(dict.fromkeys(fold(joined).split()))
    return tuple(terms)


def search_text(name: str, *, year: int | None, phone: str, other_name: str = "") -> str:
    """Return all terms of a patient, separated by spaces.

    Args:
        name: the name as it is shown.
        year: the birth year, if known.
        phone: the phone's digits from the last to the first, may be empty.
        other_name: another name that still finds the person.
    """
    terms = list(name_terms(name))
    if other_name:
        terms += [term for term in name_terms(other_name) if term not in terms]
    if year is not None:
        terms.append(str(year))
    if len(phone) >= TAIL:
        terms.append(PHONE_MARK + phone[:TAIL])
    return " ".join(terms)


def read_search(text: str, today: date) -> Wanted:
    """Return what ``text`` asks for: name parts in any order, MRN, phone or its end, birth.

    Raises:
        NothingToSearch: there is neither a letter nor a digit.
        WrongCheckDigit: a whole MRN is mistyped.
        InvalidInput: over 200 characters.
    """
    typed = text.strip()
    if len(typed) > MAX_TYPED:
        raise InvalidInput("the search is too long", hint="a few letters will do", field="text")
    if is_mrn(typed):
        return Wanted(mrn=read_mrn(typed))
    part = mrn_part(typed)
    if part is not None:
        return Wanted(mrn_prefix=part)
    born_on, rest = _birth_date(typed, today)
    if born_on is None and _PHONE_LIKE.match(typed):
        phone, mrn = backwards(typed), _bare_mrn(typed)
        if mrn is not None or len(phone) > TAIL:
            return Wanted(phone=phone if len(phone) > TAIL else None, mrn=mrn)
    folded = _DIGIT_GROUPS.sub(_one_number, fold(_APOSTROPHE.sub("", rest)))
    wanted = _of_words(folded.split()[:MAX_WORDS], born_on, today)
    if wanted == Wanted():
        raise NothingToSearch(
            "type a name, MRN, phone number or birth year", hint="2 letters will do", field="text"
        )
    return wanted


def holds(wanted: Wanted, terms: str) -> bool:
    """Return whether the terms of a patient satisfy the words that are wanted."""
    have = terms.split()
    if not all(any(term.startswith(word) for term in have) for word in wanted.words):
        return False
    return all(year in have or tail in have for year, tail in wanted.either)


def _of_words(words: list[str], born_on: date | None, today: date) -> Wanted:
    names: list[str] = []
    either: list[tuple[str, str]] = []
    phone: str | None = None
    for word in words:
        if not (word.isascii() and word.isdigit()) or len(word) < TAIL:
            names.append(word)
        elif len(word) > TAIL:
            phone = backwards(word)
        elif today.year - OLDEST_YEARS <= int(word) <= today.year:
            either.append((word, PHONE_MARK + word[::-1]))
        else:
            names.append(PHONE_MARK + word[::-1])
    return Wanted(tuple(names), tuple(either), phone=phone, born_on=born_on)


def _one_number(groups: re.Match[str]) -> str:
    digits = groups.group().replace(" ", "")
    return digits if len(digits) >= PHONE_LENGTH else groups.group()


def _birth_date(typed: str, today: date) -> tuple[date | None, str]:
    found = _ISO_DATE.search(typed)
    if found is None:
        return None, typed
    try:
        day = read_birth(found.group(), today).day
    except BadBirth:
        return None, typed
    return day, typed[: found.start()] + " " + typed[found.end() :]


def _bare_mrn(typed: str) -> str | None:
    digits = squeeze(typed)
    return f"M{digits}" if len(digits) == 8 and digits.isdigit() and fits(digits) else None


def _is_unspaced(word: str) -> bool:
    """Tell Han, kana, Hangul and Thai, whose names are often written as one word."""
    if word.isascii():
        return False
    kind = unicodedata.name(word[0], "").split(" ")[0]
    return kind in ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI", "LAO", "KHMER", "MYANMAR")
