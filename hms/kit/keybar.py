"""The key bar: two lines that say what each key does on this screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.cells import cell_len
from textual.content import Content
from textual.widget import Widget

from hms.kernel.i18n import tr
from hms.kit.tui_actions import LONGEST_LABEL, Action
from hms.kit.tui_text import fit

FUNCTION_KEYS = tuple(f"f{n}" for n in range(1, 11))
_ROOMY = LONGEST_LABEL + 5  # cells from which cap and label get a space between


class KeyBar(Widget):
    """First line F1 to F10, each always in its place; second line the other keys."""

    DEFAULT_CSS = """
    KeyBar {
        dock: bottom; height: 2; width: 100%;
        background: $hms-panel; color: $hms-text;
    }
    """

    def __init__(
        self, actions: Sequence[Action], enabled: Callable[[Action], bool] | None = None
    ) -> None:
        super().__init__()
        self._actions = tuple(actions)
        self._enabled = enabled or (lambda _: True)
        self._drawn: tuple[tuple[Action, bool], ...] | None = None

    def show(self, actions: Sequence[Action]) -> None:
        """Show ``actions`` from now on."""
        self._actions = tuple(actions)
        self.again()

    def again(self) -> None:
        """Draw the bar anew where something else is enabled now."""
        if self._drawn != self._now():
            self.refresh()

    def _now(self) -> tuple[tuple[Action, bool], ...]:
        return tuple((action, self._enabled(action)) for action in self._actions)

    def render(self) -> Content:
        """Return both lines."""
        self._drawn = self._now()
        width = self.size.width or 80
        return Content("\n").join([self._function_keys(width), self._other_keys(width)])

    def _function_keys(self, width: int) -> Content:
        cell = width // len(FUNCTION_KEYS)
        by_key = {action.key: action for action in self._actions}
        cells = [
            self._cell(by_key[key], cell) if key in by_key else Content(" " * cell)
            for key in FUNCTION_KEYS
        ]
        return Content("").join(cells)

    def _cell(self, action: Action, cell: int) -> Content:
        gap = " " if cell >= _ROOMY else ""
        label = fit(gap + tr(action.label, "key"), cell - cell_len(action.cap))
        return self._styled(action, label)

    def _other_keys(self, width: int) -> Content:
        parts: list[Content] = []
        used = 0
        for action in self._actions:
            if not action.key or action.key in FUNCTION_KEYS or not action.label:
                continue
            label = f" {tr(action.label, 'key')}  "
            used += cell_len(action.cap) + cell_len(label)
            if used > width:
                break
            parts.append(self._styled(action, label))
        return Content("").join(parts)

    def _styled(self, action: Action, label: str) -> Content:
        if not self._enabled(action):
            return Content.assemble((action.cap, "$hms-muted"), (label, "$hms-muted"))
        return Content.assemble((action.cap, "bold $hms-on-key on $hms-key"), (label, "$hms-text"))
