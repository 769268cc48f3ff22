"""The reception's find field and what it shows: lists, the chosen one below, all queues beside."""

from __future__ import annotations

from datetime import date

from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical
from textual.events import Key, Resize
from textual.timer import Timer
from textual.widgets import Input, Static

from hms.console.desks.reception_below import NO_DETAIL, Below
from hms.features.displays.screens.answer_line import AnswerLine
from hms.features.patients.queries import PatientView
from hms.features.tokens import service as tokens
from hms.features.tokens.queries import TokenView
from hms.features.tokens.screens import reading
from hms.features.tokens.screens.lists import Hits, Latest
from hms.features.tokens.screens.live_board import LiveBoard
from hms.features.tokens.screens.reading import Found, Hit, Queues
from hms.features.tokens.screens.undo import UndoLine
from hms.kernel import clock
from hms.kernel.errors import HmsError
from hms.kernel.i18n import phrase, tr
from hms.kit.base import HmsScreen, HospitalChanged
from hms.kit.forms import TextLine
from hms.kit.scanner import CodeKind
from hms.kit.tui_bars import WIDE
from hms.kit.tui_list import moved_in
from hms.kit.tui_loading import Loader
from hms.kit.tui_still import StillText
from hms.kit.tui_text import one_line, plain

TALL = 36  # lines from which the ticket stands above its words
ROOMY = 150  # columns from which the large code fits beside its words and the board
# Whoever empties the field mostly types on.  List and board come back when nobody did: painting
# them takes three times as long as a letter does, and the next letter would wait for it.
LINGERS_SECONDS = 0.3


class FindingDesk(HmsScreen[None]):
    """Searches as one types, shows who was found, and keeps all of it live."""

    DEFAULT_CSS = """
    FindingDesk #finding { height: 2; padding: 1 1 0 1; }
    FindingDesk #ask { width: auto; color: $hms-accent; text-style: bold; padding-right: 1; }
    FindingDesk #find { width: 1fr; }
    FindingDesk #count { width: 12; color: $hms-muted; text-align: right; }
    FindingDesk #printer { height: 1; padding: 0 1; color: $hms-warn; display: none; }
    FindingDesk.-paper #printer { display: block; }
    FindingDesk #panes { layout: horizontal; height: 1fr; padding-top: 1; }
    FindingDesk #left { width: 1fr; height: 100%; }
    FindingDesk LiveBoard { display: none; }
    FindingDesk.-board #left { display: none; }
    FindingDesk.-board LiveBoard { display: block; }
    FindingDesk.-wide #left { display: block; }
    FindingDesk.-wide LiveBoard {
        display: block; width: 48%; max-width: 92; border-left: solid $hms-rule;
    }
    FindingDesk Hits { display: none; }
    FindingDesk.-wide Below.-resting { display: none; }
    FindingDesk.-tall Below { height: 15; }
    FindingDesk.-snug Ticket BigCode { width: 29; }
    FindingDesk.-tall Ticket { layout: vertical; height: 13; }
    FindingDesk.-tall Ticket BigCode { width: 100%; }
    FindingDesk.-tall Ticket .facts { padding: 1 0 0 0; height: 6; width: 100%; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.queues = Queues((), frozenset(), 0)
        self.found = Found("")
        self.wrong: HmsError | None = None
        self.ticket: TokenView | None = None
        self._latest: tuple[TokenView, ...] = ()
        self._listed = ""
        self._printer_said = ""
        self._detail = NO_DETAIL
        self._lingering: Timer | None = None
        self.finder = Loader(self._search, self._load_failed)
        self.looker = Loader(self._look, self._load_failed)

    def compose_body(self) -> ComposeResult:
        """Lay out the find field, the lists, what stands below, the board."""
        with Horizontal(id="finding"):
            yield Static(plain(phrase("Find")), id="ask")
            yield TextLine(
                id="find", max_length=200, placeholder=tr("name, MRN, phone, year, token")
            )
            yield StillText(id="count")
        yield Static(id="printer")
        yield AnswerLine()
        with Container(id="panes"):
            with Vertical(id="left"):
                yield Hits()
                yield Latest()
                yield Below()
                yield UndoLine()
            yield LiveBoard()

    def on_mount(self) -> None:
        """Give the find field the keyboard."""
        self.field.focus()

    def on_unmount(self) -> None:
        """Stop loading."""
        self.finder.stop()
        self.looker.stop()

    def on_resize(self, event: Resize) -> None:
        """Give a tall window more of the patient."""
        self.set_class(event.size.height >= TALL, "-tall")
        self.set_class(WIDE <= event.size.width < ROOMY, "-snug")

    # -- what is shown ----------------------------------------------------------

    @property
    def field(self) -> TextLine:
        """Return the find field."""
        return self.query_one("#find", TextLine)

    @property
    def text(self) -> str:
        """Return what is searched."""
        return self.field.value.strip()

    def today(self) -> date:
        """Return the date at the hospital."""
        return clock.now().astimezone(clock.zone(self.host.time_zone)).date()

    def concerns(self, change: HospitalChanged) -> bool:
        """Return whether a queue or a token changed."""
        return bool(change.topics) or bool(change.kinds & {"PatientAttached", "PrintingChanged"})

    def on_hospital_changed(self, change: HospitalChanged) -> None:
        """Tell what a screen made of this desk's call."""
        self.query_one(AnswerLine).hear(change)

    async def load(self) -> None:
        """Read queues, list and what stands below anew; cursor and typed text stay."""
        self.queues = await self.ask(reading.queues)
        self.query_one(LiveBoard).put(self.queues.boards)
        self._show_printer()
        await self._search()
        if self.ticket is not None:
            self.ticket = await self.ask(tokens.show_token, self.ticket.id)
            self.show_ticket()

    def _show_printer(self) -> None:
        """Say in one line what is wrong with the printer; without trouble there is no line."""
        said = self.queues.printer
        if said == self._printer_said:
            return
        self._printer_said = said
        self.set_class(bool(said), "-paper")
        self.query_one("#printer", Static).update(
            plain(one_line(said and phrase("Printer: {trouble}", trouble=said)))
        )

    async def _search(self) -> None:
        if self._lingering is not None:
            return  # what was found stays in sight, though it is not at hand any more
        text = self.text
        found, latest, wrong = Found(text), self._latest, None
        if text:
            try:
                found = await self.ask(reading.find, text)
            except HmsError as error:
                wrong = error
        else:
            latest = await self.ask(reading.latest)
        if text != self.text:
            return  # more was typed: the next round is on its way
        self.found, self._latest, self.wrong = found, latest, wrong
        self._show_lists()
        self.looker.ask()

    def _show_lists(self) -> None:
        searched = bool(self.found.text)
        hits, latest = self.query_one(Hits), self.query_one(Latest)
        if searched != hits.display:
            # Not by a class of the screen: that asks the style of everything on it anew.
            hits.display, latest.display = searched, not searched
        if searched:
            self._show_hits(hits)
        else:
            latest.put(self._latest, self.host.time_zone)
        self._make_room_below()
        count = len(self.found.hits)
        more = "+" if count >= reading.MOST_HITS else ""
        words = (
            phrase("{count}{more} found", count=count, more=more)
            if searched and not self.wrong
            else ""
        )
        self.query_one("#count", StillText).update(plain(words), layout=False)
        if self.wrong is not None:
            self.show_error(self.wrong)

    def _make_room_below(self) -> None:
        """Let what stands below take its room together with the list, not a painting later."""
        if self.ticket is not None:
            return
        below = self.query_one(Below)
        if self.chosen is None and not self.found.text:
            below.rest(self.queues.boards)
        else:
            below.show_card()

    def _show_hits(self, hits: Hits) -> None:
        """Show what was found: another text begins at the top, the same one keeps its row."""
        hits.put(self.found.hits, self.today(), self.wrong.message if self.wrong else "")
        if self._listed != self.found.text and self.found.hits:
            hits.move_to(self.found.hits[0].key)
        self._listed = self.found.text

    async def _look(self) -> None:
        if self._lingering is not None:
            return  # looked up with the lists
        hit = self.chosen
        self._detail = (
            await self.ask(reading.detail, hit.mrn, hit.token.id if hit.token else None)
            if hit is not None
            else NO_DETAIL
        )
        below = self.query_one(Below)
        if self.ticket is None and hit is None and not self.found.text:
            below.rest(self.queues.boards)
        elif self.ticket is None:
            below.show_detail(self._detail, self.today(), self.host.time_zone)
        self.redraw_keys()

    def show_ticket(self) -> None:
        """Show the token just given five rows high."""
        token = self.ticket
        if token is not None:
            rooms = next((v.rooms for v in self.queues.boards if v.row.id == token.queue_id), ())
            self.query_one(Below).show_ticket(token, rooms)

    @property
    def chosen(self) -> Hit | None:
        """Return the row under the cursor: of what was found, or of the tokens given last."""
        if self.found.text:
            key = self.query_one(Hits).cursor_key
            return next((hit for hit in self.found.hits if hit.key == key), None)
        key = self.query_one(Latest).chosen_key
        token = next((t for t in self._latest if f"t{t.id}" == key), None)
        return Hit(None, token) if token is not None else None

    @property
    def token(self) -> TokenView | None:
        """Return the token at hand: of the chosen row, otherwise the one just given."""
        hit = self.chosen
        if hit is None:
            return self.ticket
        of_patient = self._detail.tokens
        known = next((t for t in of_patient if hit.token and t.id == hit.token.id), None)
        return known or hit.token or next(iter(of_patient), None)

    @property
    def patient(self) -> PatientView | None:
        """Return the patient at hand."""
        hit = self.chosen
        return (hit.patient or self._detail.patient) if hit is not None else None

    # -- typing -------------------------------------------------------------------

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search as one types."""
        event.stop()
        if event.value.strip():
            self.ticket = None
            self.remove_class("-board")
            self.say("")
        self.query_one(Latest).pointing = False
        if self.found.text and not event.value.strip() and self.ticket is None:
            self._linger()
        else:
            self._go_on()

    def _linger(self) -> None:
        """Let go of what was found, at once; show so when nobody types on."""
        self.found, self._listed, self.wrong = Found(""), "", None
        self._detail = NO_DETAIL
        self._lingering = self.set_timer(LINGERS_SECONDS, self._go_on)

    def _go_on(self) -> None:
        """Search, and show the lists as they are now."""
        if self._lingering is not None:
            self._lingering.stop()
            self._lingering = None
        self.finder.ask()

    def on_key(self, event: Key) -> None:
        """Move in the list while the find field has the keyboard."""
        if self._lingering is not None:
            self._go_on()
        table = self.query_one(Hits) if self.found.text else self.query_one(Latest)
        if moved_in(table, event):
            self.ticket = None

    def on_live_table_moved(self) -> None:
        """Show the row one came to."""
        self.looker.ask()

    async def fresh(self) -> None:
        """Wait until the list is what the typed text finds."""
        if self._lingering is not None:
            self._go_on()
        await self.finder.fresh()
        if self.found.text != self.text:
            await self._search()

    # -- scanner --------------------------------------------------------------------

    def take_scan(self, _kind: CodeKind, code: str) -> None:
        """Search for a scanned code; the one that has it is chosen at once."""
        self.field.value = code
        self.field.cursor_position = len(code)
        self.finder.ask()
