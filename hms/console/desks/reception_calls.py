"""Calling from the reception, for queues that let the front desk call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hms.features.tokens import service as tokens
from hms.features.tokens.errors import RoomBusy
from hms.features.tokens.queries import TokenView
from hms.kernel.i18n import phrase
from hms.kit.modals import Answer, Ask, Item, Pick

if TYPE_CHECKING:
    from hms.console.desks.reception import ReceptionDesk


class DeskCalls:
    """Asks for which queue, calls its next one, asks what became of the one before."""

    def __init__(self, desk: ReceptionDesk) -> None:
        self._desk = desk

    def ask_queue(self) -> None:
        """Call at once when there is one such queue; ask which when there are several."""
        views = [v for v in self._desk.queues.boards if v.row.id in self._desk.queues.callable_ids]
        if not views:
            self._desk.say("No queue lets the front desk call; an administrator can allow it.")
        elif len(views) == 1:
            self._begin(views[0].row.code)
        else:
            items = [
                Item(
                    v.row.code,
                    f"{v.row.code:<9}{v.row.name}",
                    phrase("{waiting} waiting", waiting=v.waiting),
                )
                for v in views
            ]
            self._desk.host.push_screen(Pick("Call the next of which queue?", items), self._begin)

    def _begin(self, code: str | None) -> None:
        if code is not None:
            self._desk.perform(self._call(code))

    async def _call(self, code: str, *, finish: bool = False, no_show: bool = False) -> None:
        try:
            token: TokenView = await self._desk.do(
                tokens.call_next, code, finish=finish, no_show=no_show
            )
        except RoomBusy as busy:
            self._ask_about(code, busy)
            return
        self._desk.called(await self._desk.ask(tokens.show_token, token.id))

    def _ask_about(self, code: str, busy: RoomBusy) -> None:
        answers = [
            Answer("enter", "the visit is finished: call the next one", "finish"),
            Answer("f8", "nobody came: call the next one", "no_show"),
        ]

        def answered(answer: str | None) -> None:
            if answer is not None:
                again = self._call(code, finish=answer == "finish", no_show=answer == "no_show")
                self._desk.perform(again)

        self._desk.host.push_screen(
            Ask(phrase("{message}.", message=busy.message), answers), answered
        )
