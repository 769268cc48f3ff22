"""The line under a desk's call: which screens have shown it, and whether it was heard there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from hms.features.displays import service
from hms.features.displays.service.answers import CallAnswers
from hms.kernel.errors import HmsError
from hms.kit.tui_loading import Loader
from hms.kit.tui_text import one_line, plain

if TYPE_CHECKING:
    from hms.kit.base import HospitalChanged
    from hms.kit.tui_app import HmsApp

SEES = "displays.see"
LOOKS_SECONDS = (0.4, 0.9, 1.6, 2.4, 3.1, 4.0, 6.0, 9.0, 14.0)  # after the call


class AnswerLine(Static):
    """One line while a call of this desk is young; nothing without screens or a call."""

    DEFAULT_CSS = """
    AnswerLine { display: none; height: auto; max-height: 2; padding: 0 1; }
    AnswerLine.-told { display: block; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._token_id: int | None = None
        self._rung: int | None = None
        self._loader = Loader(self._load, self._failed)

    def on_unmount(self) -> None:
        """Stop loading."""
        self._loader.stop()

    def follow(self, token_id: int | None) -> None:
        """Tell what becomes of the token's last call from now on; None: of nothing."""
        host: HmsApp = self.app  # type: ignore[assignment]
        self._token_id = token_id if host.may(SEES) else None
        self._put(None)
        if self._token_id is not None:
            for seconds in LOOKS_SECONDS:
                self.set_timer(seconds, self._look)

    def hear(self, change: HospitalChanged) -> None:
        """Look again when a screen reported something."""
        if "ScreenChanged" in change.kinds:
            self._look()

    def _look(self) -> None:
        if self._token_id is not None:
            self._loader.ask()

    async def _load(self) -> None:
        host: HmsApp = self.app  # type: ignore[assignment]
        token_id = self._token_id
        if token_id is None:
            return
        answers: CallAnswers | None = await host.run_query(service.call_answers, token_id)
        if token_id == self._token_id:
            self._put(answers)

    def _put(self, answers: CallAnswers | None) -> None:
        said = answers is not None and bool(answers.screens)
        self.set_class(said, "-told")
        if answers is None or not said:
            return
        words = one_line(answers.words())
        if not answers.unseen:
            self.update(plain(f"{one_line(answers.token)} on the walls: {words}", "$hms-muted"))
            return
        alarm = f"{one_line(answers.token)} reached no screen: please call it aloud."
        self.update(
            Content.assemble(plain(alarm, "bold $hms-bad"), plain(f"  {words}", "$hms-text"))
        )
        if self._rung != answers.call_id:
            self._rung = answers.call_id
            self.app.bell()

    def _failed(self, error: Exception) -> None:
        """Leave the line as it is: the desk itself tells that the database is away."""
        if not isinstance(error, HmsError):
            host: HmsApp = self.app  # type: ignore[assignment]
            host.report_failure(error, self.screen)  # type: ignore[arg-type]
