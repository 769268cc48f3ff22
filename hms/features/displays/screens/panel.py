"""The screens in the halls as the administrator sees them, and what can be done with each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from hms.features.displays import service
from hms.features.displays.queries import ScreenView
from hms.features.displays.service import PairingCode
from hms.kernel.clock import local_hm
from hms.kernel.i18n import phrase
from hms.kit.base import HmsScreen
from hms.kit.forms import Field
from hms.kit.live_table import Column, Row
from hms.kit.modals import Answer, Ask
from hms.kit.tui_actions import Action
from hms.kit.tui_form_dialog import FormDialog
from hms.kit.tui_list import Fact, ListPanel

LOOK_SECONDS = 5.0
_MANAGES = "displays.manage"
_MARKS = {
    "live": "● live",
    "stale": "✗ stale",
    "revoked": "– revoked",
    "never seen": "○ never seen",
}
_SOUNDS = {"ok": "♪ heard", "blocked": "! blocked", "off": "– off"}
_TONES = {"stale": "warn", "revoked": "muted", "never seen": "muted"}


class ScreensPanel(ListPanel[ScreenView]):
    """Every screen: live or not, heard or not, and its last call."""

    TITLE_TEXT = "Screens"
    HELP_TEXT = (
        "A screen appears here once it has shown the wall. Pairing gives out a code that is typed "
        "on the screen. Revoking closes a screen at once."
    )
    EMPTY = "no screen has reported yet; hms serve takes their reports"
    FIND = "name or zone"
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("Screen"),
        Column("Zone", 12),
        Column("State", 13),
        Column("Sound", 10),
        Column("Last call", 16),
        Column("Languages", 12, tone="muted", wide_only=True),
        Column("Paired", 7, tone="muted", wide_only=True),
    )
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action("f2", "Name", "Let the screen show its name", "identify", "", _MANAGES),
        Action("f3", "Pair", "Pair a screen", "add", "", _MANAGES),
        Action("f4", "Load", "Let the screen load its page again", "reload", "", _MANAGES),
        Action("f10", "Revok", "Send the screen away", "revoke", "", _MANAGES),
    )

    def on_mount(self) -> None:
        """Look now and then: a screen that is gone says nothing."""
        self.set_interval(LOOK_SECONDS, self._look)

    def _look(self) -> None:
        if self.has_class("-shown") and isinstance(self.screen, HmsScreen):
            self.screen.loader.ask()

    async def fetch(self) -> Sequence[ScreenView]:
        """Return all screens."""
        found: list[ScreenView] = await self.ask(service.list_screens)
        return found

    def row_of(self, item: ScreenView) -> Row:
        """Return one screen's row."""
        cells = (
            item.name,
            item.zone or "every queue",
            _MARKS.get(item.state, item.state),
            _SOUNDS.get(item.sound or "", ""),
            _last_call(item),
            item.languages,
            "yes" if item.paired else "no",
        )
        tone = "warn" if item.state == "live" and item.sound == "blocked" else ""
        return Row(item.id, cells, _TONES.get(item.state, tone))

    def facts_of(self, item: ScreenView) -> tuple[str, Sequence[Fact]]:
        """Return what is known of the screen."""
        zone = self.host.time_zone
        seen = "" if item.last_seen_at is None else local_hm(item.last_seen_at, zone)
        many = f"{item.screens} under this name" if item.screens > 1 else ""
        return item.name, (
            ("zone", item.zone or "every queue", ""),
            ("languages", item.languages, ""),
            ("paired", "yes" if item.paired else "no, it came by its name", ""),
            ("volume", "" if item.volume is None else f"{item.volume} %", ""),
            ("last seen", seen, ""),
            ("open", many, "warn"),
            ("last call", _last_call(item), ""),
        )

    def action_identify(self) -> None:
        """Let the chosen screen show its name."""
        self._order(service.identify_screen, "shows its name for a quarter of a minute")

    def action_reload(self) -> None:
        """Let the chosen screen load its page again."""
        self._order(service.reload_screen, "loads its page again")

    def action_add(self) -> None:
        """Ask for a screen's name and give out its code."""

        async def save(values: Mapping[str, str]) -> Any:
            wanted = service.PairScreen(
                values["name"], values["zone"] or None, tuple(values["lang"].split(","))
            )
            return await self.do(service.pair_screen, wanted)

        fields = (
            Field("name", "Name", max_length=64),
            Field("zone", "Zone (empty: every queue)", max_length=64),
            Field("lang", "Languages (en,hi)", max_length=80),
        )
        self.host.push_screen(FormDialog("Pair a screen", fields, save), self._given)

    def _given(self, code: PairingCode | None) -> None:
        if code is None:
            return
        until = local_hm(code.expires_at, self.host.time_zone)
        detail = f"Good once, until {until}. Type it on the screen, or open {code.address} there."
        done = [Answer("enter", "it is typed", "done")]
        self.host.push_screen(Ask(f"{code.name}: {code.code}", done, detail=detail))
        self.perform(self.load())

    def action_revoke(self) -> None:
        """Send the chosen screen away, after asking."""
        item = self.chosen
        if item is None:
            return

        async def revoke() -> None:
            await self.do(service.revoke_screen, item.name)
            await self.load()
            self.say(phrase("{name} is sent away", name=item.name), "good")

        self.confirm(
            phrase("Send {name} away?", name=item.name),
            revoke,
            label="send it away",
            detail="It closes at once.",
        )

    def _order(self, use_case: Any, words: str) -> None:
        item = self.chosen
        if item is None:
            self.say("Choose a screen first.")
            return

        async def tell() -> None:
            await self.do(use_case, item.name)
            self.say(f"{item.name} {words}", "good")

        self.perform(tell())


def _last_call(item: ScreenView) -> str:
    call = item.last_call
    if call is None:
        return ""
    return f"{call.shown_ms / 1000:.1f} s{', spoken' if call.spoken else ''}"
