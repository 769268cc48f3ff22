"""All queues as they stand: who waits, who is called where, how long it takes."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from hms.features.tokens.queries import QueueView
from hms.features.tokens.rules import Status, room_words
from hms.features.tokens.screens.words import wait_range
from hms.kernel.i18n import phrase, tr, word
from hms.kit.live_table import Column, LiveTable, Row
from hms.kit.tui_text import plain


class LiveBoard(Vertical):
    """The queues of the hospital, live; no cursor, nothing to be done here."""

    DEFAULT_CSS = """
    LiveBoard { height: 1fr; width: 1fr; padding: 0 1; }
    LiveBoard > .sum { height: 1; color: $hms-muted; }
    LiveBoard LiveTable { height: 1fr; }
    """
    COLUMNS = (
        Column("Queue", 6, tone="accent"),
        Column(""),
        Column("Now", 17, tone="call"),
        Column("Wait", 4, right=True),
        Column("Minutes", 7, right=True, tone="muted"),
    )

    def compose(self) -> ComposeResult:
        """Lay out the sum and the list."""
        table = LiveTable(self.COLUMNS, empty="there is no queue yet")
        table.can_focus = False
        table.pointing = False
        yield Static(classes="sum")
        yield table

    def put(self, boards: Sequence[QueueView]) -> None:
        """Show ``boards``; only lines that changed are drawn."""
        waiting = sum(view.waiting for view in boards)
        inside = sum(len(view.serving) for view in boards)
        self.query_one(".sum", Static).update(
            plain(
                phrase(
                    " {waiting} waiting, {inside} called or in a room",
                    waiting=waiting,
                    inside=inside,
                )
            ),
            layout=False,
        )
        self.query_one(LiveTable).put_rows([board_row(view) for view in boards])


def board_row(view: QueueView) -> Row:
    """Return one queue as a row."""
    name = f"{view.row.name} · {tr(word('paused'))}" if view.paused else view.row.name
    minutes = wait_range(view)
    cells = (view.row.code, name, now_words(view), str(view.waiting), minutes)
    return Row(view.row.id, cells, tone="warn" if view.paused else "")


def now_words(view: QueueView) -> str:
    """Return who is called or served, a called one first: ``GM-041 Room 3 +1``."""
    serving = sorted(view.serving, key=lambda s: s.status != Status.CALLED)
    if not serving:
        return ""
    first = serving[0]
    more = f" +{len(serving) - 1}" if len(serving) > 1 else ""
    return f"{first.token} {tr(room_words(first.room or ''))}".strip() + more
