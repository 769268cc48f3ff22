"""Forms: labelled fields, what is wrong beside the field, drafts that survive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import Key
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input, Static

from hms.kernel.errors import HmsError
from hms.kernel.i18n import tr, tr_phrase
from hms.kit.tui_text import plain

if TYPE_CHECKING:
    from hms.kit.tui_app import HmsApp


class TextLine(Input):
    """One line to type into: one row high, no blinking cursor (2 kB/s over SSH)."""

    DEFAULT_CSS = """
    TextLine, TextLine.-textual-compact {
        height: 1; padding: 0 1; border: none; background: $hms-field; color: $hms-text;
        &:focus { background: $hms-field-focus; background-tint: transparent; border: none; }
        & > .input--placeholder { color: $hms-muted; }
    }
    """

    def __init__(self, value: str = "", **kw: Any) -> None:
        super().__init__(value, compact=True, select_on_focus=False, **kw)
        self.cursor_blink = False

    def action_copy(self) -> None:
        """Copy what is marked; a secret is never copied."""
        if not self.password:
            super().action_copy()

    def action_cut(self) -> None:
        """Cut what is marked; a secret is never copied."""
        if not self.password:
            super().action_cut()

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,  # noqa: ARG002 see below
        recompose: bool = False,
    ) -> Self:
        """Draw anew, without laying the screen out.

        Textual does so at every letter, which makes a key twice as slow on a full
        screen; this line has its size from its style, whatever is typed.
        """
        return super().refresh(*regions, repaint=repaint, layout=False, recompose=recompose)


class Choice(Widget, can_focus=True):
    """One of a few values: left and right go through them, a letter jumps to one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "turn(-1)", show=False),
        Binding("right,space", "turn(1)", show=False),
    ]
    DEFAULT_CSS = """
    Choice {
        height: 1; padding: 0 1; background: $hms-field; color: $hms-text;
        &:focus { background: $hms-field-focus; }
    }
    """

    at: reactive[int] = reactive(0)

    class Changed(Message):
        """Another value was chosen."""

        def __init__(self, choice: Choice) -> None:
            super().__init__()
            self.choice = choice

    class Submitted(Message):
        """Enter was struck."""

        def __init__(self, choice: Choice) -> None:
            super().__init__()
            self.choice = choice

    def __init__(self, options: Sequence[tuple[str, str]], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._options = tuple(options)

    @property
    def value(self) -> str:
        """Return the chosen value."""
        return self._options[self.at][0]

    @value.setter
    def value(self, value: str) -> None:
        values = [option[0] for option in self._options]
        if value in values:
            self.at = values.index(value)

    def render(self) -> Content:
        """Return the chosen value between its arrows."""
        left, right = ("‹ ", " ›") if self.has_focus else ("", "")
        return Content.assemble(
            (left, "$hms-accent"), plain(self._options[self.at][1]), (right, "$hms-accent")
        )

    def watch_at(self) -> None:
        """Tell that the value changed."""
        self.post_message(self.Changed(self))

    def action_turn(self, by: int) -> None:
        """Go ``by`` values on, round and round."""
        self.at = (self.at + by) % len(self._options)

    def on_key(self, event: Key) -> None:
        """Jump to the next value that begins with a typed letter; Enter submits."""
        if event.key == "enter":
            event.stop()
            self.post_message(self.Submitted(self))
            return
        letter = (event.character or "").casefold()
        if not letter.isalnum():
            return
        event.stop()
        count = len(self._options)
        for step in range(1, count + 1):
            at = (self.at + step) % count
            label = self._options[at][1]
            if letter in (label[:1].casefold(), tr_phrase(label)[:1].casefold()):
                self.at = at
                return


@dataclass(frozen=True, slots=True)
class Field:
    """One field: name (as errors call it), label, hint; ``options`` makes it a choice."""

    name: str
    label: str
    hint: str = ""
    placeholder: str = ""
    options: tuple[tuple[str, str], ...] = ()
    secret: bool = False
    max_length: int = 400
    value: str = ""


class FieldRow(Horizontal):
    """Label, what is typed, and beside it the hint or what is wrong."""

    DEFAULT_CSS = """
    FieldRow { height: auto; min-height: 1; }
    FieldRow > .label { width: 16; color: $hms-muted; text-align: right; padding-right: 1; }
    FieldRow > .entry { width: 32; }
    FieldRow > .note { width: 1fr; height: auto; color: $hms-muted; padding-left: 1; }
    FieldRow > .note.-wrong { color: $hms-bad; text-style: bold; }
    FieldRow:focus-within > .label { color: $hms-accent; text-style: bold; }
    """

    def __init__(self, field: Field) -> None:
        super().__init__()
        self.field = field
        self.entry: TextLine | Choice
        if field.options:
            self.entry = Choice(field.options)
            self.entry.value = field.value
        else:
            self.entry = TextLine(
                field.value,
                placeholder=tr(field.placeholder),
                password=field.secret,
                max_length=field.max_length,
            )
        self.entry.add_class("entry")
        self._note = Static(plain(tr(field.hint)), classes="note")
        self._wrong = ""

    def compose(self) -> ComposeResult:
        """Lay out label, entry and note."""
        yield Static(plain(tr(self.field.label)), classes="label")
        yield self.entry
        yield self._note

    def put(self, value: str) -> None:
        """Put ``value`` in, the cursor behind it."""
        self.entry.value = value
        if isinstance(self.entry, TextLine):
            self.entry.cursor_position = len(value)

    def empty(self) -> None:
        """Empty a text field without a word: what is said to be wrong of it stays."""
        if isinstance(self.entry, TextLine):
            with self.entry.prevent(Input.Changed):
                self.entry.value = ""

    def wrong(self, message: str) -> None:
        """Say beside the field what is wrong; an empty text says the hint again."""
        if message == self._wrong:
            return
        self._wrong = message
        self._note.set_class(bool(message), "-wrong")
        self._note.update(plain(tr(message or self.field.hint)))

    def tell(self, message: str) -> None:
        """Say beside the field what was understood; an empty text says the hint again."""
        if not self._note.has_class("-wrong"):
            self._note.update(plain(tr(message or self.field.hint)))


class Form(Vertical):
    """Fields one below the other; Enter goes on, on the last field it submits.

    ``draft`` names the form for its drafts, empty for none; secrets are never
    kept.  The screen calls ``saved`` when it was saved, ``show_error`` when not.
    """

    DEFAULT_CSS = "Form { height: auto; }"

    class Changed(Message):
        """What stands in one field changed."""

        def __init__(self, form: Form, name: str) -> None:
            super().__init__()
            self.form = form
            self.name = name

    class Submitted(Message):
        """The form is filled in."""

        def __init__(self, form: Form) -> None:
            super().__init__()
            self.form = form

    def __init__(self, fields: Sequence[Field], *, draft: str = "", id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows = {field.name: FieldRow(field) for field in fields}
        self._draft = draft
        self._owner = ""

    def compose(self) -> ComposeResult:
        """Lay out the fields."""
        yield from self._rows.values()

    def on_mount(self) -> None:
        """Bring back what its owner had typed."""
        host = self._host
        self._owner = host.owner
        if self._draft and host.drafts is not None:
            self.fill(host.drafts.find(self._owner, self._draft))

    @property
    def values(self) -> dict[str, str]:
        """Return what is typed, by field name."""
        return {name: row.entry.value for name, row in self._rows.items()}

    def fill(self, values: Mapping[str, str]) -> None:
        """Put ``values`` into their fields; unknown names are ignored."""
        for name, value in values.items():
            if name in self._rows:
                self._rows[name].put(value)

    def offer(self, name: str, offered: bool = True) -> None:
        """Show or hide the field ``name``; Enter passes a hidden one by."""
        self._rows[name].display = offered

    def clear(self) -> None:
        """Empty every field and forget the draft."""
        for row in self._rows.values():
            row.entry.value = row.field.value
            row.wrong("")
        self.saved()

    def tell(self, name: str, message: str) -> None:
        """Say beside field ``name`` what was understood of it."""
        self._rows[name].tell(message)

    def focus_field(self, name: str) -> None:
        """Put the cursor into field ``name``."""
        self._rows[name].entry.focus()

    def show_error(self, error: HmsError, *, empty: bool = False) -> bool:
        """Show ``error`` beside the field it names; return False when it names none of ours.

        ``empty`` takes away what was typed there: it is of no use a second time.
        """
        row = self._rows.get(error.field or "")
        if row is None:
            return False
        if empty:
            row.empty()
        row.wrong(error.message)
        row.entry.focus()
        return True

    def saved(self) -> None:
        """Forget the draft: what was typed is in the database, or given up."""
        host = self._host
        if self._draft and host.drafts is not None:
            host.drafts.erase(self._owner, self._draft)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Keep the draft."""
        event.stop()
        self._changed(event.input)

    def on_choice_changed(self, event: Choice.Changed) -> None:
        """Keep the draft."""
        event.stop()
        self._changed(event.choice)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go to the next field."""
        event.stop()
        self._go_on(event.input)

    def on_choice_submitted(self, event: Choice.Submitted) -> None:
        """Go to the next field."""
        event.stop()
        self._go_on(event.choice)

    def _changed(self, entry: Widget) -> None:
        for name, row in self._rows.items():
            if row.entry is entry:
                row.wrong("")
                self.post_message(self.Changed(self, name))
        host = self._host
        if self._draft and host.drafts is not None:
            kept = {n: r.entry.value for n, r in self._rows.items() if self._is_typed(r)}
            host.drafts.keep(self._owner, self._draft, kept)

    @staticmethod
    def _is_typed(row: FieldRow) -> bool:
        return not row.field.secret and row.entry.value != row.field.value

    def _go_on(self, entry: Widget) -> None:
        entries = [row.entry for row in self._rows.values() if row.display]
        at = next(n for n, known in enumerate(entries) if known is entry)
        if at + 1 < len(entries):
            entries[at + 1].focus()
        else:
            self.post_message(self.Submitted(self))

    @property
    def _host(self) -> HmsApp:
        return self.app  # type: ignore[return-value]
