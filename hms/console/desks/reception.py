"""The reception desk: find or register, give a token, see all queues; one screen."""

from __future__ import annotations

from typing import ClassVar

from textual.widgets import Static

from hms.console.desks.kiosks import show_kiosks
from hms.console.desks.reception_calls import DeskCalls
from hms.console.desks.reception_finding import FindingDesk
from hms.console.desks.reception_keys import RECEPTION
from hms.console.desks.reception_slips import DeskSlips
from hms.features.displays.screens.answer_line import AnswerLine
from hms.features.patients import service as patients
from hms.features.patients.queries import PatientView, age_sex
from hms.features.patients.screens.edit import Edit
from hms.features.patients.screens.fields import begun_by
from hms.features.patients.screens.register import Register
from hms.features.tokens import service as tokens
from hms.features.tokens.queries import TokenView
from hms.features.tokens.rules import ACTIVE
from hms.features.tokens.screens import reading
from hms.features.tokens.screens.acts import TokenActs
from hms.features.tokens.screens.choice import QueueChoice
from hms.features.tokens.screens.lists import Latest
from hms.features.tokens.screens.reading import Detail
from hms.features.tokens.screens.undo import UndoLine
from hms.kernel.i18n import phrase, tr, word
from hms.kit.modals import Answer, Ask
from hms.kit.tui_actions import Action
from hms.kit.tui_text import one_line, plain

NOTHING_TYPED = "Type a name, MRN, phone number, birth year or token code."


class ReceptionDesk(FindingDesk):
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

    def __init__(self, *, closable: bool = False) -> None:
        super().__init__()
        self._closable = closable
        self._whose: TokenView | None = None
        self._acts = TokenActs(self, acted=self.acted, attach=self._begin_attach)
        self._calls = DeskCalls(self)

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

    def on_input_submitted(self) -> None:
        """Take the chosen row."""
        self.action_take()

    def action_take(self) -> None:
        """Go on with the chosen row: its token, or a queue for its patient."""
        self.perform(self._take())

    async def _take(self) -> None:
        await self.fresh()
        if self.wrong is not None:
            raise self.wrong
        hit = self.chosen
        if hit is not None and hit.patient is not None:
            await self._take_patient(hit.patient)
        elif hit is not None:
            self.action_token_menu()
        elif self.text:
            self.action_register()
        else:
            self.say(NOTHING_TYPED)

    async def _take_patient(self, view: PatientView) -> None:
        if self._whose is not None:
            await self._attach_to(view)
            return
        found: Detail = await self.ask(reading.detail, view.mrn, None)
        active = {status.value for status in ACTIVE}
        held = {t.queue_id: t.code for t in found.tokens if t.status in active}
        self._choose_queue(view, held)

    def _choose_queue(self, view: PatientView, held: dict[int, str] | None = None) -> None:
        title = f"{one_line(view.name)}   {tr(age_sex(view, self.today()))}   {view.mrn}"
        choice = QueueChoice(self.queues.boards, patient=view.id, title=title, held=held)
        self.host.push_screen(choice, self._issued)

    def _issued(self, token: TokenView | None) -> None:
        if token is None:
            self.field.action_select_all()  # the next name is typed over this one
            return
        self.acted(token, word("given out"))
        self.ticket = token
        self.field.value = ""
        self.show_ticket()

    def acted(self, token: TokenView, done: str) -> None:
        """Say what was done to ``token``, and offer to take it back."""
        who = f" · {one_line(token.patient_name)}" if token.patient_name else ""
        self.say(phrase("{code} {done}{who}", code=token.code, done=done, who=who), "good")
        self.query_one(UndoLine).offer(token, done, self.queues.undo_seconds)
        if token.status == "called":
            self.query_one(AnswerLine).follow(token.id)
        self.loader.ask()

    # -- keys -------------------------------------------------------------------------

    def action_clear(self) -> None:
        """Empty the search; twice goes back to the desk below, when there is one."""
        if self._closable and not self.text and self._whose is None:
            self.dismiss(None)
            return
        self._end_attach()
        self.ticket = None
        self.field.value = ""
        self.query_one(Latest).pointing = False
        self.looker.ask()
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
            self.field.action_select_all()
            return
        if self._whose is not None:
            self.perform(self._attach_to(view))
        else:
            self._choose_queue(view)
        self.finder.ask()

    def action_blank_token(self) -> None:
        """Give a token without a patient."""
        title = phrase("A token without a patient")
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
            self.say(phrase("{name} is saved", name=one_line(view.name)), "good")
            self.loader.ask()

    # -- tokens ---------------------------------------------------------------------

    def action_token_menu(self) -> None:
        """Show what can be done with the token at hand."""
        token = self._the_token()
        if token is not None:
            boards, callable_ids = self.queues.boards, self.queues.callable_ids
            self._acts.open_menu(token, boards, callable_ids, prints=self.queues.prints)

    def action_kiosks(self) -> None:
        """Lock a self-service kiosk, or open one again."""
        self.perform(show_kiosks(self))

    def action_slips(self) -> None:
        """Show the slips that failed or are in doubt."""
        self.perform(DeskSlips(self).show())

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
        self.acted(token, phrase("called to {place}", place=token.place))
        self.ticket = token
        self.show_ticket()

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
        if self.ticket is not None and self.ticket.id == after.id:
            self.ticket = await self.ask(tokens.show_token, after.id)
            self.show_ticket()
        self.say(
            phrase(
                "Taken back: {code} is {state}",
                code=after.code,
                state=word(after.status.replace("_", " ")),
            ),
            "good",
        )
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
        self.ticket = None
        self.field.value = ""
        self.query_one("#ask", Static).update(plain(phrase("Whose is {code}?", code=token.code)))
        self.say("Find the patient, then Enter. F3 registers a new one, Esc leaves it.")

    def _end_attach(self) -> None:
        self._whose = None
        self.query_one("#ask", Static).update(plain(phrase("Find")))

    async def _attach_to(self, view: PatientView) -> None:
        assert self._whose is not None
        token: TokenView = await self.do(tokens.attach_patient, self._whose.id, view.mrn)
        self._end_attach()
        self.ticket = await self.ask(tokens.show_token, token.id)
        self.field.value = ""
        self.show_ticket()
        self.say(phrase("{code} is {name}'s", code=token.code, name=one_line(view.name)), "good")
        self.loader.ask()
