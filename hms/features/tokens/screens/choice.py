"""Which queue? A digit chooses it, a letter the class, Enter gives the token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.events import Key
from textual.widgets import Static

from hms.features.tokens import service
from hms.features.tokens.queries import QueueView, TokenView
from hms.features.tokens.rules import TokenClass
from hms.features.tokens.screens.words import CLASS_KEYS, class_word, queue_wait
from hms.kernel.i18n import phrase, tr, word
from hms.kit.base import HmsModal, HospitalChanged
from hms.kit.live_table import Column, OpenChoice, Row
from hms.kit.tui_actions import Action
from hms.kit.tui_loading import Loader
from hms.kit.tui_text import one_line, plain


class QueueChoice(HmsModal[TokenView]):
    """Gives a token of the chosen queue; ends with it, None when it was left.

    ``patient`` is an id or None for a token without a patient, ``title`` says for
    whom, ``held`` are the codes that the patient has, by queue id.
    """

    TITLE_TEXT = "Give a token"
    HELP_TEXT = (
        "Type the number of the queue, then Enter. A letter sets the class: E emergency, O older, "
        "P pregnant, D disabled, C child, S staff, A appointment, N normal."
    )
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action("enter", "Give the token", "Give a token of the chosen queue", "issue"),
    )
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("", 2, right=True, tone="accent"),
        Column("Queue", 7, tone="accent"),
        Column(""),
        Column("waiting", 7, right=True),
        Column("wait", 10, right=True, tone="muted"),
    )
    DEFAULT_CSS = """
    QueueChoice > #dialog { width: 78; padding: 0 2; }
    QueueChoice .for { text-style: bold; color: $hms-accent; height: 1; margin-bottom: 1; }
    QueueChoice OpenChoice { height: auto; max-height: 13; background: $hms-panel; }
    QueueChoice .class { height: auto; max-height: 2; margin-top: 1; }
    """

    def __init__(
        self,
        boards: Sequence[QueueView],
        *,
        patient: int | None,
        title: str,
        held: Mapping[int, str] | None = None,
    ) -> None:
        super().__init__()
        self._boards = list(boards)
        self._patient = patient
        self._title = title
        self._held = dict(held or {})
        self._number = ""
        self._class = TokenClass.NORMAL
        self._loader = Loader(self._load, lambda _error: None)

    def compose_body(self) -> ComposeResult:
        """Lay out for whom, the queues, the class."""
        yield Static(plain(one_line(self._title)), classes="for")
        yield OpenChoice(self.COLUMNS, empty="There is no queue yet; an administrator adds them.")
        yield Static(classes="class")

    def on_mount(self) -> None:
        """Show the queues as the desk knew them; nothing is chosen yet."""
        self._show()
        self.query_one(OpenChoice).focus()
        self._loader.ask()

    def on_unmount(self) -> None:
        """Stop loading."""
        self._loader.stop()

    def on_hospital_changed(self, change: HospitalChanged) -> None:
        """Count again who waits."""
        if change.topics:
            self._loader.ask()

    def on_key(self, event: Key) -> None:
        """Take digits for the queue, letters for the class."""
        typed = (event.character or "").lower()
        if typed.isdecimal() and typed.isascii():
            event.stop()
            self._digit(typed)
        elif typed in CLASS_KEYS:
            event.stop()
            self._class = CLASS_KEYS[typed]
            self._show_class()

    def on_live_table_chosen(self) -> None:
        """Give the token."""
        self.action_issue()

    def on_open_choice_nothing_chosen(self) -> None:
        """Say what is missing."""
        self.action_issue()

    def action_issue(self) -> None:
        """Give the token, when a queue is chosen."""
        queue_id = self.query_one(OpenChoice).chosen_key
        if queue_id is None:
            self.say("Type the number of the queue first.", "warn")
        else:
            self.perform(self._issue(int(queue_id)))

    async def _issue(self, queue_id: int) -> None:
        command = service.IssueToken(queue_id, self._patient, self._class.value)
        token: TokenView = await self.do(service.issue, command)
        self.dismiss(await self.ask(service.show_token, token.id))

    def _digit(self, digit: str) -> None:
        for number in (self._number + digit, digit):
            if 0 < int(number) <= len(self._boards):
                self._number = number
                self.query_one(OpenChoice).choose(self._boards[int(number) - 1].row.id)
                self.say("")
                return
        self._number = ""
        self.say(phrase("There is no queue {digit}.", digit=digit), "warn")

    async def _load(self) -> None:
        self._boards = list(await self.ask(service.list_queues))
        self._show()

    def _show(self) -> None:
        self.query_one(OpenChoice).put_rows(
            [choice_row(n, view, self._held) for n, view in enumerate(self._boards, 1)]
        )
        self._show_class()

    def _show_class(self) -> None:
        parts: list[tuple[str, str]] = []
        for key, token_class in CLASS_KEYS.items():
            said = tr(class_word(token_class))
            if token_class is self._class:
                parts.append((f" {said} ", "bold $hms-on-key on $hms-key"))
                continue
            rest = said[1:] if said[0].lower() == key else f"\N{NO-BREAK SPACE}{said}"
            parts += [(f" {key.upper()}", "$hms-accent"), (f"{rest} ", "$hms-muted")]
        self.query_one(".class", Static).update(Content.assemble(*parts), layout=False)


def choice_row(number: int, view: QueueView, held: Mapping[int, str]) -> Row:
    """Return one queue with its number; ``held`` names the code that the patient has there."""
    name = view.row.name
    if view.row.id in held:
        name = f"{name} · {tr(phrase('has {code}', code=held[view.row.id]))}"
    elif view.paused:
        name = f"{name} · {tr(word('paused'))}"
    cells = (str(number), view.row.code, name, str(view.waiting), queue_wait(view))
    return Row(view.row.id, cells, tone="muted" if view.row.id in held else "")
