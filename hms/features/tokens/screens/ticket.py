"""The token for the patient: five rows high, with queue, room, people ahead and wait."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from hms.features.tokens.queries import TokenView
from hms.features.tokens.rules import Status, TokenClass, room_words
from hms.features.tokens.screens.words import (
    ahead_words,
    class_word,
    state_of,
    status_tone,
    wait_words,
)
from hms.kernel.i18n import phrase, tr
from hms.kit.digits import BigCode
from hms.kit.tui_text import one_line, plain


class Ticket(Horizontal):
    """Shows one token; ``put`` it again when something of it changed."""

    DEFAULT_CSS = """
    Ticket { height: 7; width: 100%; padding: 1 1 0 1; }
    Ticket BigCode { width: 54; color: $hms-accent; }
    Ticket .facts {
        width: 1fr; padding-left: 2; height: 6; text-wrap: nowrap; text-overflow: ellipsis;
    }
    """

    def compose(self) -> ComposeResult:
        """Lay out code and facts."""
        yield BigCode()
        yield Static(classes="facts")

    def put(self, token: TokenView, rooms: tuple[str, ...]) -> None:
        """Show ``token``; ``rooms`` are those of its queue."""
        self.query_one(BigCode).code = token.code
        self.query_one(".facts", Static).update(ticket_facts(token, rooms), layout=False)


def ticket_facts(token: TokenView, rooms: tuple[str, ...]) -> Content:
    """Return what the patient wants to know, in six lines at most."""
    named = [room_words(one) for one in ([token.room] if token.room else rooms[:2])]
    room = (
        phrase("{one} or {other}", one=named[0], other=named[1])
        if named[1:]
        else "".join(map(tr, named))
    )
    lines = [plain(one_line(token.patient_name or phrase("no patient yet")), "$hms-muted")]
    lines.append(plain(one_line(token.queue_name), "bold $hms-text"))
    if room:
        lines.append(plain(one_line(room), "bold $hms-text"))
    if token.status == Status.WAITING:
        wait = wait_words(token.wait_low_minutes, token.wait_high_minutes)
        lines.append(plain(ahead_words(token.ahead), "$hms-text"))
        lines.append(plain(phrase("wait {wait}", wait=wait), "$hms-text"))
    else:
        tone = status_tone(token.status) or "text"
        lines.append(plain(state_of(token), f"bold $hms-{tone}"))
    if token.token_class != TokenClass.NORMAL:
        lines.append(plain(class_word(TokenClass(token.token_class)), "bold $hms-warn"))
    return Content("\n").join(lines)
