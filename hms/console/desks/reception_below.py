"""Below the reception's list: the chosen patient with today's tokens, or the token just given."""

from __future__ import annotations

from datetime import date

from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.widgets import Static

from hms.features.patients.screens.card import card_text
from hms.features.tokens.queries import TokenView
from hms.features.tokens.screens.reading import Detail
from hms.features.tokens.screens.ticket import Ticket
from hms.features.tokens.screens.words import ahead_words, status_tone, token_line, wait_words
from hms.kit.tui_text import plain

NO_DETAIL = Detail(None, ())


class Below(Container):
    """Shows a ``Detail``, or over it a token five rows high."""

    DEFAULT_CSS = """
    Below { height: 9; width: 100%; border-top: solid $hms-rule; }
    Below > .card { padding: 0 1; height: 100%; width: 100%; }
    Below > Ticket { display: none; }
    Below.-ticket > .card { display: none; }
    Below.-ticket > Ticket { display: block; }
    HmsScreen.-tall Below { height: 13; }
    """

    def compose(self) -> ComposeResult:
        """Lay out card and ticket."""
        yield Static(classes="card")
        yield Ticket()

    def show_ticket(self, token: TokenView, rooms: tuple[str, ...]) -> None:
        """Show ``token`` five rows high."""
        self.query_one(Ticket).put(token, rooms)
        self.add_class("-ticket")

    def show_detail(self, detail: Detail, today: date, zone: str) -> None:
        """Show a patient with the tokens of today."""
        self.remove_class("-ticket")
        self.query_one(".card", Static).update(detail_text(detail, today, zone))


def detail_text(detail: Detail, today: date, zone: str) -> Content:
    """Return the patient's card and the tokens of today."""
    lines = [card_text(detail.patient, today)] if detail.patient is not None else []
    if detail.patient is not None and not detail.tokens:
        lines.append(Content.styled("no token today", "$hms-muted"))
    lines += [_token_text(token, zone) for token in detail.tokens]
    return Content("\n").join(lines)


def _token_text(token: TokenView, zone: str) -> Content:
    tone = status_tone(token.status) or "text"
    place = ""
    if token.ahead is not None:
        wait = wait_words(token.wait_low_minutes, token.wait_high_minutes)
        place = f"  ·  {ahead_words(token.ahead)}, wait {wait}"
    return plain(token_line(token, zone) + place, f"$hms-{tone}")
