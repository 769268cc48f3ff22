"""Changing one's own password."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.widgets import Static

from hms.kernel.errors import HmsError, InvalidInput
from hms.kernel.i18n import tr
from hms.kit.base import HmsModal
from hms.kit.forms import Field, Form
from hms.kit.tui_actions import Action
from hms.kit.tui_text import plain

if TYPE_CHECKING:
    from hms.console.app import Console

WEAK_PASSWORD = "password.weak"  # noqa: S105 an error code


class OwnPassword(HmsModal[None]):
    """Asks for the old password and twice for the new one."""

    ASKS_PASSWORD = True
    TITLE_TEXT = "Change my password"
    HELP_TEXT = "15 characters or more: four or five unrelated words do well."
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action("enter", "Go on", "Next field, then change it", "change"),
    )
    DEFAULT_CSS = """
    OwnPassword .question { text-style: bold; color: $hms-accent; margin-bottom: 1; }
    OwnPassword > #dialog { width: 78; }
    """

    def compose_body(self) -> ComposeResult:
        """Lay out the form."""
        yield Static(plain(tr(self.TITLE_TEXT)), classes="question")
        yield Form(
            [
                Field("old", "Old password", secret=True),
                Field("new", "New password", "15 characters or more", secret=True),
                Field("again", "Once more", secret=True),
            ]
        )

    def on_form_submitted(self) -> None:
        """Change it."""
        self.action_change()

    def action_change(self) -> None:
        """Change it."""
        self.perform(self._change())

    def show_error(self, error: HmsError) -> None:
        """Show beside its field what was wrong."""
        if error.code == WEAK_PASSWORD:
            error = InvalidInput(error.message, hint=error.hint, field="new")
        if error.code == "session.wrong_password":
            error = InvalidInput("not your password", field="old")
        if not self.query_one(Form).show_error(error):
            super().show_error(error)

    async def _change(self) -> None:
        values = self.query_one(Form).values
        if values["new"] != values["again"]:
            raise InvalidInput("these two differ", field="again")
        console: Console = self.app  # type: ignore[assignment]
        await console.link.change_password(values["old"], values["new"])
        self.dismiss(None)
        console.say("Your password is changed.", "good")
