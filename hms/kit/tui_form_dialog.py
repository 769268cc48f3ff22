"""A small form in a dialog: what is wrong stands beside the field, the dialog stays open."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.widgets import Static

from hms.kernel.errors import HmsError
from hms.kernel.i18n import tr
from hms.kit.base import HmsModal
from hms.kit.forms import Field, Form
from hms.kit.tui_actions import Action
from hms.kit.tui_text import plain

Save = Callable[[Mapping[str, str]], Awaitable[Any]]


class FormDialog(HmsModal[Any]):
    """Asks for ``fields`` and gives them to ``save``; ends with what that returned.

    ``aliases`` maps the names that errors use to the names of the fields.
    """

    HELP_TEXT = "Enter goes to the next field and saves after the last. Esc keeps what was typed."
    ACTIONS: ClassVar[tuple[Action, ...]] = (Action("f9", "Save", "Save it now", "save"),)
    DEFAULT_CSS = """
    FormDialog > #dialog { width: 80; padding: 1 1; }
    FormDialog .question { text-style: bold; color: $hms-accent; margin-bottom: 1; padding: 0 1; }
    FormDialog Form { margin-bottom: 1; }
    """

    def __init__(
        self,
        title: str,
        fields: Sequence[Field],
        save: Save,
        *,
        draft: str = "",
        aliases: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        self._title = title
        self._fields = tuple(fields)
        self._save_values = save
        self._draft = draft
        self._aliases = dict(aliases or {})

    def title_text(self) -> str:
        """Return what is asked for."""
        return self._title

    def compose_body(self) -> ComposeResult:
        """Lay out title and form."""
        yield Static(plain(tr(self._title)), classes="question")
        yield Form(self._fields, draft=self._draft)

    def on_mount(self) -> None:
        """Begin at the first field."""
        self.query_one(Form).focus_field(self._fields[0].name)

    def on_form_submitted(self) -> None:
        """Save after the last field."""
        self.action_save()

    def action_save(self) -> None:
        """Save."""
        self.perform(self._save())

    def show_error(self, error: HmsError) -> None:
        """Say what is wrong beside its field, and what helps below."""
        field = self._aliases.get(error.field or "", error.field)
        shown = HmsError(error.message, hint=error.hint, field=field)
        self.query_one(Form).show_error(shown)
        super().show_error(error)

    async def _save(self) -> None:
        form = self.query_one(Form)
        result = await self._save_values(form.values)
        form.saved()
        self.dismiss(result)
