"""The reception desk: find or register, give a token, see all queues; one screen."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical
from textual.events import Key, Resize
from textual.widgets import Input, Static

from hms.console.desks.reception_below import NO_DETAIL, Below
from hms.console.desks.reception_calls import DeskCalls
from hms.console.desks.reception_keys import RECEPTION
from hms.features.patients import service as patients
from hms.features.patients.queries import PatientView
from hms.features.patients.screens.card import age_sex
from hms.features.patients.screens.edit import Edit
from hms.features.patients.screens.fields import begun_by
from hms.features.patients.screens.register import Register
from hms.features.tokens import service as tokens
from hms.features.tokens.queries import TokenView
from hms.features.tokens.rules import ACTIVE
from hms.features.tokens.screens import reading
from hms.features.tokens.screens.acts import TokenActs
from hms.features.tokens.screens.choice import QueueChoice
from hms.features.tokens.screens.lists import Hits, Latest
from hms.features.tokens.screens.live_board import LiveBoard
from hms.features.tokens.screens.reading import Detail, Found, Hit, Queues
from hms.features.tokens.screens.undo import UndoLine
from hms.kernel import clock
from hms.kernel.errors import HmsError
from hms.kit.base import HmsScreen, HospitalChanged
from hms.kit.forms import TextLine
from hms.kit.modals import Answer, Ask
from hms.kit.scanner import CodeKind
from hms.kit.tui_actions import Action
from hms.kit.tui_list import moved_in
from hms.kit.tui_loading import Loader
from hms.kit.tui_text import one_line, plain

TALL = 36
NOTHING_TYPED = "Type a name, MRN, phone number, birth year or token code."


class ReceptionDesk(HmsScreen[None]):
    """The find field always has the keyboard; all else is on function keys.

    ``closable``: opened over another desk, Esc on an empty search goes back there.
    """

    TITLE_TEXT = "Reception"
    HELP_TEXT = (
        "Type any part of a name, an MRN, a phone number or its last four digits, a birth year, "
        "or a token's code. ↑ ↓ choose, Enter goes on to the queue: its number, Enter. "
        "Nobody found: Enter opens the form of a new patient."
    )
    ACTIONS: ClassVar[tuple[Action, ...]] = RECEPTION
    DEFAULT_CSS = """
    ReceptionDesk #finding { height: 2; padding: 1 1 0 1; }
    ReceptionDesk #ask { width: auto; color: $hms-accent; text-style: bold; padding-right: 1; }
    ReceptionDesk #find { width: 1fr; }
    ReceptionDesk #count { width: 12; color: $hms-muted; text-align: right; }
    ReceptionDesk #panes { layout: horizontal; height: 1fr; padding-top: 1; }
    ReceptionDesk #left { width: 1fr; height: 100%; }
    ReceptionDesk LiveBoard { display: none; }
    ReceptionDesk.-board #left { display: none; }
    ReceptionDesk.-board LiveBoard { display: block; }
    ReceptionDesk.-wide #left { display: block; }
    ReceptionDesk.-wide LiveBoard {
        display: block; width: 46%; max-width: 92; border-left: solid $hms-rule;
    }
    ReceptionDesk Hits { display: none; }
    ReceptionDesk.-found Hits { display: block; }
    ReceptionDesk.-found Latest { display: none; }
    ReceptionDesk.-wide Below.-resting { display: none; }
    ReceptionDesk.-tall Below { height: 15; }
    ReceptionDesk.-tall Ticket { layout: vertical; height: 13; }
    ReceptionDesk.-tall Ticket .facts { padding: 1 0 0 0; height: 6; width: 100%; }
    """

    def __init__(self, *, closable: bool = False) -> None:
        super().__init__()
        self._closable = closable
        self.queues = Queues((), frozenset(), 0)
        self._found = Found("")
        self._wrong: HmsError | None = None
        self._latest: tuple[TokenView, ...] = ()
        self._detail = NO_DETAIL
        self._ticket: TokenView | None = None
        self._whose: TokenView | None = None
        self._finder = Loader(self._search, self._load_failed)
        self._looker = Loader(self._look, self._load_failed)
        self._acts = TokenActs(self, acted=self.acted, attach=self._begin_attach)
        self._calls = DeskCalls(self)

    def compose_body(self) -> ComposeResult:
        """Lay out the find field, the lists, what stands below, the board."""
        with Horizontal(id="finding"):
            yield Static("Find", id="ask", markup=False)
            yield TextLine(id="find", max_length=200, placeholder="name, MRN, phone, year, token")
            yield Static(id="count")
        with Container(id="panes"):
            with Vertical(id="left"):
                yield Hits()
                yield Latest()
                yield Below()
                yield UndoLine()
            yield LiveBoard()

    def on_mount(self) -> None:
        """Give the find field the keyboard."""
        self._field.focus()

    def on_unmount(self) -> None:
        """Stop loading."""
        self._finder.stop()
        self._looker.stop()

    def on_resize(self, event: Resize) -> None:
        """Give a tall window more of the patient."""
        super().on_resize(event)
        self.set_class(event.size.height >= TALL, "-tall")

    # -- what is shown ----------------------------------------------------------

    @property
    def _field(self) -> TextLine:
        return self.query_one("#find", TextLine)

    @property
    def text(self) -> str:
        """Return what is searched."""
        return self._field.value.strip()

    def today(self) -> date:
        """Return the date at the hospital."""
        return clock.now().astimezone(clock.zone(self.host.time_zone)).date()

    def concerns(self, change: HospitalChanged) -> bool:
        """Return whether a queue or a token changed."""
        return bool(change.topics) or "PatientAttached" in change.kinds

    async def load(self) -> None:
        """Read queues, list and what stands below anew; cursor and typed text stay."""
        self.queues = await self.ask(reading.queues)
        self.query_one(LiveBoard).put(self.queues.boards)
        await self._search()
        if self._ticket is not None:
            self._ticket = await self.ask(tokens.show_token, self._ticket.id)
            self._show_ticket()
        self._looker.ask()

    async def _search(self) -> None:
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
        self._found, self._latest, self._wrong = found, latest, wrong
        self._show_lists()

    def _show_lists(self) -> None:
        searched = bool(self._found.text)
        self.set_class(searched, "-found")
        if searched:
            self.query_one(Hits).put(self._found.hits, self.today())
        else:
            self.query_one(Latest).put(self._latest, self.host.time_zone)
        count = len(self._found.hits)
        more = "+" if count >= reading.MOST_HITS else ""
        words = f"{count}{more} found" if searched and not self._wrong else ""
        self.query_one("#count", Static).update(plain(words))
        if self._wrong is not None:
            self.show_error(self._wrong)

    async def _look(self) -> None:
        hit = self.chosen
        self._detail = (
            await self.ask(reading.detail, hit.mrn, hit.token.id if hit.token else None)
            if hit is not None
            else NO_DETAIL
        )
        below = self.query_one(Below)
        if self._ticket is None and hit is None and not self._found.text:
            below.rest(self.queues.boards)
        elif self._ticket is None:
            below.show_detail(self._detail, self.today(), self.host.time_zone)
        self.redraw_keys()

    def _show_ticket(self) -> None:
        token = self._ticket
        if token is not None:
            rooms = next((v.rooms for v in self.queues.boards if v.row.id == token.queue_id), ())
            self.query_one(Below).show_ticket(token, rooms)

    @property
    def chosen(self) -> Hit | None:
        """Return the row under the cursor: of what was found, or of the tokens given last."""
        if self._found.text:
            key = self.query_one(Hits).cursor_key
            return next((hit for hit in self._found.hits if hit.key == key), None)
        key = self.query_one(Latest).chosen_key
        token = next((t for t in self._latest if f"t{t.id}" == key), None)
        return Hit(None, token) if token is not None else None

    @property
    def token(self) -> TokenView | None:
        """Return the token at hand: of the chosen row, otherwise the one just given."""
        hit = self.chosen
        if hit is None:
            return self._ticket
        of_patient = self._detail.tokens
        known = next((t for t in of_patient if hit.token and t.id == hit.token.id), None)
        return known or hit.token or next(iter(of_patient), None)

    @property
    def patient(self) -> PatientView | None:
        """Return the patient at hand."""
        hit = self.chosen
        return (hit.patient or self._detail.patient) if hit is not None else None

    def enabled(self, action: Action) -> bool:
        """Return whether the key does something now."""
        token = self.token
        needs = {
            "recall": token is not None and token.status == "called",
            "call_next": bool(self.queues.callable_ids),
            "board": not self.has_class("-wide"),
            "edit": self.patient is not None,
            "token_menu": token is not None,
            "undo": self.query_one(UndoLine).token is not None,
        }
        return needs.get(action.name, True)

    # -- typing -------------------------------------------------------------------

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search as one types."""
        event.stop()
        if event.value.strip():
            self._ticket = None
            self.remove_class("-board")
            self.say("")
        self.query_one(Latest).pointing = False
        self._finder.ask()
        self._looker.ask()

    def on_key(self, event: Key) -> None:
        """Move in the list while the find field has the keyboard."""
        table = self.query_one(Hits) if self._found.text else self.query_one(Latest)
        if moved_in(table, event):
            self._ticket = None

    def on_live_table_moved(self) -> None:
        """Show the row one came to."""
        self._looker.ask()

    def on_input_submitted(self) -> None:
        """Take the chosen row."""
        self.action_take()

    def action_take(self) -> None:
        """Go on with the chosen row: its token, or a queue for its patient."""
        self.perform(self._take())

    async def _take(self) -> None:
        await self._fresh()
        if self._wrong is not None:
            raise self._wrong
        hit = self.chosen
        if hit is not None and hit.patient is not None:
            await self._take_patient(hit.patient)
        elif hit is not None:
            self.action_token_menu()
        elif self.text:
            self.action_register()
        else:
            self.say(NOTHING_TYPED)

    async def _fresh(self) -> None:
        """Wait until the list is what the typed text finds."""
        await self._finder.fresh()
        if self._found.text != self.text:
            await self._search()

    async def _take_patient(self, view: PatientView) -> None:
        if self._whose is not None:
            await self._attach_to(view)
            return
        found: Detail = await self.ask(reading.detail, view.mrn, None)
        active = {status.value for status in ACTIVE}
        held = {t.queue_id: t.code for t in found.tokens if t.status in active}
        self._choose_queue(view, held)

    def _choose_queue(self, view: PatientView, held: dict[int, str] | None = None) -> None:
        title = f"{one_line(view.name)}   {age_sex(view, self.today())}   {view.mrn}"
        choice = QueueChoice(self.queues.boards, patient=view.id, title=title, held=held)
        self.host.push_screen(choice, self._issued)

    def _issued(self, token: TokenView | None) -> None:
        if token is None:
            self._field.action_select_all()  # the next name is typed over this one
            return
        self.acted(token, "given out")
        self._ticket = token
        self._field.value = ""
        self._show_ticket()

    def acted(self, token: TokenView, done: str) -> None:
        """Say what was done to ``token``, and offer to take it back."""
        who = f" · {one_line(token.patient_name)}" if token.patient_name else ""
        self.say(f"{token.code} {done}{who}", "good")
        self.query_one(UndoLine).offer(token, done, self.queues.undo_seconds)
        self.loader.ask()

    # -- scanner --------------------------------------------------------------------

    def take_scan(self, _kind: CodeKind, code: str) -> None:
        """Search for a scanned code; the one that has it is chosen at once."""
        self._field.value = code
        self._field.cursor_position = len(code)
        self._finder.ask()

    # -- keys -------------------------------------------------------------------------

    def action_clear(self) -> None:
        """Empty the search; twice goes back to the desk below, when there is one."""
        if self._closable and not self.text and self._whose is None:
            self.dismiss(None)
            return
        self._end_attach()
        self._ticket = None
        self._field.value = ""
        self.query_one(Latest).pointing = False
        self._looker.ask()
        self.say("")

    def action_board(self) -> None:
        """Show the board in place of the list, or the list again."""
        if self.has_class("-wide"):
            self.say("The board stands on the right.")
        else:
            self.toggle_class("-board")

    def action_register(self) -> None:
        """Open the form of a new patient."""
        self.host.push_screen(Register(begun_by(self.text)), self._registered)

    def _registered(self, view: PatientView | None) -> None:
        if view is None:
            self._field.action_select_all()
            return
        if self._whose is not None:
            self.perform(self._attach_to(view))
        else:
            self._choose_queue(view)
        self._finder.ask()

    def action_blank_token(self) -> None:
        """Give a token without a patient."""
        title = "A token without a patient"
        choice = QueueChoice(self.queues.boards, patient=None, title=title)
        self.host.push_screen(choice, self._issued)

    def action_unknown(self) -> None:
        """Register somebody nobody can name."""
        answers = [
            Answer("1", "male", "male"),
            Answer("2", "female", "female"),
            Answer("3", "not known", "unknown"),
        ]
        ask = Ask("An unknown patient. Sex?", answers, detail="A temporary name is made.")
        self.host.push_screen(ask, self._unknown)

    def _unknown(self, sex: str | None) -> None:
        if sex is not None:
            self.perform(self._register_unknown(sex))

    async def _register_unknown(self, sex: str) -> None:
        self._registered(await self.do(patients.register_unknown, sex))

    def action_edit(self) -> None:
        """Open the record of the chosen patient."""
        view = self.patient
        if view is None:
            self.say("Choose a patient first.", "warn")
        else:
            self.host.push_screen(Edit(view), self._edited)

    def _edited(self, view: PatientView | None) -> None:
        if view is not None:
            self.say(f"{one_line(view.name)} is saved", "good")
            self.loader.ask()

    # -- tokens ---------------------------------------------------------------------

    def action_token_menu(self) -> None:
        """Show what can be done with the token at hand."""
        token = self._the_token()
        if token is not None:
            self._acts.open_menu(token, self.queues.boards, self.queues.callable_ids)

    def action_recall(self) -> None:
        """Call the token at hand again."""
        self._start("recall")

    def action_cancel_token(self) -> None:
        """Cancel the token at hand."""
        self._start("cancel")

    def action_transfer_token(self) -> None:
        """Send the token at hand on."""
        self._start("transfer")

    def action_left_token(self) -> None:
        """Note that the patient of the token at hand has left."""
        self._start("left")

    def action_call_next(self) -> None:
        """Call the next patient of a queue that lets this desk call."""
        self._calls.ask_queue()

    def called(self, token: TokenView) -> None:
        """Show a token that this desk called."""
        self.acted(token, f"called to {token.room or token.queue_name}")
        self._ticket = token
        self._show_ticket()

    def action_undo(self) -> None:
        """Take back what this desk did last."""
        token = self.query_one(UndoLine).token
        if token is None:
            self.say("There is nothing to take back, or it is too long ago.")
        else:
            self.perform(self._undo(token))

    async def _undo(self, token: TokenView) -> None:
        after: TokenView = await self.do(tokens.undo, token.id)
        self.query_one(UndoLine).forget()
        if self._ticket is not None and self._ticket.id == after.id:
            self._ticket = await self.ask(tokens.show_token, after.id)
            self._show_ticket()
        self.say(f"Taken back: {after.code} is {after.status.replace('_', ' ')}", "good")
        self.loader.ask()

    def _start(self, act: str) -> None:
        token = self._the_token()
        if token is not None:
            self._acts.start(act, token, self.queues.boards)

    def _the_token(self) -> TokenView | None:
        token = self.token
        if token is None:
            self.say("There is no token at hand: choose one with ↑ ↓, or type its code.", "warn")
        return token

    # -- whose token is it? -----------------------------------------------------------

    def _begin_attach(self, token: TokenView) -> None:
        self._whose = token
        self._ticket = None
        self._field.value = ""
        self.query_one("#ask", Static).update(plain(f"Whose is {token.code}?"))
        self.say("Find the patient, then Enter. F3 registers a new one, Esc leaves it.")

    def _end_attach(self) -> None:
        self._whose = None
        self.query_one("#ask", Static).update(plain("Find"))

    async def _attach_to(self, view: PatientView) -> None:
        assert self._whose is not None
        token: TokenView = await self.do(tokens.attach_patient, self._whose.id, view.mrn)
        self._end_attach()
        self._ticket = await self.ask(tokens.show_token, token.id)
        self._field.value = ""
        self._show_ticket()
        self.say(f"{token.code} is {one_line(view.name)}'s", "good")
        self.loader.ask()
