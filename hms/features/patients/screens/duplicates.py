"""Two people or one? The new one and those registered, side by side, before anything is saved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.events import Resize
from textual.widgets import Static

from hms.features.patients.queries import Lookalike, PatientView
from hms.features.patients.rules import RegisterPatient
from hms.features.patients.screens.fields import birth_echo
from hms.kernel.i18n import phrase, tr, word
from hms.kernel.text import fold
from hms.kit.base import LEAVE, HmsScreen, HospitalChanged
from hms.kit.tui_actions import Action
from hms.kit.tui_text import fit, one_line, plain

AS_NEW = "as new"
LABEL = 12
Line = tuple[str, str, str]  # label, the new one, the registered one


class Duplicates(HmsScreen[PatientView | str]):
    """Ends with the patient who is the same, with ``AS_NEW``, or with None to go on typing."""

    TITLE_TEXT = "Registered already?"
    HELP_TEXT = (
        "Somebody much like this one is registered. Compare them: what differs is marked. "
        "Ask for the birth date or the phone number when in doubt."
    )
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action("f5", "Same", "It is this one: use the record", "same"),
        Action("f8", "New", "It is somebody else: register as new", "other"),
        Action("down", "next one", "Show the next one like it", "next"),
        Action("up", "one before", "Show the one before", "previous"),
        LEAVE,
    )
    DEFAULT_CSS = """
    Duplicates .question { height: 2; padding: 1 1 0 1; text-style: bold; color: $hms-warn; }
    Duplicates .sides { height: 1fr; padding: 1 1; }
    """

    def __init__(self, said: RegisterPatient, alike: Sequence[Lookalike], today: date) -> None:
        super().__init__()
        self._said = said
        self._alike = tuple(alike)
        self._today = today
        self._at = 0

    def compose_body(self) -> ComposeResult:
        """Lay out the question and both records."""
        yield Static(plain(phrase("Is this the same person?")), classes="question")
        yield Static(classes="sides")

    def on_mount(self) -> None:
        """Show the likeliest first."""
        self._show()

    def on_resize(self, _event: Resize) -> None:
        """Fit both sides into the new width."""
        self._show()

    def concerns(self, _change: HospitalChanged) -> bool:
        """Say that nothing of what others do changes this question."""
        return False

    def action_same(self) -> None:
        """Take the one that is registered."""
        self.dismiss(self._alike[self._at].patient)

    def action_other(self) -> None:
        """Register as somebody new."""
        self.dismiss(AS_NEW)

    def action_leave(self) -> None:
        """Go back to the form."""
        self.dismiss(None)

    def action_next(self) -> None:
        """Show the next one."""
        self._at = (self._at + 1) % len(self._alike)
        self._show()

    def action_previous(self) -> None:
        """Show the one before."""
        self._at = (self._at - 1) % len(self._alike)
        self._show()

    def _show(self) -> None:
        like = self._alike[self._at]
        side = max(20, (self.size.width - LABEL - 6) // 2)
        head = f"{'':<{LABEL}}{fit(phrase('you are registering'), side)}  "
        registered = (
            phrase("registered {at} of {count}", at=self._at + 1, count=len(self._alike))
            if len(self._alike) > 1
            else phrase("registered")
        )
        parts: list[Content | tuple[str, str]] = [
            (head, "$hms-muted"),
            (fit(registered, side), "$hms-accent"),
        ]
        for label, new, old in lines_of(self._said, like.patient, self._today):
            tone = "$hms-text" if not new or fold(new) == fold(old) else "bold $hms-warn"
            parts.append(("\n" + fit(tr(label), LABEL), "$hms-muted"))
            parts.append(plain(f"{fit(new or '—', side)}  ", "$hms-text"))
            parts.append(plain(fit(old or "—", side), tone))
        why = one_line(", ".join(tr(reason) for reason in like.likeness.reasons))
        alike = tr(phrase("{percent} % alike: {why}", percent=like.likeness.percent, why=why))
        parts.append((f"\n\n{'':<{LABEL}}{alike}", "$hms-muted"))
        parts.append(_answers())
        self.query_one(".sides", Static).update(Content.assemble(*parts))


def lines_of(said: RegisterPatient, view: PatientView, today: date) -> list[Line]:
    """Return the facts of both, line by line."""
    return [
        (phrase("Name"), said.name, view.name),
        (phrase("Born"), birth_echo(said.birth, today), birth_echo(view.birth.text, today)),
        (phrase("Sex"), "" if said.sex == "unknown" else word(said.sex), word(view.sex.value)),
        (phrase("Phone"), said.phone, view.phone),
        (phrase("Address"), said.address, view.address),
        (phrase("Contact"), said.contact, view.contact),
        (phrase("MRN"), "", view.mrn),
        (phrase("Since"), "", f"{view.created_at:%Y-%m-%d}"),
    ]


def _answers() -> Content:
    cap = "bold $hms-on-key on $hms-key"
    return Content.assemble(
        ("\n\n", ""),
        (" F5 ", cap), (tr(phrase("  the same person: use the registered record")), "$hms-text"),
        ("\n", ""),
        (" F8 ", cap), (tr(phrase("  somebody else: register as new")), "$hms-text"),
        ("\n", ""),
        (" Esc ", cap), (tr(phrase(" back to the form")), "$hms-text"),
    )  # fmt: skip
