"""Below the reception's list: the chosen patient with today's tokens, or the token just given."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content

from hms.features.patients.screens.card import card_text
from hms.features.tokens.queries import QueueView, TokenView
from hms.features.tokens.screens.live_board import now_words
from hms.features.tokens.screens.reading import Detail
from hms.features.tokens.screens.ticket import Ticket
from hms.features.tokens.screens.words import status_tone, token_line
from hms.kernel.i18n import phrase, tr, word
from hms.kit.tui_still import StillText
from hms.kit.tui_text import fit, one_line, plain

NO_DETAIL = Detail(None, ())
BRIEF = 7


class Below(Container):
    """Shows a ``Detail``, or over it a token five rows high."""

    DEFAULT_CSS = """
    Below { height: 9; width: 100%; border-top: solid $hms-rule; }
    Below > .card {
        padding: 0 1; height: 100%; width: 100%; text-wrap: nowrap; text-overflow: ellipsis;
    }
    Below > Ticket { display: none; }
    Below.-ticket > .card { display: none; }
    Below.-ticket > Ticket { display: block; }
    """

    def compose(self) -> ComposeResult:
        """Lay out card and ticket."""
        yield StillText(classes="card")
        yield Ticket()

    def _be(self, what: str) -> None:
        """Change over: asking the style of all of it anew is not for every change outside."""
        if self.classes != frozenset(what.split()):
            self.set_classes(what)

    def show_ticket(self, token: TokenView, rooms: tuple[str, ...]) -> None:
        """Show ``token`` five rows high."""
        self.query_one(Ticket).put(token, rooms)
        self._be("-ticket")

    def rest(self, boards: Sequence[QueueView]) -> None:
        """Show the queues in brief while nobody is chosen; beside the board nothing at all."""
        self._be("-resting")
        lines = [_brief(view) for view in boards[:BRIEF]]
        if len(boards) > BRIEF:
            lines.append(
                plain(phrase("F6 shows all {count} queues", count=len(boards)), "$hms-muted")
            )
        self.query_one(".card", StillText).update(Content("\n").join(lines), layout=False)

    def show_card(self) -> None:
        """Take the room of a card; what it says comes with ``show_detail``."""
        self._be("")

    def show_detail(self, detail: Detail, today: date, zone: str) -> None:
        """Show a patient with the tokens of today."""
        self._be("")
        self.query_one(".card", StillText).update(detail_text(detail, today, zone), layout=False)


def detail_text(detail: Detail, today: date, zone: str) -> Content:
    """Return the patient's card and the tokens of today."""
    lines = [card_text(detail.patient, today)] if detail.patient is not None else []
    if detail.patient is not None and not detail.tokens:
        lines.append(plain(phrase("no token today"), "$hms-muted"))
    lines += [_token_text(token, zone) for token in detail.tokens]
    return Content("\n").join(lines)


def _token_text(token: TokenView, zone: str) -> Content:
    return plain(token_line(token, zone), f"$hms-{status_tone(token.status) or 'text'}")


def _brief(view: QueueView) -> Content:
    parts: list[Content | tuple[str, str]] = [
        (f"{fit(view.row.code, 7)} ", "$hms-accent"),
        plain(fit(view.row.name, 26), "$hms-text"),
        (
            tr(phrase("{waiting:>4} waiting   ", waiting=view.waiting)),
            "$hms-text" if view.waiting else "$hms-muted",
        ),
        (tr(word("paused")) if view.paused else one_line(now_words(view)), "$hms-call"),
    ]
    return Content.assemble(*parts)
