"""Where somebody is signed in: a list of open sessions, each of which can be ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.widgets import Static

from hms.features.staff import service
from hms.features.staff.queries.views import SessionView
from hms.kernel.clock import local_hm
from hms.kernel.i18n import phrase
from hms.kit.base import HmsModal
from hms.kit.live_table import Column, LiveTable, Row
from hms.kit.modals import Answer, Ask
from hms.kit.tui_actions import Action
from hms.kit.tui_text import one_line, plain


class SessionsDialog(HmsModal[None]):
    """The open sessions of the user ``name``; without a name one's own."""

    HELP_TEXT = (
        "Each line is a place where somebody is signed in. An ended session asks for the "
        "password at its next key; what was half-typed there is kept for its owner."
    )
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action("f4", "End", "End the chosen session", "end"),
        Action("f9", "All", "End all of them; of one's own all but this one", "end_all"),
    )
    DEFAULT_CSS = """
    SessionsDialog > #dialog { width: 78; }
    SessionsDialog .question { text-style: bold; color: $hms-accent; margin-bottom: 1; }
    SessionsDialog LiveTable {
        height: auto; max-height: 12; min-height: 3; margin-bottom: 1; background: $hms-panel;
    }
    """

    def __init__(self, name: str | None = None) -> None:
        super().__init__()
        self._name = name
        self._sessions: dict[int | str, SessionView] = {}

    def title_text(self) -> str:
        """Return whose sessions they are."""
        return "My sessions" if self._name is None else f"Sessions of {self._name}"

    def compose_body(self) -> ComposeResult:
        """Lay out whose they are, and the list."""
        yield Static(plain(one_line(self.title_text())), classes="question")
        columns = (
            Column("Place"),
            Column("Since", 12),
            Column("Last seen", 10),
            Column("Ends", 6),
            Column("", 10, tone="muted"),
        )
        yield LiveTable(columns, empty="not signed in anywhere")

    def on_mount(self) -> None:
        """Show them."""
        self.query_one(LiveTable).focus()
        self.perform(self._load())

    def action_end(self) -> None:
        """Ask, then end the chosen session."""
        key = self.query_one(LiveTable).cursor_key
        chosen = None if key is None else self._sessions.get(key)
        if chosen is None:
            return
        question = f"End the session at {one_line(chosen.terminal)}?"
        self._ask(question, "f9", service.end_session, chosen.id)

    def action_end_all(self) -> None:
        """Ask, then end all of them; of one's own all others."""
        if self._name is None:
            self._ask("End all your sessions but this one?", "f4", service.end_other_sessions)
        else:
            question = f"End all sessions of {one_line(self._name)}?"
            self._ask(question, "f4", service.end_sessions_of_user, self._name)

    def _ask(self, question: str, key: str, use_case: Any, *args: Any) -> None:
        def answered(answer: str | None) -> None:
            if answer == "yes":
                self.perform(self._end(use_case, *args))

        ask = Ask(question, [Answer(key, "end", "yes")], detail="What is half-typed there is kept.")
        self.host.push_screen(ask, answered)

    async def _end(self, use_case: Any, *args: Any) -> None:
        ended: SessionView | Sequence[SessionView] = await self.do(use_case, *args)
        await self._load()
        count = 1 if isinstance(ended, SessionView) else len(ended)
        self.say("ended" if count == 1 else phrase("{count} sessions ended", count=count), "good")

    async def _load(self) -> None:
        found: list[SessionView]
        if self._name is None:
            found = await self.ask(service.list_own_sessions)
        else:
            found = await self.ask(service.list_sessions, self._name)
        self._sessions = {one.id: one for one in found}
        self.query_one(LiveTable).put_rows([self._row(one) for one in found])

    def _row(self, one: SessionView) -> Row:
        zone = self.host.time_zone
        since = f"{one.created_at:%d %b} {local_hm(one.created_at, zone)}"
        seen, ends = local_hm(one.last_seen_at, zone), local_hm(one.expires_at, zone)
        here = "this one" if one.current else ""
        return Row(one.id, (one.terminal, since, seen, ends, here))
