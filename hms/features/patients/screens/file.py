"""A patient's file by its number: at once for who may see it, for a recorded reason otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from textual.app import ComposeResult
from textual.widgets import Static

from hms.features.patients import service
from hms.features.patients.queries import PatientView
from hms.features.patients.screens.card import card_text
from hms.kernel import clock
from hms.kernel.i18n import phrase
from hms.kit.base import Faceplate, HmsModal
from hms.kit.forms import Field
from hms.kit.tui_form_dialog import FormDialog
from hms.kit.tui_text import plain

_DRAFT = "open-file"


class PatientFile(HmsModal[None]):
    """The record of one patient, until it is closed."""

    TITLE_TEXT = "A patient's file"
    HELP_TEXT = "The record as it is now. Esc closes it; that it was opened is recorded."
    DEFAULT_CSS = """
    PatientFile > #dialog { width: 78; }
    PatientFile .card { margin-bottom: 1; }
    """

    def __init__(self, patient: PatientView, today: date) -> None:
        super().__init__()
        self._patient = patient
        self._today = today

    def compose_body(self) -> ComposeResult:
        """Lay out the record."""
        yield Static(card_text(self._patient, self._today), classes="card")
        yield Static(plain(phrase("Esc closes the file."), "$hms-muted"))


def open_file(face: Faceplate, mrn: str = "") -> None:
    """Ask for the number, and for a reason when the record needs one; then show the file.

    What was typed stays in the dialog when the record does not open.
    """

    async def opened(values: Mapping[str, str]) -> PatientView:
        patient: PatientView = await face.do(
            service.show, values["mrn"], values["reason"].strip() or None
        )
        return patient

    def shown(patient: PatientView | None) -> None:
        if patient is not None:
            today = clock.now().astimezone(clock.zone(face.host.time_zone)).date()
            face.host.push_screen(PatientFile(patient, today))

    fields = (
        Field("mrn", "MRN", "on the wristband or the card", max_length=20, value=mrn),
        Field("reason", "Reason", "only for who is no patient of yours", max_length=200),
    )
    dialog = FormDialog("Open a patient's file", fields, opened, draft=_DRAFT)
    face.host.push_screen(dialog, shown)
