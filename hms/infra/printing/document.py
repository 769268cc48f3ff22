"""What is to be printed: lines of text, rules, space, a QR code, a logo; then the cut."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from hms.infra.printing.template import Line
from hms.kernel.text import show

LAST_PLAIN = 0x0590  # from here on scripts join, stack or run the other way: they are drawn


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; ``size`` multiplies letters and is made smaller until a word fits."""

    text: str
    align: str = "left"
    size: int = 1
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across the paper."""


@dataclass(frozen=True, slots=True)
class Space:
    """An empty line."""


@dataclass(frozen=True, slots=True)
class QrCode:
    """A QR code of ``data``, in the middle."""

    data: str


@dataclass(frozen=True, slots=True)
class Logo:
    """The image of the configuration, in the middle."""


Item = Text | Rule | Space | QrCode | Logo
KINDS: dict[type[Item], str] = {
    Text: "text", Rule: "rule", Space: "space", QrCode: "qr_code", Logo: "logo",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Slip:
    """One piece of paper; ``right_to_left`` is how its lines begin that say neither.

    ``fields`` are the words it was filled with, whether its template shows them or not.
    """

    items: tuple[Item, ...]
    right_to_left: bool = False
    fields: Mapping[str, str] = field(default_factory=dict, compare=False)

    def as_json(self) -> dict[str, object]:
        """Return fields and lines, a line by its kind: text, rule, space, qr_code or logo."""
        return {
            "fields": dict(self.fields),
            "right_to_left": self.right_to_left,
            "lines": [{"kind": KINDS[type(item)], **asdict(item)} for item in self.items],
        }


_SPECIAL: dict[str, Item] = {"rule": Rule(), "space": Space(), "logo": Logo()}


def fill(
    lines: Sequence[Line], values: Mapping[str, str], link: str = "", *, right_to_left: bool = False
) -> Slip:
    """Return the slip that ``lines`` make of ``values``; ``link`` is what the QR code holds."""
    items: list[Item] = []
    for line in lines:
        if line.special == "qr":
            items += [QrCode(link)] if link else []
        elif line.special:
            items.append(_SPECIAL[line.special])
        else:
            text = line.filled(values)
            if text is not None:
                align = line.align if line.align != "left" or not right_to_left else "right"
                items.append(Text(text, align, line.size, line.bold))
    return Slip(tuple(items), right_to_left, {**values, **({"link": link} if link else {})})


def paper_text(text: str) -> str:
    """Return ``text`` as no printer obeys it."""
    return show(unicodedata.normalize("NFC", text)).replace("\t", " ")


def fitting_size(text: Text, width_chars: int) -> int:
    """Return the size at which the longest word still fits on a line."""
    longest = max((width_of(word) for word in text.text.split()), default=1)
    return max(1, min(text.size, width_chars // max(1, longest)))


def wrapped(text: Text, width_chars: int) -> list[str]:
    """Return the lines of a paragraph at its size, as no printer obeys them."""
    said = paper_text(text.text)
    width = max(1, width_chars // fitting_size(text, width_chars))
    if any(ord(char) >= LAST_PLAIN for char in text.text):
        width = width * 5 // 4  # it is drawn, in letters that are narrower
    if width_of(said) <= width:
        return [said]
    return textwrap.wrap(said, width) or [""]


def width_of(text: str) -> int:
    """Return how many columns ``text`` takes where letters are of one width."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )
