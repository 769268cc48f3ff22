"""The last thing this desk did, and for how many seconds it can still be taken back."""

from __future__ import annotations

from time import monotonic

from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from hms.features.tokens.queries import TokenView
from hms.kernel.i18n import phrase, tr
from hms.kit.tui_text import plain


class UndoLine(Static):
    """One line: what F10 would take back, counting down; empty when there is nothing."""

    DEFAULT_CSS = "UndoLine { height: 1; width: 100%; padding: 0 1; color: $hms-muted; }"

    def __init__(self, key: str = "F10") -> None:
        super().__init__()
        self._key = key
        self._token: TokenView | None = None
        self._done = ""
        self._ends = 0.0
        self._ticking: Timer | None = None

    @property
    def token(self) -> TokenView | None:
        """Return the token whose last change can be taken back."""
        return self._token

    def offer(self, token: TokenView, done: str, seconds: float) -> None:
        """Offer to take back what was ``done`` to ``token`` for ``seconds``."""
        if seconds <= 0:
            return
        self._token, self._done, self._ends = token, done, monotonic() + seconds
        if self._ticking is None:
            self._ticking = self.set_interval(1.0, self._tick)
        self._tick()

    def forget(self) -> None:
        """Offer nothing any more."""
        self._token = None
        self._tick()

    def _tick(self) -> None:
        left = round(self._ends - monotonic())
        if self._token is None or left <= 0:
            self._token = None
            self.update("", layout=False)
            if self._ticking is not None:
                self._ticking.stop()
                self._ticking = None
            return
        self.update(
            Content.assemble(
                (f" {self._key} ", "bold $hms-on-key on $hms-key"),
                (tr(phrase(" takes back: ")), "$hms-muted"),
                plain(f"{self._token.code} {tr(self._done)}", "$hms-text"),
                (f"   {left} s", "bold $hms-warn"),
            ),
            layout=False,
        )
