"""Dialogs: a question with its answers on keys, a choice from a list, a reason, palette, help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Key
from textual.widgets import Input, Static

from hms.kernel.i18n import tr, tr_phrase
from hms.kernel.text import fold
from hms.kit.base import Faceplate, HmsModal
from hms.kit.forms import TextLine
from hms.kit.live_table import Column, LiveTable, Row
from hms.kit.tui_actions import Action, key_cap
from hms.kit.tui_text import plain


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to a question: the key that gives it, what it says, what comes of it."""

    key: str
    label: str
    value: str


class Ask(HmsModal[str]):
    """Ask something; the result is the answer's value, None when it was left.

    The keys must differ from the key of the action that asks, so that a key
    struck twice never answers.
    """

    HELP_TEXT = "Strike the key of the answer. Esc leaves everything as it is."
    DEFAULT_CSS = """
    Ask .question { text-style: bold; color: $hms-text; margin-bottom: 1; }
    Ask .detail { color: $hms-muted; margin-bottom: 1; }
    Ask .answers { height: auto; margin-bottom: 1; }
    """

    def __init__(self, question: str, answers: Sequence[Answer], *, detail: str = "") -> None:
        super().__init__()
        self._question = question
        self._detail = detail
        self._answers = {answer.key: answer for answer in answers}

    def compose_body(self) -> ComposeResult:
        """Lay out question and answers."""
        yield Static(plain(tr(self._question)), classes="question")
        if self._detail:
            yield Static(plain(tr(self._detail)), classes="detail")
        lines = [
            Content.assemble(
                (f" {key_cap(a.key)} ", "bold $hms-on-key on $hms-key"),
                (" " * max(1, 7 - len(key_cap(a.key)))),
                plain(tr(a.label)),
            )
            for a in (*self._answers.values(), Answer("escape", "leave it as it is", ""))
        ]
        yield Static(Content("\n").join(lines), classes="answers")

    def on_key(self, event: Key) -> None:
        """Take the answer."""
        answer = self._answers.get(event.key)
        if answer is not None:
            event.stop()
            self.dismiss(answer.value)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to pick from a list: what comes of it, its text, what stands beside it."""

    value: str
    label: str
    note: str = ""


class Pick(HmsModal[str]):
    """Pick one of a list by typing part of it; the result is the item's value, None when left."""

    HELP_TEXT = "Type some letters, move with the arrow keys, choose with Enter."
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action("enter", "Take", "Take the chosen one", "take"),
    )
    DEFAULT_CSS = """
    Pick .question { text-style: bold; color: $hms-accent; margin-bottom: 1; }
    Pick LiveTable {
        height: auto; max-height: 12; min-height: 3; margin-top: 1; background: $hms-panel;
    }
    """

    def __init__(self, title: str, items: Sequence[Item], *, note_width: int = 16) -> None:
        super().__init__()
        self._title = title
        self._items = list(items)
        self._note_width = note_width

    def compose_body(self) -> ComposeResult:
        """Lay out title, filter and list."""
        yield Static(plain(tr(self._title)), classes="question")
        yield TextLine(placeholder=tr("type to narrow the list"))
        columns = (Column(""), Column("", self._note_width, tone="muted"))
        yield LiveTable(columns, empty="nothing like that", head=False)

    def on_mount(self) -> None:
        """Show all items."""
        self._fill("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the list."""
        self._fill(event.value)

    def on_input_submitted(self) -> None:
        """Take the chosen item."""
        self.action_take()

    def on_live_table_chosen(self) -> None:
        """Take the chosen item."""
        self.action_take()

    def on_key(self, event: Key) -> None:
        """Move in the list while the filter has the keyboard."""
        moves = {
            "up": ("move", -1),
            "down": ("move", 1),
            "pageup": ("page", -1),
            "pagedown": ("page", 1),
        }
        if event.key in moves:
            event.stop()
            name, by = moves[event.key]
            table = self.query_one(LiveTable)
            table.action_move(by) if name == "move" else table.action_page(by)

    def action_take(self) -> None:
        """Close with the chosen item."""
        key = self.query_one(LiveTable).cursor_key
        if key is not None:
            self.dismiss(self._items[int(key)].value)

    def _fill(self, typed: str) -> None:
        words = fold(typed).split()
        rows = [
            Row(n, (item.label, item.note))
            for n, item in enumerate(self._items)
            if all(
                word in fold(f"{tr_phrase(item.label)} {tr_phrase(item.note)}") for word in words
            )
        ]
        self.query_one(LiveTable).put_rows(rows)


class Palette(Pick):
    """Everything that can be done on the screen below, by name."""

    TITLE_TEXT = "What do you want to do?"

    def __init__(self, face: Faceplate) -> None:
        self._face = face
        self._actions = [a for a in face.actions() if a.name != "palette"]
        items = [Item(str(n), tr(a.title), a.cap) for n, a in enumerate(self._actions)]
        super().__init__(self.TITLE_TEXT, items, note_width=6)

    def action_take(self) -> None:
        """Close, then do it on the screen below."""
        key = self.query_one(LiveTable).cursor_key
        if key is None:
            return
        action = self._actions[int(key)]
        self.dismiss(None)
        self._face.act(action)


class Reason(HmsModal[str]):
    """Ask for one line of text; the result is that text, None when it was left."""

    HELP_TEXT = "Type a line and press Enter. Esc leaves everything as it is."
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action("enter", "OK", "Go on with what is typed", "submit"),
    )
    DEFAULT_CSS = """
    Reason .question { text-style: bold; color: $hms-text; margin-bottom: 1; }
    """

    def __init__(self, question: str, *, placeholder: str = "", required: bool = False) -> None:
        super().__init__()
        self._question = question
        self._placeholder = placeholder
        self._required = required

    def compose_body(self) -> ComposeResult:
        """Lay out question and line."""
        yield Static(plain(tr(self._question)), classes="question")
        yield TextLine(placeholder=tr(self._placeholder), max_length=200)

    def on_input_submitted(self) -> None:
        """Close with the text."""
        self.action_submit()

    def action_submit(self) -> None:
        """Close with the text, when there must be one and is none, ask for it."""
        text = self.query_one(TextLine).value.strip()
        if self._required and not text:
            self.say("Please type a reason.", "warn")
            return
        self.dismiss(text)


class HelpFor(HmsModal[None]):
    """What each key does on the screen below, in sentences."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (Action("f1", "Close", "Close the help", "leave"),)
    DEFAULT_CSS = """
    HelpFor > #dialog { width: 76; }
    HelpFor VerticalScroll { height: auto; max-height: 18; }
    """

    def __init__(self, face: Faceplate) -> None:
        super().__init__()
        self._face = face

    def compose_body(self) -> ComposeResult:
        """Lay out the help."""
        with VerticalScroll():
            yield Static(self._text())

    def _text(self) -> Content:
        face = self._face
        parts: list[Content | tuple[str, str]] = [
            (f"{tr(face.title_text())}\n", "bold $hms-accent")
        ]
        if face.help_text():
            parts.append((f"{tr(face.help_text())}\n", "$hms-text"))
        for action in face.actions():
            parts.append((f"\n{action.cap:>6}  ", "bold $hms-accent"))
            parts.append((tr(action.title), "bold $hms-text"))
            if action.help:
                parts.append((f"\n        {tr(action.help)}", "$hms-muted"))
        return Content.assemble(*parts)
