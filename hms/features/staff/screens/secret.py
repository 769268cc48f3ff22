"""A one-time secret, shown once."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.widgets import Static

from hms.kit.base import HmsModal
from hms.kit.tui_actions import Action
from hms.kit.tui_text import plain


class SecretOnce(HmsModal[None]):
    """Shows the secret of ``name`` until the key that says it was handed over is struck."""

    TITLE_TEXT = "One-time secret"
    HELP_TEXT = (
        "Hand the secret over in person. With it they sign in once and choose their own password. "
        "It is kept nowhere: when it is lost, reset the user again."
    )
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action("f9", "Done", "It is handed over: close", "leave"),
        Action("escape", "", "Close", "stay"),
    )
    DEFAULT_CSS = """
    SecretOnce .for { color: $hms-muted; margin-bottom: 1; }
    SecretOnce .secret {
        height: 3; content-align: center middle; text-style: bold;
        color: $hms-accent; background: $hms-field; margin-bottom: 1;
    }
    """

    def __init__(self, name: str, secret: str) -> None:
        super().__init__()
        self._name = name
        self._secret = secret

    def compose_body(self) -> ComposeResult:
        """Lay out for whom, the secret, and what comes next."""
        yield Static(
            plain(f"For {self._name}, to sign in once and choose a password:"), classes="for"
        )
        yield Static(plain(self._secret), classes="secret")
        yield Static(plain("Shown only now. F9 when it is handed over."), classes="for")

    def action_stay(self) -> None:
        """Stay: a slip of the hand must not lose the secret."""
        self.say("F9 closes it; it cannot be shown again.", "warn")
