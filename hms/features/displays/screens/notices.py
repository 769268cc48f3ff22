"""What the walls say to everybody, as the administrator and the manager write it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from hms.features.displays import rules, service
from hms.features.displays.queries import NoticeView
from hms.kernel.clock import local_hm
from hms.kernel.errors import InvalidInput
from hms.kit.forms import Field
from hms.kit.live_table import Column, Row
from hms.kit.tui_actions import Action
from hms.kit.tui_form_dialog import FormDialog
from hms.kit.tui_list import Fact, ListPanel

_WRITES = "notices.write"
_KINDS = (("notice", "Notice"), ("urgent", "Urgent"), ("emergency", "EMERGENCY"))


class NoticesPanel(ListPanel[NoticeView]):
    """The notices on the walls, emergencies first."""

    TITLE_TEXT = "Notices"
    HELP_TEXT = (
        "A notice stands at the foot of the walls, several take turns. An emergency is a banner "
        "over everything; calls go on below it until you take it off."
    )
    EMPTY = "No notice is on the walls; F3 puts one there, F4 an emergency."
    FIND = "words or zone"
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("Kind", 11),
        Column("Notice"),
        Column("Zone", 12),
        Column("Until", 7),
    )
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action("f3", "Add", "Put a notice on the walls", "add", "", _WRITES),
        Action("f4", "EMERG", "Put an emergency on the walls", "emergency", "", _WRITES),
        Action("f10", "Off", "Take the notice off the walls", "remove", "", _WRITES),
    )

    async def fetch(self) -> Sequence[NoticeView]:
        """Return all notices."""
        found: list[NoticeView] = await self.ask(service.list_notices)
        return found

    def row_of(self, item: NoticeView) -> Row:
        """Return one notice's row."""
        cells = (_kind(item), item.text, item.zone or "every wall", self._until(item))
        tone = "bad" if item.emergency else "warn" if item.urgent else ""
        return Row(item.id, cells, tone)

    def facts_of(self, item: NoticeView) -> tuple[str, Sequence[Fact]]:
        """Return what is known of the notice."""
        zone = self.host.time_zone
        return item.text, (
            ("kind", _kind(item), "bad" if item.emergency else ""),
            ("zone", item.zone or "every wall", ""),
            ("since", local_hm(item.created_at, zone), ""),
            ("until", self._until(item) or "it is taken off", ""),
        )

    def _until(self, item: NoticeView) -> str:
        return "" if item.until is None else local_hm(item.until, self.host.time_zone)

    def action_add(self) -> None:
        """Ask for a notice and put it on the walls."""
        self._write("Put a notice on the walls", "notice")

    def action_emergency(self) -> None:
        """Ask for an emergency and put it on the walls."""
        self._write("EMERGENCY: a banner over everything on the walls", "emergency")

    def action_remove(self) -> None:
        """Take the chosen notice off, after asking."""
        item = self.chosen
        if item is None:
            self.say("Choose a notice first.")
            return

        async def remove() -> None:
            await self.do(service.remove_notice, item.id)
            await self.load()
            self.say("The notice is off the walls.", "good")

        self.confirm("Take it off the walls?", remove, label="take it off", detail=item.text)

    def _write(self, title: str, kind: str) -> None:
        async def save(values: Mapping[str, str]) -> Any:
            return await self.do(service.add_notice, _wanted(values))

        fields = (
            Field("text", "Text", max_length=rules.NOTICE_LENGTH),
            Field("kind", "Kind", options=_KINDS, value=kind),
            Field("zone", "Zone", "empty: every wall", max_length=64),
            Field("minutes", "For minutes", "empty: until taken off", max_length=5),
        )
        self.host.push_screen(FormDialog(title, fields, save), self._written)

    def _written(self, notice: NoticeView | None) -> None:
        if notice is not None:
            self.say("It is on the walls.", "good")
            self.perform(self.load())


def _kind(item: NoticeView) -> str:
    return "▲ EMERGENCY" if item.emergency else "! urgent" if item.urgent else "i notice"


def _wanted(values: Mapping[str, str]) -> service.AddNotice:
    """Return what the form asks for.

    Raises:
        InvalidInput: the minutes are no number.
    """
    typed, kind = values["minutes"].strip(), values["kind"]
    if typed and not (typed.isascii() and typed.isdigit()):
        raise InvalidInput("write the minutes as a number, such as 30", field="minutes")
    return service.AddNotice(
        values["text"],
        urgent=kind == "urgent",
        emergency=kind == "emergency",
        zone=values["zone"].strip() or None,
        minutes=int(typed) if typed else None,
    )
