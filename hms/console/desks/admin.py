"""The administrator's and the manager's desk: users, doctors, queues, rooms, walls, notices."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from hms.console.desks import alarm
from hms.console.desks.doctor_keys import RECEPTION
from hms.console.desks.kiosks import KIOSKS, show_kiosks
from hms.console.desks.safety import SafetyLine, load_safety
from hms.features.displays.screens.notices import NoticesPanel
from hms.features.displays.screens.panel import ScreensPanel
from hms.features.staff.screens.doctors import DoctorsPanel
from hms.features.staff.screens.places import PlacesPanel
from hms.features.staff.screens.users import UsersPanel
from hms.features.tokens.screens.queue_admin import QueuesPanel
from hms.kernel.i18n import tr
from hms.kit.base import HmsScreen, HospitalChanged
from hms.kit.keybar import KeyBar
from hms.kit.tui_actions import Action, merged
from hms.kit.tui_list import ListPanel

_STAFF = {"UserChanged", "DoctorChanged", "DoctorStatusChanged", "RoomChanged", "DepartmentAdded"}
_SCREENS = {"ScreenChanged", "ScreenPaired", "ScreenRevoked", "NoticesChanged"}
SAFETY_SECONDS = 300.0


class AdminDesk(HmsScreen[None]):
    """Six lists, one shown at a time; its keys are those of the list that is shown."""

    TITLE_TEXT = "Administration"
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action("f5", "Users", "Show the users", "users", "", "users.see"),
        Action("f6", "Docs", "Show the doctors", "doctors", "", "doctors.see"),
        Action("f7", "Queue", "Show the queues", "queues", "", "queues.see"),
        Action("f8", "Rooms", "Show rooms and departments", "places", "", "places.see"),
        Action("ctrl+g", "Walls", "Show the screens in the halls", "walls", "", "displays.see"),
        Action("ctrl+e", "Note", "Show the notices on the walls", "notices", "", "notices.see"),
        RECEPTION,
        alarm.NOTE,
        KIOSKS,
    )  # fmt: skip
    DEFAULT_CSS = """
    AdminDesk #tabs { height: auto; max-height: 3; padding: 1 1 0 1; }
    AdminDesk ListPanel { display: none; }
    AdminDesk ListPanel.-shown { display: block; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._panels: dict[str, ListPanel[Any]] = {
            "users": UsersPanel(),
            "doctors": DoctorsPanel(),
            "queues": QueuesPanel(),
            "places": PlacesPanel(),
            "walls": ScreensPanel(),
            "notices": NoticesPanel(),
        }
        self._shown = "users"

    @property
    def panel(self) -> ListPanel[Any]:
        """Return the list that is shown."""
        return self._panels[self._shown]

    def compose_body(self) -> ComposeResult:
        """Lay out the alarm line, the names of the lists, and the lists."""
        yield alarm.AccessAlarm()
        yield SafetyLine()
        yield Static(id="tabs")
        yield from self._panels.values()

    def on_mount(self) -> None:
        """Show the users; a backup grows old while nobody types."""
        self._turn_to(self._shown)
        self.set_interval(SAFETY_SECONDS, self.loader.ask)

    async def load(self) -> None:
        """Load the list that is shown, and the alarm line."""
        await self.panel.load()
        await alarm.load_alarm(self)
        await load_safety(self)

    def concerns(self, change: HospitalChanged) -> bool:
        """Return whether staff or a queue changed, or a record was opened with a reason."""
        return bool(change.topics) or bool(change.kinds & (_STAFF | _SCREENS | alarm.KINDS))

    def help_text(self) -> str:
        """Return the help of the list that is shown."""
        return f"{tr(self.panel.TITLE_TEXT)}. {tr(self.panel.HELP_TEXT)}"

    def actions(self) -> tuple[Action, ...]:
        """Return what can be done with the list, then what the desk offers."""
        own = tuple(a for a in self.panel.all_actions if self.host.may(a.permission))
        return merged(own, super().actions())

    def enabled(self, action: Action) -> bool:
        """Ask the list about its own actions."""
        return self.panel.enabled(action) if action in self.panel.all_actions else True

    def act(self, action: Action) -> None:
        """Do ``action`` where it belongs."""
        if action in self.panel.all_actions:
            self.panel.act(action)
        else:
            super().act(action)

    def action_users(self) -> None:
        """Show the users."""
        self._turn_to("users")

    def action_doctors(self) -> None:
        """Show the doctors."""
        self._turn_to("doctors")

    def action_queues(self) -> None:
        """Show the queues."""
        self._turn_to("queues")

    def action_places(self) -> None:
        """Show rooms and departments."""
        self._turn_to("places")

    def action_note_access(self) -> None:
        """Take note of a record that was opened with a reason."""
        self.perform(alarm.note_access(self))

    def action_walls(self) -> None:
        """Show the screens in the halls."""
        self._turn_to("walls")

    def action_notices(self) -> None:
        """Show the notices on the walls."""
        self._turn_to("notices")

    def action_kiosks(self) -> None:
        """Lock a self-service kiosk, or open one again."""
        self.perform(show_kiosks(self))

    def action_reception(self) -> None:
        """Open the reception desk over this one."""
        from hms.console.desks.reception import ReceptionDesk

        self.host.push_screen(ReceptionDesk(closable=True))

    def _turn_to(self, name: str) -> None:
        self.panel.remove_class("-shown")
        self._shown = name
        self.panel.add_class("-shown")
        self.panel.focus_filter()
        self._show_tabs()
        self.query_one(KeyBar).show(self.actions())
        self.say("")
        self.loader.ask()

    def _show_tabs(self) -> None:
        parts: list[tuple[str, str]] = []
        keys = {action.name: action.cap for action in self.all_actions}
        used, wide = 0, self.size.width - 2
        for name, panel in self._panels.items():
            shown = name == self._shown
            cap, title = f" {keys[name]} ", f" {tr(panel.TITLE_TEXT)} "
            used += len(cap) + len(title)
            if used > wide:  # a key and its list stay on one line
                parts.append(("\n", ""))
                used = len(cap) + len(title)
            parts.append((cap, "$hms-muted"))
            style = "bold $hms-on-key on $hms-key" if shown else "$hms-text"
            parts.append((title, style))
            parts.append(("  ", ""))
            used += 2
        self.query_one("#tabs", Static).update(Content.assemble(*parts))
