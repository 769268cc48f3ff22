"""Sign-in: name and password, a new password when a one-time secret is due, the demo's accounts."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from hms.kernel.errors import HmsError, InvalidInput
from hms.kernel.i18n import phrase, tr
from hms.kit.base import HmsScreen
from hms.kit.forms import Field, Form
from hms.kit.tui_abstract import AbstractPump
from hms.kit.tui_actions import Action
from hms.kit.tui_text import plain

if TYPE_CHECKING:
    from hms.console.app import Console
    from hms.console.link import Person
    from hms.infra.second_factor import Enrolment

NEW_PASSWORD_DUE = "session.new_password_due"  # noqa: S105 an error code
WEAK_PASSWORD = "password.weak"  # noqa: S105 an error code
CODE_DUE, WRONG_CODE = "session.code_due", "session.wrong_code"
NEW_FIELDS = ("new", "again")


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account of the demo hospital, shown so that a newcomer can try it."""

    login: str
    password: str
    says: str


@dataclass(frozen=True, slots=True)
class Demo:
    """What the sign-in screen of a demo shows: accounts, and where the wall is."""

    accounts: Sequence[DemoAccount] = ()
    wall: str = ""


class PasswordScreen(HmsScreen[None], metaclass=AbstractPump):
    """Base of sign-in and lock: asks for name and password, and for what else is due."""

    ASKS_PASSWORD = True
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action("enter", "Go on", "Next field, then sign in", "go_on"),
        Action("ctrl+q", "Quit", "Leave HMS", "quit_console"),
    )
    DEFAULT_CSS = """
    PasswordScreen #middle { width: 100%; height: 1fr; align: center middle; }
    PasswordScreen #card { width: 78; height: auto; }
    PasswordScreen .hospital { text-style: bold; color: $hms-accent; text-align: center; }
    PasswordScreen .line { color: $hms-muted; text-align: center; margin-bottom: 1; }
    PasswordScreen Form { margin: 1 0; padding: 1 2; background: $hms-panel; }
    PasswordScreen .below { color: $hms-muted; width: auto; height: auto; }
    """

    def compose_body(self) -> ComposeResult:
        """Lay out who we are, the form, and what stands below."""
        with Vertical(id="middle"), Vertical(id="card"):
            yield Static(plain(self.host.place), classes="hospital")
            yield Static(plain(self.line()), classes="line")
            yield Form(
                [
                    Field("name", "Name", max_length=256),
                    Field("password", "Password", secret=True, max_length=4096),
                    Field("new", "New password", "15 characters or more", secret=True),
                    Field("again", "Once more", secret=True),
                    Field("code", "Code", "of your authenticator", max_length=60),
                ]
            )
            yield from self.compose_below()

    def compose_below(self) -> ComposeResult:
        """Give what stands below the form."""
        yield from ()

    def line(self) -> str:
        """Return the line below the hospital's name."""
        return ""

    @property
    def console(self) -> Console:
        """Return the app."""
        return self.app  # type: ignore[return-value]

    @property
    def form(self) -> Form:
        """Return the form."""
        return self.query_one(Form)

    def on_mount(self) -> None:
        """Begin with name and password."""
        self._ask_new(False)
        self._ask_code(False)

    def action_go_on(self) -> None:
        """Sign in with what is typed."""
        self.on_form_submitted()

    def action_quit_console(self) -> None:
        """Leave HMS."""
        self.console.exit()

    def on_form_submitted(self) -> None:
        """Sign in."""
        self.say("One moment …")
        self.perform(self._enter())

    @abstractmethod
    async def check(
        self, name: str, password: str, new: str | None, code: str | None
    ) -> Person | None:
        """Do what this screen asks the password for; return who came in by it."""

    @abstractmethod
    def go_in(self, person: Person | None) -> None:
        """Open what the password was asked for."""

    def show_error(self, error: HmsError) -> None:
        """Show what was wrong; what is due besides the password opens its fields."""
        self.say("")
        enrolment: Enrolment | None = getattr(error, "enrolment", None)
        if enrolment is not None:
            self._set_up_factor(enrolment)
            return
        if error.code == NEW_PASSWORD_DUE:
            self._ask_new(True)
            self.form.focus_field("new")
            self.say("That was a one-time secret, or is too short now: choose your own password.")
            return
        if error.code == CODE_DUE:
            self._ask_code(True)
            self.say("Type the six digits of your authenticator, or a recovery code.")
            return
        wrong_code = error.code == WRONG_CODE
        if wrong_code:
            error = InvalidInput(error.message, hint=error.hint, field="code")
        if error.code == WEAK_PASSWORD and self._new_due:
            error = InvalidInput(error.message, hint=error.hint, field="new")
        if not self.form.show_error(error, empty=wrong_code):
            self.form.fill({"password": ""})
            self.form.focus_field("password")
            super().show_error(error)

    async def _enter(self) -> None:
        name, password, new = self._typed()
        code = self.form.values["code"] if self._code_due else None
        self.go_in(await self.check(name, password, new, code))

    def _typed(self) -> tuple[str, str, str | None]:
        values = self.form.values
        name, password = values["name"].strip(), values["password"]
        if not name:
            raise InvalidInput("type your name", field="name")
        if not password:
            raise InvalidInput("type your password", field="password")
        new = values["new"] if self._new_due else None
        if new is not None and new != values["again"]:
            raise InvalidInput("these two differ", field="again")
        return name, password, new

    def _set_up_factor(self, enrolment: Enrolment) -> None:
        """Let them set up the second factor that their role asks for; nothing else opens."""
        from hms.features.staff.screens.factor import EnrolDialog, RecoveryCodes

        typed = self._typed()
        came_in: list[Person | None] = []

        async def confirm(code: str) -> None:
            came_in.append(await self.check(*typed, code))

        def done(confirmed: bool | None) -> None:
            if not confirmed:
                self.say("Your role asks for a second factor: nobody comes in without it.", "warn")
                return
            self.go_in(came_in[0])
            self.host.push_screen(RecoveryCodes(enrolment.recovery_codes))

        self.host.push_screen(EnrolDialog(enrolment, confirm), done)

    def _ask_new(self, due: bool) -> None:
        self._new_due = due
        for name in NEW_FIELDS:
            self.form.offer(name, due)

    def _ask_code(self, due: bool) -> None:
        self._code_due = due
        self.form.offer("code", due)
        if due:
            self.form.focus_field("code")

    def blank(self, name: str = "") -> None:
        """Empty the form for the next person."""
        self.form.clear()
        self._ask_new(False)
        self._ask_code(False)
        self.form.fill({"name": name})
        self.form.focus_field("password" if name else "name")
        self.say("")


class SignIn(PasswordScreen):
    """The first screen."""

    TITLE_TEXT = "HMS"
    HELP_TEXT = (
        "Type your name, Enter, your password, Enter. A new colleague gets a one-time secret "
        "from an administrator; with it you choose your own password here."
    )

    def __init__(self, demo: Demo | None) -> None:
        super().__init__()
        self._demo = demo

    def line(self) -> str:
        """Return what is asked for."""
        return phrase("Please sign in")

    def compose_below(self) -> ComposeResult:
        """Show the demo's accounts and the address of the wall."""
        if self._demo is not None:
            yield Static(self._demo_text(self._demo), classes="below")

    async def check(
        self, name: str, password: str, new: str | None, code: str | None
    ) -> Person | None:
        """Sign in."""
        return await self.console.link.sign_in(name, password, new, code)

    def go_in(self, person: Person | None) -> None:
        """Open the desk."""
        assert person is not None
        self.blank()
        self.console.enter(person)

    @staticmethod
    def _demo_text(demo: Demo) -> Content:
        parts: list[Content | tuple[str, str]] = []
        for account in demo.accounts:
            parts.append((f"  {account.login:<16}", "bold $hms-text"))
            parts.append((f"{account.password:<24}", "$hms-text"))
            parts.append((f"{tr(account.says)}\n", "$hms-muted"))
        if demo.wall:
            parts.append((tr(phrase("\n  The wall: ")), "$hms-muted"))
            parts.append((demo.wall, "bold $hms-accent"))
        return Content.assemble(*parts)
