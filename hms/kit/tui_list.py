"""A list with a live state, what can be done with its rows, and the facts of the chosen one.

The filter field has the keyboard: typing narrows the list, the arrow keys move in
it.  A panel gives its rows in ``fetch``, ``row_of`` and ``facts_of``; its ``ACTIONS``
are keys like those of a screen.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.content import Content
from textual.events import Key, Resize
from textual.widgets import Input, Static

from hms.kernel.i18n import tr, tr_phrase
from hms.kernel.text import fold
from hms.kit.base import Faceplate
from hms.kit.forms import TextLine
from hms.kit.live_table import Column, LiveTable, Row
from hms.kit.modals import Answer, Ask
from hms.kit.tui_abstract import AbstractPump
from hms.kit.tui_actions import Action
from hms.kit.tui_bars import WIDE
from hms.kit.tui_text import fit, one_line, plain

T = TypeVar("T")
Fact = tuple[str, str, str]  # label, value, tone
LABEL_WIDTH = 14
MOVES = {"up": ("move", -1), "down": ("move", 1), "pageup": ("page", -1), "pagedown": ("page", 1)}


def facts_text(title: str, facts: Sequence[Fact]) -> Content:
    """Return a title and labelled facts below it; a fact without a value is left out."""
    parts: list[Content | tuple[str, str]] = [plain(one_line(tr_phrase(title)), "bold $hms-accent")]
    for label, value, tone in facts:
        if value:
            parts.append(("\n" + fit(tr(label), LABEL_WIDTH), "$hms-muted"))
            parts.append(plain(one_line(value), f"$hms-{tone}" if tone else "$hms-text"))
    return Content.assemble(*parts)


def moved_in(table: LiveTable, event: Key) -> bool:
    """Move the cursor of ``table`` when ``event`` is an arrow or page key."""
    if event.key not in MOVES:
        return False
    event.stop()
    event.prevent_default()
    kind, by = MOVES[event.key]
    table.action_move(by) if kind == "move" else table.action_page(by)
    return True


class ListPanel(Faceplate, Vertical, Generic[T], metaclass=AbstractPump):
    """A list of ``T`` with a filter and the facts of the chosen one.

    ``COLUMNS`` are those of the table, ``EMPTY`` is what an empty list says, ``FIND``
    stands in the empty filter.
    """

    COLUMNS: ClassVar[tuple[Column, ...]] = ()
    EMPTY: ClassVar[str] = "nothing here yet"
    FIND: ClassVar[str] = "type to narrow the list"
    DEFAULT_CSS = """
    ListPanel { height: 1fr; width: 100%; }
    ListPanel > .find { height: 1; margin: 1 1 0 1; }
    ListPanel > .split { layout: vertical; height: 1fr; margin-top: 1; }
    ListPanel .facts { height: 7; width: 100%; padding: 0 1; border-top: solid $hms-rule; }
    ListPanel.-beside > .split { layout: horizontal; }
    ListPanel.-beside .facts {
        width: 46; height: 100%; border-top: none; border-left: solid $hms-rule;
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._items: dict[int | str, T] = {}
        self._rows: list[Row] = []

    # -- what a list gives ----------------------------------------------------

    @abstractmethod
    async def fetch(self) -> Sequence[T]:
        """Return what the list shows, in its order."""

    @abstractmethod
    def row_of(self, item: T) -> Row:
        """Return the row of ``item``."""

    @abstractmethod
    def facts_of(self, item: T) -> tuple[str, Sequence[Fact]]:
        """Return the title and the facts of ``item``."""

    # -- what a list does -----------------------------------------------------

    def compose(self) -> ComposeResult:
        """Lay out filter, list and facts."""
        yield TextLine(placeholder=tr(self.FIND), classes="find", max_length=80)
        with Container(classes="split"):
            yield LiveTable(self.COLUMNS, empty=self.EMPTY)
            yield Static(classes="facts")

    @property
    def table(self) -> LiveTable:
        """Return the list's table."""
        return self.query_one(LiveTable)

    @property
    def chosen(self) -> T | None:
        """Return the item under the cursor."""
        key = self.table.cursor_key
        return None if key is None else self._items.get(key)

    def on_resize(self, event: Resize) -> None:
        """Put the facts beside the list when there is room."""
        self.set_class(event.size.width >= WIDE, "-beside")

    def focus_filter(self) -> None:
        """Give the filter the keyboard."""
        self.query_one(".find", TextLine).focus()

    async def load(self) -> None:
        """Fetch and show; cursor and filter stay where they are."""
        pairs = [(self.row_of(item), item) for item in await self.fetch()]
        self._items = {row.key: item for row, item in pairs}
        self._rows = [row for row, _ in pairs]
        self._show()

    def point_at(self, key: int | str) -> None:
        """Put the cursor on the row ``key``, showing all rows when the filter hides it."""
        if all(row.key != key for row in self.table.rows):
            self.query_one(".find", TextLine).value = ""
            self._show()
        self.table.move_to(key)

    def say(self, text: str, tone: str = "") -> None:
        """Answer in the message line of the screen."""
        if isinstance(self.screen, Faceplate):
            self.screen.say(text, tone)

    def redraw_keys(self) -> None:
        """Draw the key bar of the screen again."""
        if isinstance(self.screen, Faceplate):
            self.screen.redraw_keys()

    def confirm(
        self,
        question: str,
        work: Callable[[], Coroutine[Any, Any, None]],
        *,
        label: str,
        detail: str = "",
        key: str = "f4",
    ) -> None:
        """Ask ``question``; ``key``, which must not be the one that led here, does ``work``."""

        def answered(answer: str | None) -> None:
            if answer == "yes":
                self.perform(work())

        self.host.push_screen(Ask(question, [Answer(key, label, "yes")], detail=detail), answered)

    def needs(self, action: Action) -> bool:
        """Return whether ``action`` works on a chosen row."""
        return action.name != "add"

    def enabled(self, action: Action) -> bool:
        """Return whether ``action`` makes sense now: most need a chosen row."""
        return not self.needs(action) or self.chosen is not None

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the list."""
        event.stop()
        self._show()

    def on_key(self, event: Key) -> None:
        """Move in the list while the filter has the keyboard."""
        moved_in(self.table, event)

    def on_live_table_moved(self, event: LiveTable.Moved) -> None:
        """Show the facts of the row one came to."""
        event.stop()
        self._tell()

    def _show(self) -> None:
        words = fold(self.query_one(".find", TextLine).value).split()
        rows = [
            row
            for row in self._rows
            if all(word in fold(" ".join(map(tr_phrase, row.cells))) for word in words)
        ]
        self.table.put_rows(rows)
        self._tell()

    def _tell(self) -> None:
        item = self.chosen
        box: Any = self.query_one(".facts", Static)
        box.update(facts_text(*self.facts_of(item)) if item is not None else "", layout=False)
        self.redraw_keys()
