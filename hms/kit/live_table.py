"""A live list drawn line by line: a changed row redraws its own line and nothing else.

Textual's DataTable repaints as a whole (70 ms); this one answers an update in a
few milliseconds with thousands of rows, and keeps the cursor on the same row
when rows move.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click, Resize
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from hms.kernel.i18n import tr
from hms.kit.tui_text import fit, one_line

Key = int | str
TONES = ("muted", "accent", "good", "warn", "bad", "call")


@dataclass(frozen=True, slots=True)
class Column:
    """One column; ``width`` in cells, 0 shares what is left; ``wide_only`` from 100 cells on."""

    title: str
    width: int = 0
    right: bool = False
    tone: str = ""
    wide_only: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its key stays the same while its cells change; ``tone`` colours all of it."""

    key: Key
    cells: tuple[str, ...]
    tone: str = ""


class LiveTable(ScrollView, can_focus=True):
    """Rows under a fixed heading, with one chosen row."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "edge(0)", show=False),
        Binding("end", "edge(1)", show=False),
        Binding("enter", "choose", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"live--head", "live--cursor", "live--rest"} | {
        f"live--{tone}" for tone in TONES
    }
    DEFAULT_CSS = """
    LiveTable {
        background: $hms-bg; color: $hms-text; height: 1fr; width: 1fr;
        scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0; overflow-x: hidden;
        & > .live--head { color: $hms-muted; text-style: bold; }
        & > .live--cursor { color: $hms-on-cursor; background: $hms-cursor; text-style: bold; }
        & > .live--rest { color: $hms-text; background: $hms-rest; }
        & > .live--muted { color: $hms-muted; }
        & > .live--accent { color: $hms-accent; }
        & > .live--good { color: $hms-good; }
        & > .live--warn { color: $hms-warn; }
        & > .live--bad { color: $hms-bad; }
        & > .live--call { color: $hms-call; text-style: bold; }
    }
    """

    class Chosen(Message):
        """A row was chosen with Enter or a click."""

        def __init__(self, table: LiveTable, key: Key) -> None:
            super().__init__()
            self.table = table
            self.key = key

        @property
        def control(self) -> LiveTable:
            """Return the table."""
            return self.table

    class Moved(Message):
        """The cursor stands on another row (None: there are no rows)."""

        def __init__(self, table: LiveTable, key: Key | None) -> None:
            super().__init__()
            self.table = table
            self.key = key

        @property
        def control(self) -> LiveTable:
            """Return the table."""
            return self.table

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        empty: str = "",
        head: bool = True,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._columns = tuple(columns)
        self._rows: list[Row] = []
        self._index: dict[Key, int] = {}
        self._cursor = 0
        self._empty = empty
        self._head = 1 if head else 0
        self._pointing = True
        self._styles: dict[str, Style] = {}

    # -- rows -------------------------------------------------------------------

    @property
    def rows(self) -> tuple[Row, ...]:
        """Return the rows as they are shown."""
        return tuple(self._rows)

    @property
    def cursor_key(self) -> Key | None:
        """Return the key of the chosen row."""
        return self._rows[self._cursor].key if self._rows else None

    @property
    def pointing(self) -> bool:
        """Return whether a row is marked as chosen; without it, nothing is chosen yet."""
        return self._pointing

    @pointing.setter
    def pointing(self, pointing: bool) -> None:
        if pointing != self._pointing:
            self._pointing = pointing
            self._draw(self._cursor)

    def put_rows(self, rows: Sequence[Row], *, follow: bool = True) -> None:
        """Show ``rows``; only changed lines are drawn.

        The cursor stays on its row, or with ``follow`` false at its place.
        """
        before, cursor_before, key = self._rows, self._cursor, self.cursor_key
        top = int(self.scroll_offset.y)
        self._rows = list(rows)
        self._index = {row.key: n for n, row in enumerate(self._rows)}
        kept = self._index.get(key) if key is not None and follow else None
        self._cursor = kept if kept is not None else min(self._cursor, max(0, len(rows) - 1))
        if len(before) != len(self._rows):
            self._measure()
        self._draw_changed(before, cursor_before, top)
        if self._cursor != cursor_before:
            self._show_cursor()
        if follow and self.cursor_key != key:
            self.post_message(self.Moved(self, self.cursor_key))

    def say_when_empty(self, words: str) -> None:
        """Say ``words`` where there are no rows."""
        if words != self._empty:
            self._empty = words
            self._draw(0)

    def put_row(self, row: Row) -> None:
        """Show ``row`` in place of the one with the same key; unknown keys are ignored."""
        at = self._index.get(row.key)
        if at is not None and self._rows[at] != row:
            self._rows[at] = row
            self._draw(at)

    def move_to(self, key: Key) -> None:
        """Put the cursor on the row ``key`` when there is one."""
        if key in self._index:
            self._go(self._index[key])

    # -- keys -------------------------------------------------------------------

    def action_move(self, by: int) -> None:
        """Move the cursor by ``by`` rows."""
        self._go(self._cursor + by)

    def action_page(self, by: int) -> None:
        """Move the cursor by ``by`` pages."""
        self._go(self._cursor + by * max(1, self.size.height - self._head - 1))

    def action_edge(self, end: int) -> None:
        """Move the cursor to the first (0) or last (1) row."""
        self._go((len(self._rows) - 1) * end)

    def action_choose(self) -> None:
        """Choose the row under the cursor."""
        key = self.cursor_key
        if key is not None:
            self.post_message(self.Chosen(self, key))

    def on_click(self, event: Click) -> None:
        """Move the cursor to the row that was clicked."""
        at = event.y - self._head + int(self.scroll_offset.y)
        if event.y >= self._head and 0 <= at < len(self._rows):
            self._go(at)

    def on_focus(self) -> None:
        """Show the cursor as active."""
        self._draw(self._cursor)

    def on_blur(self) -> None:
        """Show the cursor as resting."""
        self._draw(self._cursor)

    def on_resize(self, _: Resize) -> None:
        """Fit the columns into the new width."""
        self._measure()
        self._show_cursor()

    def notify_style_update(self) -> None:
        """Forget the styles of the theme before."""
        self._styles.clear()
        super().notify_style_update()

    # -- drawing ----------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """Return one line of the visible part."""
        width = self.scrollable_content_region.width
        if self._head and y == 0:
            titles = tuple(tr(column.title, "column") for column in self._columns)
            return self._strip(titles, width, self._style("live--head"), toned=False)
        at = y - self._head + int(self.scroll_offset.y)
        if at >= len(self._rows):
            note = tr(self._empty) if not self._rows and at == 0 else ""
            return Strip([Segment(fit(f" {note}", width), self._style("live--muted"))], width)
        row = self._rows[at]
        if at == self._cursor and self._pointing:
            name = "live--cursor" if self.has_focus else "live--rest"
            return self._strip(row.cells, width, self._style(name), toned=False)
        style = self._style(f"live--{row.tone}" if row.tone else "")
        return self._strip(row.cells, width, style, toned=not row.tone)

    def _strip(self, cells: tuple[str, ...], width: int, style: Style, *, toned: bool) -> Strip:
        segments = [Segment(" ", style)]
        for column, cell, cell_width in zip(
            self._columns, cells, self._widths(width), strict=False
        ):
            if not cell_width:
                continue
            own = self._style(f"live--{column.tone}") if toned and column.tone else style
            segments.append(Segment(fit(one_line(cell), cell_width, right=column.right), own))
            segments.append(Segment("  ", style))
        return Strip(segments).adjust_cell_length(width, style)

    def _widths(self, width: int) -> list[int]:
        shown = [not c.wide_only or width >= 100 for c in self._columns]
        fixed = [c.width if on else 0 for c, on in zip(self._columns, shown, strict=True)]
        sharing = [on and not c.width for c, on in zip(self._columns, shown, strict=True)]
        rest = max(0, width - 1 - sum(fixed) - 2 * sum(shown))
        share = rest // sum(sharing) if any(sharing) else 0
        return [max(1, share) if s else f for f, s in zip(fixed, sharing, strict=True)]

    def _style(self, name: str) -> Style:
        if name not in self._styles:
            style = self.get_component_rich_style(name) if name else self.rich_style
            self._styles[name] = style
        return self._styles[name]

    def _measure(self) -> None:
        width = self.scrollable_content_region.width
        self.virtual_size = Size(width, len(self._rows) + self._head)

    def _draw_changed(self, before: list[Row], cursor_before: int, top_before: int) -> None:
        if int(self.scroll_offset.y) != top_before:
            self.refresh()
            return
        first = top_before
        last = first + self.size.height
        for at in range(first, last):
            old = before[at] if at < len(before) else None
            new = self._rows[at] if at < len(self._rows) else None
            was_cursor, is_cursor = at == cursor_before, at == self._cursor
            if old != new or was_cursor != is_cursor:
                self._draw(at)

    def _draw(self, at: int) -> None:
        y = at - int(self.scroll_offset.y) + self._head
        if self._head <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def _go(self, at: int) -> None:
        at = max(0, min(at, len(self._rows) - 1))
        if at == self._cursor or not self._rows:
            return
        before, self._cursor = self._cursor, at
        self._draw(before)
        self._draw(at)
        self._show_cursor()
        self.post_message(self.Moved(self, self.cursor_key))

    def _show_cursor(self) -> None:
        page = max(1, self.size.height - self._head)
        top = int(self.scroll_offset.y)
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False, immediate=True)
        elif self._cursor >= top + page:
            self.scroll_to(y=self._cursor - page + 1, animate=False, immediate=True)


class OpenChoice(LiveTable):
    """A list in which nothing is chosen before an arrow key: Enter alone does nothing."""

    class NothingChosen(Message):
        """Enter was struck before anything was chosen."""

    def on_mount(self) -> None:
        """Begin with nothing chosen."""
        self.pointing = False

    def put_rows(self, rows: Sequence[Row], *, follow: bool = True) -> None:
        """Show ``rows``; while nothing is chosen the newest, at the top, stay in sight."""
        if not self.pointing:
            self._go(0)
        super().put_rows(rows, follow=follow and self.pointing)

    def choose(self, key: Key) -> None:
        """Choose the row ``key``."""
        self.pointing = True
        self.move_to(key)

    @property
    def chosen_key(self) -> Key | None:
        """Return the key of the chosen row, None while nothing is chosen."""
        return self.cursor_key if self.pointing else None

    def action_move(self, by: int) -> None:
        """Choose the row under the resting cursor first, then move."""
        if self.pointing:
            super().action_move(by)
        else:
            self.pointing = True
            self.post_message(self.Moved(self, self.cursor_key))

    def action_choose(self) -> None:
        """Choose only what was pointed at."""
        if self.pointing:
            super().action_choose()
        else:
            self.post_message(self.NothingChosen())
