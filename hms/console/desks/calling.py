"""The calling desk: a doctor's own queue live, the patient in the room, every verb on one key."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from hms.console.desks import choices
from hms.console.desks.doctor_keys import CALLING
from hms.console.desks.doctor_look import Look, look
from hms.console.desks.queue_strip import queue_strip, rows_of, table_columns
from hms.console.desks.room_panel import RoomLook, RoomPanel
from hms.features.displays.screens.answer_line import AnswerLine
from hms.features.patients import service as patients
from hms.features.patients.screens.file import open_file
from hms.features.tokens import service as tokens
from hms.features.tokens.errors import RoomBusy
from hms.kernel import clock
from hms.kernel.errors import HmsError, NotSignedIn, Refused
from hms.kernel.i18n import msgid, phrase, word
from hms.kit.base import HmsScreen, HospitalChanged
from hms.kit.live_table import LiveTable
from hms.kit.modals import Answer, Ask, Item, Pick, Reason
from hms.kit.scanner import CodeKind
from hms.kit.tui_actions import Action

if TYPE_CHECKING:
    from hms.features.patients.queries import PatientView
    from hms.features.tokens.queries import TokenView


class NothingHere(Refused):
    """The key needs a token in the room, or one chosen in the list."""

    code = "console.nothing_here"


class CallingDesk(HmsScreen[None]):
    """Base of the doctor's and the nurse's desk."""

    HELP_TEXT = (
        "The large code is the token in your room, the list below is your queue in the order it "
        "is called. Enter on a row shows what can be done with that token."
    )
    ACTIONS: ClassVar[tuple[Action, ...]] = CALLING
    DEFAULT_CSS = """
    CallingDesk #strip { height: 1; padding: 0 1; }
    CallingDesk #panes { layout: vertical; height: 1fr; }
    CallingDesk #queue { height: 1fr; }
    CallingDesk.-wide #panes { layout: horizontal; }
    CallingDesk.-wide RoomPanel { width: 56; height: 100%; padding: 1 2; }
    CallingDesk.-wide RoomPanel > Horizontal { layout: vertical; height: 12; padding: 0; }
    CallingDesk.-wide RoomPanel BigCode { width: 100%; margin-bottom: 1; }
    CallingDesk.-wide RoomPanel .state { width: 100%; text-align: left; }
    CallingDesk.-wide RoomPanel .who { height: auto; margin-bottom: 1; }
    CallingDesk.-wide RoomPanel .care { height: auto; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.now_shown = Look()
        self._queue_id: int | None = None
        self._room: str | None = None
        self._patient: PatientView | None = None
        self._patient_of: str | None = None
        self._undoable: tuple[int, str, float] | None = None

    def compose_body(self) -> ComposeResult:
        """Lay out the queue's strip, the room and the list."""
        yield Static(id="strip")
        yield AnswerLine()
        with Vertical(id="panes"):
            yield RoomPanel()
            yield LiveTable(table_columns(), empty="Nobody is waiting.", id="queue")

    def on_mount(self) -> None:
        """Load, and count minutes and undo seconds."""
        self.set_interval(1.0, self._tick)
        self.set_interval(20.0, self.loader.ask)

    # -- what is shown --------------------------------------------------------

    async def load(self) -> None:
        """Read the desk anew and show it."""
        self.now_shown = await self.ask(look, self._queue_id, self._room)
        desk = self.now_shown.desk
        if desk is not None:
            self._queue_id = desk.queue.row.id
        await self._load_patient()
        self._show()

    def concerns(self, change: HospitalChanged) -> bool:
        """Return whether one of the queues shown was touched, or staff changed."""
        own = {queue.row.id for queue in self.now_shown.queues}
        touched = not own or bool(change.topics & (own | {0})) or not change.topics
        return touched and change.kinds != {"ScreenChanged"}

    def on_hospital_changed(self, change: HospitalChanged) -> None:
        """Tell what a screen made of this desk's call."""
        self.query_one(AnswerLine).hear(change)

    async def _load_patient(self) -> None:
        token = self.now_shown.current
        mrn = token.mrn if token else None
        if mrn == self._patient_of:
            return
        self._patient_of, self._patient = mrn, None
        if mrn is None:
            return
        try:
            self._patient = await self.do(patients.show, mrn)
        except NotSignedIn:
            raise
        except HmsError:
            return  # not this person's to see in full: the name on the token remains

    def _show(self) -> None:
        shown = self.now_shown
        self.query_one("#strip", Static).update(queue_strip(shown))
        self._show_room()
        rows = rows_of(shown.desk, self.host.time_zone) if shown.desk else []
        self.query_one(LiveTable).put_rows(rows)
        self.redraw_keys()

    def _show_room(self) -> None:
        shown = self.now_shown
        self.query_one(RoomPanel).put(
            RoomLook(
                shown.current, self._patient, shown.room, self._undo_text(), self.host.time_zone
            )
        )

    def _tick(self) -> None:
        if self._undoable is not None:
            if self._undo_left() <= 0:
                self._undoable = None
                self.redraw_keys()
            self._show_room()

    def enabled(self, action: Action) -> bool:
        """Return whether the key does something in the room's present state."""
        current = self.now_shown.current
        status = current.status if current else ""
        needs = {
            "recall": status == "called",
            "start": status == "called",
            "complete": status in ("called", "in_progress"),
            "no_show": status == "called",
            "hold": bool(status) or self._chosen_status() == "on_hold",
            "transfer": bool(status) or self._chosen() is not None,
            "undo": self._undoable is not None,
            "choose_queue": len(self.now_shown.queues) > 1,
        }
        return needs.get(action.name, True)

    # -- the verbs ------------------------------------------------------------

    def action_call_next(self) -> None:
        """Call the next patient."""
        self.perform(self._call_next())

    async def _call_next(self, *, finish: bool = False, no_show: bool = False) -> None:
        queue = self._queue()
        place = {"room": self.now_shown.room, "finish": finish, "no_show": no_show}
        try:
            token = await self.do(tokens.call_next, queue, **place)
        except RoomBusy as busy:
            await self.load()  # who is there may have changed since it was drawn
            if self._nobody_waits():
                self.say(phrase("{message}, and nobody waits.", message=busy.message), "warn")
                return
            self.host.push_screen(self._busy_question(busy), self._busy_answered)
            return
        await self._done(
            token, phrase("{code} is called to {place}", code=token.code, place=token.place)
        )

    def _nobody_waits(self) -> bool:
        desk = self.now_shown.desk
        return desk is not None and not desk.queue.waiting

    def _busy_question(self, busy: RoomBusy) -> Ask:
        current = self.now_shown.current
        answers = [Answer("enter", "the visit is finished: call the next one", "finish")]
        if current is None or current.status == "called":
            answers.append(Answer("f8", "the patient did not come: call the next one", "no_show"))
        who = current.patient_name if current and current.patient_name else ""
        return Ask(phrase("{message}.", message=busy.message), answers, detail=who)

    def _busy_answered(self, answer: str | None) -> None:
        if answer is not None:
            self.perform(self._call_next(finish=answer == "finish", no_show=answer == "no_show"))

    def action_recall(self) -> None:
        """Call the same token again."""
        self._with_current(tokens.recall, msgid("{code} is called again"))

    def action_start(self) -> None:
        """Note that the patient came in."""
        self._with_current(tokens.start, msgid("{code} came in"))

    def action_complete(self) -> None:
        """Finish the visit."""
        self._with_current(tokens.complete, msgid("{code} is finished"))

    def action_no_show(self) -> None:
        """Note that the patient did not come."""
        self._with_current(tokens.no_show, msgid("{code} did not come"))

    def action_hold(self) -> None:
        """Put the token in the room aside, or go on with the held one that is chosen."""
        current = self.now_shown.current
        if current is None and self._chosen_status() == "on_hold":
            self.perform(self.verb(tokens.resume, self._chosen(), msgid("{code} goes on")))
            return
        token = self._the_current()
        if token is not None:
            question = phrase("Put {code} aside. Why? (Enter alone: no reason)", code=token.code)

            def reason_given(reason: str | None) -> None:
                if reason is not None:
                    words = msgid("{code} is on hold")
                    self.perform(self.verb(tokens.hold, token, words, reason=reason))

            self.host.push_screen(Reason(question, placeholder="for example: X-ray"), reason_given)

    def action_transfer(self) -> None:
        """Send the token in the room, or the chosen one, to another queue."""
        token = self.now_shown.current or self._chosen()
        if token is None:
            self.show_error(NothingHere("There is nobody in the room and nobody chosen."))
            return
        self.perform(self.ask_target(token))

    async def ask_target(self, token: TokenView) -> None:
        """Ask to which queue ``token`` goes, and send it there."""
        queues = await self.ask(tokens.list_queues)
        items = [
            Item(
                q.row.code,
                f"{q.row.code:<9}{q.row.name}",
                phrase("{waiting} waiting", waiting=q.waiting),
            )
            for q in queues
            if q.row.id != token.queue_id
        ]

        def queue_picked(code: str | None) -> None:
            if code is not None:
                words = msgid("{code} goes to {to}")
                self.perform(self.verb(tokens.transfer, token, words, to=code))

        self.host.push_screen(
            Pick(phrase("Send {code} to which queue?", code=token.code), items), queue_picked
        )

    def action_undo(self) -> None:
        """Take back the last thing done at this desk."""
        if self._undoable is None:
            self.show_error(NothingHere("There is nothing to undo, or it is too long ago."))
            return
        self.perform(self._undo(self._undoable[0]))

    async def _undo(self, token_id: int) -> None:
        token = await self.do(tokens.undo, token_id)
        self._undoable = None
        await self.load()
        self.say(
            phrase(
                "Taken back: {code} is {state} again.",
                code=token.code,
                state=word(token.status.replace("_", " ")),
            ),
            "good",
        )

    def _with_current(self, verb: Callable[..., TokenView], words: str) -> None:
        token = self._the_current()
        if token is not None:
            self.perform(self.verb(verb, token, words))

    async def verb(
        self, verb: Callable[..., TokenView], token: TokenView | None, words: str, **kw: Any
    ) -> None:
        """Run ``verb`` on ``token``, say ``words`` (a ``msgid``) of it, and offer to undo it."""
        if token is None:
            return
        after = await self.do(verb, token.id, **kw)
        await self._done(after, phrase(words, code=token.code, **kw))

    async def _done(self, token: TokenView, words: str) -> None:
        self._undoable = (token.id, words, clock.now().timestamp())
        self.query_one(AnswerLine).follow(token.id if token.status == "called" else None)
        await self.load()
        self.say(phrase("{words}.", words=words), "good")

    # -- one chosen token -------------------------------------------------------

    def on_live_table_chosen(self) -> None:
        """Show what can be done with the chosen token."""
        self.action_token_menu()

    def action_token_menu(self) -> None:
        """Show what can be done with the chosen token."""
        token = self._chosen()
        if token is not None:
            from hms.console.desks.token_menu import open_menu

            open_menu(self, token)

    def action_open_file(self) -> None:
        """Open a patient's file by its number."""
        open_file(self)

    def take_scan(self, kind: CodeKind, code: str) -> None:
        """Put the cursor on the token that was scanned; another's card offers to open the file."""
        rows = self._tokens_listed()
        found = next((t for t in rows if code.upper() in (t.code, t.mrn)), None)
        if found is None:
            self.say(phrase("{code} is not in this queue.", code=code), "warn")
            if kind is CodeKind.MRN and self.host.may("patients.search"):
                open_file(self, code)
            return
        self.query_one(LiveTable).move_to(found.id)
        self.say(f"{found.code} {found.patient_name or ''}")

    # -- queue and room -----------------------------------------------------------

    def action_choose_queue(self) -> None:
        """Choose which queue is shown and called."""
        choices.choose_queue(self)

    def action_choose_room(self) -> None:
        """Choose which of the queue's rooms to call to."""
        choices.choose_room(self)

    def action_pause_queue(self) -> None:
        """Pause the queue with a reason, or open it again."""
        choices.pause_or_open(self)

    def show_queue(self, queue_id: int) -> None:
        """Show and call the queue ``queue_id`` from now on."""
        self._queue_id, self._room = queue_id, None
        self.loader.ask()

    def call_to(self, room: str) -> None:
        """Call to ``room`` from now on."""
        self._room = room
        self.loader.ask()

    async def run_plain(self, words: str, use_case: Any, *args: Any, **kw: Any) -> None:
        """Run a use case that is not about one token and say ``words``."""
        await self.do(use_case, *args, **kw)
        await self.load()
        self.say(phrase("{words}.", words=words), "good")

    def _queue(self) -> str:
        desk = self.now_shown.desk
        if desk is None:
            raise NothingHere(
                "You have no queue yet.", hint="an administrator gives you one: hms queue add"
            )
        return desk.queue.row.code

    def _the_current(self) -> TokenView | None:
        if self.now_shown.current is None:
            self.show_error(NothingHere("Nobody is in the room.", hint="F4 calls the next"))
        return self.now_shown.current

    def _tokens_listed(self) -> list[TokenView]:
        desk = self.now_shown.desk
        return [*desk.waiting, *desk.held, *desk.missed] if desk else []

    def _chosen(self) -> TokenView | None:
        key = self.query_one(LiveTable).cursor_key
        return next((t for t in self._tokens_listed() if t.id == key), None)

    def _chosen_status(self) -> str:
        chosen = self._chosen()
        return chosen.status if chosen else ""

    def _undo_left(self) -> int:
        if self._undoable is None or self.host.hospital is None:
            return 0
        passed = clock.now().timestamp() - self._undoable[2]
        return int(self.undo_seconds - passed)

    @property
    def undo_seconds(self) -> int:
        """Return for how long something can be taken back."""
        return int(getattr(self.host.hospital, "settings").queues.undo_seconds)  # noqa: B009

    def _undo_text(self) -> str:
        left = self._undo_left()
        return phrase("F10 undo: {left} s", left=left) if left > 0 else ""
