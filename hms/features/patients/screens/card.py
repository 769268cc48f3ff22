"""A patient's record as a desk shows it: who, how old, what to take care of."""

from __future__ import annotations

from datetime import date

from textual.content import Content

from hms.features.patients.queries import PatientView, age_sex
from hms.kernel.i18n import phrase, tr
from hms.kit.tui_text import one_line, plain

Part = Content | tuple[str, str]


def flags(view: PatientView) -> list[str]:
    """Return what must not be overlooked, in words."""
    known = (
        (view.private, phrase("PRIVATE")),
        (view.temporary, phrase("NAME NOT KNOWN YET")),
        (view.archived, phrase("ARCHIVED")),
        (view.deceased_on is not None, phrase("DECEASED")),
    )
    return [word for holds, word in known if holds]


def card_text(view: PatientView, today: date) -> Content:
    """Return the record in four lines."""
    head: list[Part] = [
        plain(one_line(view.name), "bold $hms-text"),
        (f"   {tr(age_sex(view, today))}   {view.mrn}", "$hms-text"),
    ]
    head += [(f"   {tr(flag)}", "bold $hms-warn") for flag in flags(view)]
    lines = [
        Content.assemble(*head),
        _facts(
            (phrase("born"), view.birth.text),
            (phrase("phone"), view.phone),
            (phrase("blood"), view.blood_group or ""),
        ),
        _allergies(view),
        _facts((phrase("contact"), view.contact), (phrase("address"), view.address)),
    ]
    return Content("\n").join(lines)


def _allergies(view: PatientView) -> Content:
    if not view.allergies:
        return plain(phrase("no allergies recorded"), "$hms-muted")
    named = plain(one_line(", ".join(view.allergies)), "bold $hms-bad")
    return Content.assemble((tr(phrase("allergic to ")), "$hms-bad"), named)


def _facts(*facts: tuple[str, str]) -> Content:
    parts: list[Part] = []
    for label, value in facts:
        if value:
            parts.append((f"{tr(label)} ", "$hms-muted"))
            parts.append(plain(one_line(value), "$hms-text"))
            parts.append(("   ", "$hms-text"))
    return Content.assemble(*parts)
