"""Rooms and departments, and who sits where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from hms.features.staff import service
from hms.infra.uow import Work
from hms.kernel.actor import Actor
from hms.kernel.i18n import phrase
from hms.kit.forms import Field
from hms.kit.live_table import Column, Row
from hms.kit.tui_actions import Action
from hms.kit.tui_form_dialog import FormDialog
from hms.kit.tui_list import Fact, ListPanel


@dataclass(frozen=True, slots=True)
class Place:
    """A room or a department, and the doctors in it."""

    kind: str
    id: int
    name: str
    doctors: tuple[str, ...]

    @property
    def key(self) -> str:
        """Return what tells it from every other place."""
        return f"{self.kind}{self.id}"


def places(work: Work, actor: Actor) -> list[Place]:
    """Return all rooms, then all departments."""
    doctors = service.list_doctors(work, actor)

    def of(kind: str, views: Sequence[Any]) -> list[Place]:
        return [
            Place(
                kind, view.id, view.name,
                tuple(d.shown_name for d in doctors if getattr(d, kind) == view.name),
            )
            for view in views
        ]  # fmt: skip

    rooms = of("room", service.list_rooms(work, actor))
    return rooms + of("department", service.list_departments(work, actor))


class PlacesPanel(ListPanel[Place]):
    """Rooms and departments of the hospital."""

    TITLE_TEXT = "Rooms and departments"
    HELP_TEXT = "Rooms are where tokens are called to. A queue or a doctor with a new room adds it."
    FIND = "name"
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("Name"),
        Column("Kind", 12, tone="muted"),
        Column("Doctors", 32),
    )
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action("f2", "Name", "Rename the room", "edit", "", "places.define"),
        Action("f3", "Add", "Add a room", "add", "", "places.define"),
        Action("f4", "Dept", "Add a department", "add_department", "", "places.define"),
    )

    async def fetch(self) -> Sequence[Place]:
        """Return rooms and departments."""
        found: list[Place] = await self.ask(places)
        return found

    def row_of(self, item: Place) -> Row:
        """Return one place's row."""
        return Row(item.key, (item.name, item.kind, ", ".join(item.doctors)))

    def facts_of(self, item: Place) -> tuple[str, Sequence[Fact]]:
        """Return who is there."""
        return item.name, (("kind", item.kind, ""), ("doctors", ", ".join(item.doctors), ""))

    def needs(self, action: Action) -> bool:
        """Return whether ``action`` works on a chosen row: adding does not."""
        return action.name == "edit"

    def enabled(self, action: Action) -> bool:
        """Offer a new name for rooms only."""
        item = self.chosen
        return action.name != "edit" or (item is not None and item.kind == "room")

    def action_add(self) -> None:
        """Ask for a new room."""
        self._ask_name("A new room", "room", service.add_room)

    def action_add_department(self) -> None:
        """Ask for a new department."""
        self._ask_name("A new department", "department", service.add_department)

    def action_edit(self) -> None:
        """Ask for the room's new name."""
        item = self.chosen
        if item is None or item.kind != "room":
            self.say("Choose a room first; a department keeps its name.")
            return
        fields = (Field("new name", "New name", value=item.name, max_length=40),)

        async def save(values: Mapping[str, str]) -> Any:
            return await self.do(service.rename_room, item.name, values["new name"])

        dialog = FormDialog(
            phrase("Rename {name}", name=item.name), fields, save, aliases={"room": "new name"}
        )
        self.host.push_screen(dialog, self._saved)

    def _ask_name(self, title: str, kind: str, use_case: Any) -> None:
        async def save(values: Mapping[str, str]) -> Any:
            return await self.do(use_case, values[kind])

        fields = (Field(kind, "Name", max_length=80),)
        self.host.push_screen(FormDialog(title, fields, save), self._saved)

    def _saved(self, view: Any) -> None:
        if view is not None:
            self.say(phrase("{name} is saved", name=view.name), "good")
            self.perform(self.load())
