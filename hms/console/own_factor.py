"""One's own second factor: how it stands; set up after the password, removed after a code, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.widgets import Static

from hms.console.login import CODE_DUE, WRONG_CODE
from hms.features.staff import service as staff
from hms.features.staff.screens.factor import EnrolDialog, RecoveryCodes
from hms.kernel.errors import HmsError, InvalidInput
from hms.kernel.i18n import phrase, tr
from hms.kit.base import HmsModal
from hms.kit.forms import Field, Form
from hms.kit.tui_actions import Action
from hms.kit.tui_text import plain

if TYPE_CHECKING:
    from hms.console.app import Console
    from hms.features.staff.service import FactorStatus
    from hms.infra.second_factor import Enrolment


class OwnFactor(HmsModal[None]):
    """Tells whether there is one; with the password it is set up or removed."""

    ASKS_PASSWORD = True
    TITLE_TEXT = "My second factor"
    HELP_TEXT = (
        "With a second factor an app on your telephone gives six digits that are asked for after "
        "your password, which may be 8 characters long then. A lost one is removed by an "
        "administrator; a recovery code signs you in once without it."
    )
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action("enter", "Go on", "Set it up, or remove it", "go_on"),
    )
    DEFAULT_CSS = """
    OwnFactor .question { text-style: bold; color: $hms-accent; margin-bottom: 1; }
    OwnFactor .state { margin-bottom: 1; }
    OwnFactor > #dialog { width: 78; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._there = False

    @property
    def console(self) -> Console:
        """Return the app."""
        return self.app  # type: ignore[return-value]

    def compose_body(self) -> ComposeResult:
        """Lay out how it stands, and the password."""
        yield Static(plain(tr(self.TITLE_TEXT)), classes="question")
        yield Static(classes="state")
        yield Form(
            [
                Field("password", "Your password", secret=True, max_length=4096),
                Field("code", "Code", "of your authenticator, or a recovery code", max_length=60),
            ]
        )

    def on_mount(self) -> None:
        """Say how it stands."""
        self.form.offer("code", offered=False)
        self.form.focus_field("password")
        self.perform(self._load())

    def on_form_submitted(self) -> None:
        """Go on."""
        self.action_go_on()

    def action_go_on(self) -> None:
        """Set it up, or remove it."""
        self.perform(self._remove() if self._there else self._offer())

    def show_error(self, error: HmsError) -> None:
        """Show beside the field what was wrong."""
        if error.code == "session.wrong_password":
            error = InvalidInput("not your password", field="password")
        code = error.code in (CODE_DUE, WRONG_CODE)
        if code:
            said = phrase("type a code, too") if error.code == CODE_DUE else error.message
            error = InvalidInput(said, hint=error.hint, field="code")
        if not self.form.show_error(error, empty=code):
            super().show_error(error)

    async def _load(self) -> None:
        status: FactorStatus = await self.ask(staff.second_factor_status)
        self._there = status.enrolled
        if status.enrolled:
            text = phrase(
                "It is set up; {count} recovery codes are left. "
                "Type your password and a code to remove it.",
                count=status.recovery_codes_left,
            )
        else:
            text = phrase("It is not set up. Type your password to set it up.")
        self.form.offer("code", status.enrolled)
        self.query_one(".state", Static).update(plain(text))

    async def _offer(self) -> None:
        enrolment = await self.console.link.offer_second_factor(self._password)
        console = self.console
        self.dismiss(None)
        dialog = EnrolDialog(enrolment, console.link.confirm_second_factor)
        console.push_screen(dialog, lambda confirmed: _tell(console, confirmed, enrolment))

    async def _remove(self) -> None:
        code = self.form.values["code"].strip() or None
        await self.console.link.remove_second_factor(self._password, code)
        self.dismiss(None)
        self.console.say("Your second factor is removed.", "good")

    @property
    def form(self) -> Form:
        """Return the form."""
        return self.query_one(Form)

    @property
    def _password(self) -> str:
        return self.form.values["password"]


def _tell(console: Console, confirmed: bool | None, enrolment: Enrolment) -> None:
    if confirmed:
        console.push_screen(RecoveryCodes(enrolment.recovery_codes))
    else:
        console.say("Your second factor is not set up.")
