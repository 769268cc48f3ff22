"""Setting up a second factor: the QR code, the first code, and the recovery codes, once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from hms.infra.second_factor import Enrolment
from hms.kernel.errors import HmsError
from hms.kit.base import HmsModal
from hms.kit.forms import TextLine
from hms.kit.keybar import KeyBar
from hms.kit.qr import qr_lines
from hms.kit.tui_actions import Action
from hms.kit.tui_bars import MessageLine
from hms.kit.tui_text import plain

INK = "#000000 on #ffffff"  # what a camera reads, whatever the colours of the console


class EnrolDialog(HmsModal[bool]):
    """Shows what an authenticator is told and asks for its first code; ends when that is right."""

    ASKS_PASSWORD = True
    TITLE_TEXT = "Second factor"
    HELP_TEXT = (
        "An authenticator is an app on your telephone that shows six digits, new ones every "
        "half minute. Scan the code with it, or type the key into it, then type the digits here. "
        "From then on they are asked for after your password."
    )
    ACTIONS: ClassVar[tuple[Action, ...]] = (Action("enter", "OK", "Take the code", "confirm"),)
    DEFAULT_CSS = """
    EnrolDialog > #dialog { width: 84; height: auto; padding: 0; border: none; }
    EnrolDialog .qr { width: auto; height: auto; }
    EnrolDialog .beside { width: 1fr; height: auto; padding: 1 1 0 1; }
    EnrolDialog .beside Static { margin-bottom: 1; }
    EnrolDialog .question { text-style: bold; color: $hms-accent; }
    EnrolDialog .key { text-style: bold; color: $hms-accent; }
    """

    def __init__(self, enrolment: Enrolment, confirm: Callable[[str], Awaitable[object]]) -> None:
        super().__init__()
        self._enrolment = enrolment
        self._confirm = confirm

    def compose(self) -> ComposeResult:
        """Lay out the QR code, and beside it what to do."""
        with Horizontal(id="dialog"):
            lines = qr_lines(self._enrolment.address)
            yield Static(
                Content("\n").join(Content.styled(one, INK) for one in lines), classes="qr"
            )
            with Vertical(classes="beside"):
                yield Static(plain(self.TITLE_TEXT), classes="question")
                yield Static(plain("Scan this with your authenticator, or type the key into it:"))
                yield Static(Content("\n").join(self._key_lines()), classes="key")
                yield Static(plain("Then type the six digits that it shows:"))
                yield TextLine(max_length=40)
                yield MessageLine()
        yield KeyBar(self.actions(), self.enabled)

    def on_mount(self) -> None:
        """Begin at the code."""
        self.query_one(TextLine).focus()

    def on_input_submitted(self) -> None:
        """Take the code."""
        self.action_confirm()

    def action_confirm(self) -> None:
        """Take the code."""
        self.perform(self._try())

    def show_error(self, error: HmsError) -> None:
        """Say what was wrong, and ask again."""
        self.query_one(TextLine).value = ""
        super().show_error(error)

    async def _try(self) -> None:
        await self._confirm(self.query_one(TextLine).value)
        self.dismiss(True)

    def _key_lines(self) -> list[Content]:
        groups = self._enrolment.key_text.split()
        half = (len(groups) + 1) // 2
        return [plain(" ".join(groups[:half])), plain(" ".join(groups[half:]))]


class RecoveryCodes(HmsModal[None]):
    """Shows the recovery codes until the key that says they are written down is struck."""

    TITLE_TEXT = "Recovery codes"
    HELP_TEXT = (
        "Each signs you in once in place of the six digits, when the telephone is lost or empty. "
        "Keep them on paper, away from this desk. They cannot be shown again."
    )
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action("f9", "Done", "They are written down: close", "leave"),
        Action("escape", "", "Close", "stay"),
    )
    DEFAULT_CSS = """
    RecoveryCodes .for { color: $hms-muted; margin-bottom: 1; }
    RecoveryCodes .codes {
        content-align: center middle; text-style: bold; padding: 1 0;
        color: $hms-accent; background: $hms-field; margin-bottom: 1;
    }
    """

    def __init__(self, codes: tuple[str, ...]) -> None:
        super().__init__()
        self._codes = codes

    def compose_body(self) -> ComposeResult:
        """Lay out what they are for, and the codes in two columns."""
        half = (len(self._codes) + 1) // 2
        pairs = zip(self._codes[:half], self._codes[half:], strict=True)
        yield Static(
            plain("Your second factor is set up. Each of these signs you in once without it:"),
            classes="for",
        )
        lines = [plain("    ".join(pair)) for pair in pairs]
        yield Static(Content("\n").join(lines), classes="codes")
        yield Static(plain("Shown only now. F9 when they are written down."), classes="for")

    def action_stay(self) -> None:
        """Stay: a slip of the hand must not lose the codes."""
        self.say("F9 closes it; they cannot be shown again.", "warn")
