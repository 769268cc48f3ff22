"""The lines around a screen's body: title bar, message line, and what a too small terminal gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from hms.kernel.i18n import phrase, tr
from hms.kit.tui_text import fit, one_line, plain

if TYPE_CHECKING:
    from hms.kit.tui_app import HmsApp

SMALLEST = (80, 24)
WIDE = 120


class TitleBar(Static):
    """One line: where one is, who one is, which hospital, what time it is."""

    DEFAULT_CSS = "TitleBar { height: 1; background: $hms-panel; color: $hms-text; }"

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title
        self._drawn: tuple[object, ...] = ()

    def on_mount(self) -> None:
        """Follow the clock."""
        self.set_interval(1.0, self.redraw)
        self.redraw()

    def on_resize(self) -> None:
        """Fill the new width."""
        self.redraw()

    def retitle(self, title: str) -> None:
        """Show ``title`` from now on."""
        self._title = title
        self.redraw()

    def redraw(self) -> None:
        """Draw the line when anything of it changed."""
        host: HmsApp = self.app  # type: ignore[assignment]
        width = self.size.width or SMALLEST[0]
        drawn = (width, self._title, host.person, host.place, host.clock_text())
        if drawn == self._drawn:
            return
        self._drawn = drawn
        left = f" {one_line(tr(self._title))}"
        right = "   ".join(one_line(part) for part in drawn[3:] if part) + " "
        room = width - cell_len(left) - cell_len(right)
        middle = fit(f"   {host.person}" if host.person else "", room - 2) + "  " * (room > 1)
        self.update(
            Content.assemble(
                (left, "bold $hms-accent"), (middle, "$hms-text"), (right, "$hms-muted")
            )
        )


class MessageLine(Static):
    """The line above the key bar that answers what one did."""

    DEFAULT_CSS = """
    MessageLine {
        height: 1; width: 100%; padding: 0 1; color: $hms-text;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    MessageLine.good { color: $hms-good; }
    MessageLine.warn { color: $hms-warn; }
    MessageLine.bad { color: $hms-bad; text-style: bold; }
    """

    _said = ("", "")
    _over = ""

    def say(self, text: str, tone: str = "") -> None:
        """Show ``text``; ``tone`` is "", "good", "warn" or "bad"."""
        heard = (one_line(tr(text)), tone)
        if heard != self._said:  # a screen may say nothing at every key: that costs nothing
            self._said = heard
            self._draw()

    def say_over(self, text: str) -> None:
        """Show the warning ``text`` over what is said; an empty one shows that again."""
        text = tr(text)
        if text != self._over:
            self._over = text
            self._draw()

    def _draw(self) -> None:
        text, tone = (self._over, "warn") if self._over else self._said
        self.set_classes(tone)
        self.update(plain(text))


class TooSmall(Static):
    """What a terminal below 80 columns or 24 lines gets instead of a broken screen."""

    DEFAULT_CSS = """
    TooSmall {
        display: none; width: 100%; height: 100%; content-align: center middle;
        text-align: center; color: $hms-text; background: $hms-bg;
    }
    """

    def __init__(self) -> None:
        super().__init__(
            plain(
                phrase(
                    "Please make this window at least {width} × {height}.\n"
                    "Nothing is lost, everything comes back.",
                    width=SMALLEST[0],
                    height=SMALLEST[1],
                )
            )
        )
