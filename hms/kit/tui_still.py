"""Text that is drawn anew only when it says something else."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

_NOTHING = Content("")


class StillText(Static):
    """A Static for what is put again with every change of the hospital, mostly the same."""

    _said: Content | None = None

    def update(self, content: Content = _NOTHING, *, layout: bool = True) -> None:  # type: ignore[override]
        """Show ``content`` where it differs, in its words or in their colours."""
        said = self._said
        if said is not None and (said.plain, said.spans) == (content.plain, content.spans):
            return
        self._said = content
        super().update(content, layout=layout)
