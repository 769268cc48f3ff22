"""The desk of a role whose rooms are not built yet: one's own profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from hms.features.staff import service as staff
from hms.kernel.clock import local_hm
from hms.kernel.i18n import phrase, word
from hms.kit.base import HmsScreen
from hms.kit.tui_text import fit, one_line

if TYPE_CHECKING:
    from hms.features.staff.service import Profile


class OwnDesk(HmsScreen[None]):
    """Shows who one is and until when one is signed in."""

    TITLE_TEXT = "My profile"
    HELP_TEXT = "You are signed in. Your password is changed from the list that Ctrl+P opens."
    DEFAULT_CSS = "OwnDesk #profile { padding: 2 4; height: auto; }"

    def compose_body(self) -> ComposeResult:
        """Lay out the profile."""
        with Vertical():
            yield Static(id="profile")

    async def load(self) -> None:
        """Show the profile."""
        profile: Profile = await self.ask(staff.who_am_i)
        rows = (
            (phrase("Name"), profile.full_name or profile.name),
            (phrase("Signs in as"), profile.name),
            (phrase("Role"), word(profile.role.value.replace("_", " "))),
            (phrase("Place"), profile.terminal),
            (phrase("Signed in until"), local_hm(profile.session_expires, self.host.time_zone)),
        )
        parts = [
            part
            for label, value in rows
            for part in ((fit(label, 18), "$hms-muted"), (f"{one_line(value)}\n", "$hms-text"))
        ]
        self.query_one("#profile", Static).update(Content.assemble(*parts))
