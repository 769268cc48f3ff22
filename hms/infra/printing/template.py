"""The lines of a slip as the configuration writes them; checked when the configuration is read.

A line is ``"center huge | {code}"``: words of style, a bar, text with named fields.
A line whose fields are all empty is left out.  ``"qr"``, ``"rule"``, ``"space"`` and
``"logo"`` stand alone.  Standard library only: every command reads the settings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

FIELDS = (
    "hospital", "code", "queue", "room", "class", "date", "time", "ahead", "wait_low",
    "wait_high", "people", "wait", "go", "follow", "person", "reprint",
)  # fmt: skip
SPECIAL = ("qr", "rule", "space", "logo")
ALIGN = ("left", "center", "right")
SIZES = {"normal": 1, "big": 2, "huge": 6}
MOST_LINES = 60
LONGEST = 400
DEFAULT = (
    "logo",
    "center bold | {hospital}",
    "space",
    "center huge bold | {code}",
    "center bold | {reprint}",
    "center big | {queue}",
    "center big | {go}",
    "center bold | {class}",
    "center bold | {person}",
    "rule",
    "{people}",
    "{wait}",
    "{date}  {time}",
    "space",
    "qr",
    "center | {follow}",
)
_FIELD = re.compile(r"\{([^{}]*)\}")


class BadTemplate(ValueError):
    """A line that cannot be printed; says which, and what was probably meant."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: ``special`` is one of SPECIAL or empty; ``size`` multiplies letters."""

    text: str = ""
    special: str = ""
    align: str = "left"
    size: int = 1
    bold: bool = False

    def filled(self, values: Mapping[str, str]) -> str | None:
        """Return the text with its fields, None when it has fields and all of them are empty."""
        names = _FIELD.findall(self.text)
        if names and not any(values.get(name, "") for name in names):
            return None
        return _FIELD.sub(lambda found: values.get(found[1], ""), self.text).strip()


@lru_cache(maxsize=8)
def parse(lines: tuple[str, ...]) -> tuple[Line, ...]:
    """Return what the lines mean.

    Raises:
        BadTemplate: an unknown field or word of style, or too much of it.
    """
    if len(lines) > MOST_LINES:
        raise BadTemplate(f"at most {MOST_LINES} lines")
    return tuple(_line(number, line) for number, line in enumerate(lines, 1))


def _line(number: int, line: str) -> Line:
    if len(line) > LONGEST:
        raise BadTemplate(f"lines of at most {LONGEST} characters (line {number})")
    head, bar, text = line.partition("|")
    words = head.split() if bar else []
    special = "" if bar else line.strip()
    if special in SPECIAL:
        return Line(special=special, align="center")
    text = text if bar else line
    align, size, bold = "left", 1, False
    for word in words:
        if word in ALIGN:
            align = word
        elif word in SIZES:
            size = SIZES[word]
        elif word == "bold":
            bold = True
        else:
            raise BadTemplate(_unknown(number, "style", word, (*ALIGN, *SIZES, "bold")))
    for name in _FIELD.findall(text):
        if name not in FIELDS:
            raise BadTemplate(_unknown(number, "field", name, FIELDS))
    if "{" in _FIELD.sub("", text) or "}" in _FIELD.sub("", text):
        raise BadTemplate(f"fields in braces such as {{code}} (line {number} has a lone brace)")
    return Line(text.strip(), "", align, size, bold)


def _unknown(number: int, what: str, word: str, known: tuple[str, ...]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(word, known, n=1, cutoff=0.3)
    meant = f', did you mean "{near[0]}"?' if near else f"; there are {', '.join(known)}"
    return f'made of known words (its line {number} has the {what} "{word[:40]}"{meant})'
