"""Doctors: what they treat, where they sit, whether they are at work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from hms.features.staff import service
from hms.features.staff.queries.views import DoctorView
from hms.features.staff.rules import DoctorStatus
from hms.kernel.clock import local_hm
from hms.kernel.i18n import phrase, word
from hms.kit.forms import Field
from hms.kit.live_table import Column, Row
from hms.kit.modals import Item, Pick, Reason
from hms.kit.tui_actions import Action
from hms.kit.tui_form_dialog import FormDialog
from hms.kit.tui_list import Fact, ListPanel

_TONES = {
    DoctorStatus.ONLINE: "good",
    DoctorStatus.BUSY: "warn",
    DoctorStatus.PAUSED: "warn",
    DoctorStatus.OFFLINE: "muted",
}
_NOTES = {
    DoctorStatus.ONLINE: "seeing patients",
    DoctorStatus.BUSY: "not seeing patients now",
    DoctorStatus.PAUSED: "asks for a reason",
    DoctorStatus.OFFLINE: "not here",
}


class DoctorsPanel(ListPanel[DoctorView]):
    """Doctors of the hospital."""

    TITLE_TEXT = "Doctors"
    HELP_TEXT = (
        "A user with the role of a doctor is a doctor: add one among the users. A status informs "
        "the desks; it never stops a token or a call."
    )
    EMPTY = "No doctor yet: add a user with the role of a doctor."
    FIND = "name, speciality or room"
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("Doctor"),
        Column("Speciality", 18),
        Column("Room", 12),
        Column("State", 20),
    )
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action("f2", "Edit", "Change speciality, licence, room", "edit", "", "doctors.define"),
        Action("f4", "State", "Say whether the doctor is at work", "status",
               "Online, busy, paused with a reason, offline.", "doctors.status"),
    )  # fmt: skip

    async def fetch(self) -> Sequence[DoctorView]:
        """Return the doctors."""
        found: list[DoctorView] = await self.ask(service.list_doctors)
        return found

    def row_of(self, item: DoctorView) -> Row:
        """Return one doctor's row."""
        tone = _TONES[DoctorStatus(item.status)]
        state = state_of(item, self.host.here)
        cells = (item.shown_name, item.speciality, item.room or "", state)
        return Row(item.id, cells, tone=tone if tone != "good" else "")

    def facts_of(self, item: DoctorView) -> tuple[str, Sequence[Fact]]:
        """Return what is known of the doctor."""
        since = local_hm(item.status_since, self.host.time_zone)
        return item.shown_name, (
            ("signs in as", item.name, ""),
            ("speciality", item.speciality, ""),
            ("licence", item.licence or "", ""),
            ("room", " · ".join(filter(None, (item.room, item.department))), ""),
            ("state", f"{state_of(item)} since {since}", _TONES[DoctorStatus(item.status)]),
            ("at", ", ".join((self.host.here or {}).get(item.name, ())), "good"),
        )

    def action_edit(self) -> None:
        """Open the doctor's form."""
        item = self.chosen
        if item is None:
            return
        fields = (
            Field("speciality", "Speciality", "what they treat", value=item.speciality),
            Field("licence", "Licence", "each belongs to one", value=item.licence or ""),
            Field("room", "Room", "made when missing", value=item.room or ""),
            Field("department", "Department", "made when missing", value=item.department or ""),
        )

        async def save(values: Mapping[str, str]) -> Any:
            return await self.do(service.set_doctor, service.SetDoctor(item.name, **values))

        self.host.push_screen(FormDialog(item.shown_name, fields, save), self._saved)

    def action_status(self) -> None:
        """Choose the doctor's status."""
        item = self.chosen
        if item is None:
            return
        items = [Item(status.value, status.value, note) for status, note in _NOTES.items()]

        def picked(status: str | None) -> None:
            if status == DoctorStatus.PAUSED:
                self.host.push_screen(
                    Reason(
                        phrase("{shown_name} is paused. Why?", shown_name=item.shown_name),
                        placeholder="ward round",
                    ),
                    lambda reason: self._set(item, DoctorStatus.PAUSED, reason),
                )
            elif status is not None:
                self._set(item, DoctorStatus(status), "")

        self.host.push_screen(
            Pick(phrase("{shown_name} is …", shown_name=item.shown_name), items, note_width=26),
            picked,
        )

    def _set(self, item: DoctorView, status: DoctorStatus, reason: str | None) -> None:
        if reason is not None:
            self.perform(self._set_now(item, status, reason))

    async def _set_now(self, item: DoctorView, status: DoctorStatus, reason: str) -> None:
        self._saved(await self.do(service.doctor_status, item.name, status.value, reason))

    def _saved(self, view: DoctorView | None) -> None:
        if view is not None:
            self.say(
                phrase(
                    "{shown_name} is saved: {state_of}",
                    shown_name=view.shown_name,
                    state_of=state_of(view),
                ),
                "good",
            )
            self.perform(self.load())


def state_of(item: DoctorView, here: Mapping[str, tuple[str, ...]] | None = None) -> str:
    """Return a doctor's state with its reason; ``here`` is who gave a sign at a desk lately."""
    if here is not None and item.status == DoctorStatus.ONLINE and item.name not in here:
        return phrase("online, no desk on")
    if not item.status_reason:
        return word(item.status)
    return phrase("{status}: {reason}", status=word(item.status), reason=item.status_reason)
