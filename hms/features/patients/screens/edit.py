"""Changing what is recorded of a patient; archiving one."""

from __future__ import annotations

from typing import ClassVar

from hms.features.patients import service
from hms.features.patients.errors import ChangedMeanwhile
from hms.features.patients.queries import PatientView
from hms.features.patients.screens.fields import fields_of, said_in, values_of
from hms.features.patients.screens.register import PatientForm
from hms.kernel.errors import HmsError
from hms.kernel.i18n import phrase
from hms.kit.forms import Field
from hms.kit.modals import Answer, Ask
from hms.kit.tui_actions import Action


class Edit(PatientForm):
    """The record of ``view``; ends with the record as it is afterwards."""

    TITLE_TEXT = "Patient"
    LEAD = "Enter goes on and saves after the last field; F9 saves at once."
    HELP_TEXT = (
        "Changes what is recorded. When another desk saved meanwhile, your changes stay in the "
        "form and the other fields show what is there now."
    )
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(
            "f8", "Arch", "Archive the patient, or take one back", "archive",
            "An archived patient is found by MRN only; nothing is deleted.", "patients.archive",
        ),
    )  # fmt: skip

    def __init__(self, view: PatientView) -> None:
        super().__init__()
        self._view = view

    def title_text(self) -> str:
        """Return the screen's name with the patient's number."""
        return phrase("Patient {mrn}", mrn=self._view.mrn)

    def fields(self) -> tuple[Field, ...]:
        """Return the fields, holding what is recorded."""
        return fields_of(self._view)

    def draft(self) -> str:
        """Return the name of this patient's draft."""
        return f"edit-{self._view.mrn}"

    def on_mount(self) -> None:
        """Begin at the name; say when half-typed changes came back."""
        if self.form.values != values_of(self._view):
            self.say("These changes were typed before and are not saved yet.", "warn")
        self.form.focus_field("name")

    async def save(self) -> None:
        """Save the changes."""
        said = said_in(self.form.values)
        change = service.EditPatient(mrn=self._view.mrn, version=self._view.version, facts=said)
        try:
            view = await self.do(service.edit, change)
        except ChangedMeanwhile:
            await self._renew()
            return
        self.close_with(view)

    def action_archive(self) -> None:
        """Ask, then archive or take back."""
        if self._view.archived:
            question, label = "Take this patient back from the archive?", "take back"
        else:
            question, label = "Archive this patient?", "archive; nothing is deleted"
        detail = f"{self._view.name}, {self._view.mrn}"
        asked = Ask(question, [Answer("f4", label, "yes")], detail=detail)
        self.host.push_screen(asked, self._archive)

    def _archive(self, answer: str | None) -> None:
        if answer == "yes":
            self.perform(self._archived())

    async def _archived(self) -> None:
        use_case = service.unarchive if self._view.archived else service.archive
        self.close_with(await self.do(use_case, self._view.mrn))

    async def _renew(self) -> None:
        """Keep what was changed here, take the rest from the record as it is now."""
        before, typed = values_of(self._view), self.form.values
        found: list[PatientView] = await self.ask(service.search, self._view.mrn, 1)
        if not found:
            raise HmsError("this patient cannot be found any more")
        self._view = found[0]
        now = values_of(self._view)
        self.form.fill({name: now[name] for name in now if typed[name] == before[name]})
        self.say(
            "Another desk saved this patient meanwhile. Look at the fields, then save again.",
            "warn",
        )
