"""Queues: defined, paused and opened, with who waits and who is served now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from hms.features.staff import service as staff
from hms.features.tokens import service
from hms.features.tokens.queries import QueueView
from hms.features.tokens.screens.live_board import now_words
from hms.features.tokens.screens.queue_fields import (
    ALIASES,
    add_fields,
    added,
    edit_fields,
    edited,
)
from hms.features.tokens.screens.words import queue_wait
from hms.infra.uow import Work
from hms.kernel.actor import Actor
from hms.kernel.i18n import phrase
from hms.kit.live_table import Column, Row
from hms.kit.modals import Reason
from hms.kit.tui_actions import Action
from hms.kit.tui_form_dialog import FormDialog
from hms.kit.tui_list import Fact, ListPanel


@dataclass(frozen=True, slots=True)
class QueueHere:
    """A queue and the sign-in names of its doctors."""

    view: QueueView
    doctors: tuple[str, ...]


def queues_here(work: Work, actor: Actor) -> list[QueueHere]:
    """Return all queues, each with its doctors."""
    names = {d.user_id: d.name for d in staff.list_doctors(work, actor)}
    return [
        QueueHere(view, tuple(names[user] for user in view.doctors if user in names))
        for view in service.list_queues(work, actor)
    ]


class QueuesPanel(ListPanel[QueueHere]):
    """Queues of the hospital."""

    TITLE_TEXT = "Queues"
    HELP_TEXT = (
        "What people wait for. A paused queue calls nobody, tokens are still given out. Closing "
        "the day expires what still waits, except in queues that run day and night."
    )
    EMPTY = "No queue yet; F3 adds one."
    FIND = "code, name or room"
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("Code", 8, tone="accent"),
        Column("Name"),
        Column("Rooms", 16),
        Column("Wait", 4, right=True),
        Column("Now", 15, tone="call"),
        Column("State", 12),
    )
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action("f2", "Edit", "Change the queue", "edit", "", "queues.define"),
        Action("f3", "Add", "Add a queue", "add", "", "queues.define"),
        Action("f4", "Pause", "Pause the queue with a reason, or open it", "turn",
               "The wall says that it is paused; the reason is for the staff.", "queues.pause"),
        Action("f9", "Shut", "Take the queue out of use", "close_queue",
               "Only when nobody is in it; its history stays.", "queues.define"),
        Action("f10", "Day", "Close the day", "close_day",
               "What still waits expires; queues that run day and night are left.",
               "queues.define"),
    )  # fmt: skip

    async def fetch(self) -> Sequence[QueueHere]:
        """Return the queues."""
        found: list[QueueHere] = await self.ask(queues_here)
        return found

    def row_of(self, item: QueueHere) -> Row:
        """Return one queue's row."""
        view = item.view
        rooms = ", ".join(view.rooms)
        state = "paused" if view.paused else "open"
        cells = (view.row.code, view.row.name, rooms, str(view.waiting), now_words(view), state)
        return Row(view.row.id, cells, tone="warn" if view.paused else "")

    def facts_of(self, item: QueueHere) -> tuple[str, Sequence[Fact]]:
        """Return how the queue works and how it goes."""
        view, row = item.view, item.view.row
        limit = f"{row.daily_limit} a day" if row.daily_limit else "none"
        rules = f"next by {row.policy}, missed ones rejoin: {row.rejoin}"
        hours = "day and night" if row.is_24h else ""
        calls = "the front desk may call" if row.desk_calls else ""
        going = f"{view.waiting} waiting, {len(view.serving)} inside, wait {queue_wait(view)}"
        return f"{row.code} {row.name}", (
            ("paused", row.paused_reason or "", "warn"),
            ("now", going, ""),
            ("next", " ".join(view.next[:6]), ""),
            ("doctors", ", ".join(item.doctors) or "any", ""),
            ("limit", limit, ""),
            ("rules", rules, ""),
            ("also", ", ".join(filter(None, (hours, calls))), ""),
        )

    def needs(self, action: Action) -> bool:
        """Return whether ``action`` works on a chosen row."""
        return action.name not in ("add", "close_day")

    def action_add(self) -> None:
        """Open an empty form."""

        async def save(values: Any) -> Any:
            return await self.do(service.add_queue, added(values))

        dialog = FormDialog(
            "A new queue",
            add_fields(),
            save,
            draft="queue-add",
            aliases={**ALIASES, "queue": "code"},
        )
        self.host.push_screen(dialog, self._saved)

    def action_edit(self) -> None:
        """Open the queue's form."""
        item = self.chosen
        if item is None:
            return
        row_id = item.view.row.id

        async def save(values: Any) -> Any:
            return await self.do(service.edit_queue, row_id, edited(values))

        title = f"Queue {item.view.row.code}"
        fields = edit_fields(item.view, item.doctors)
        self.host.push_screen(FormDialog(title, fields, save, aliases=ALIASES), self._saved)

    def action_turn(self) -> None:
        """Ask why, then pause; open without asking."""
        item = self.chosen
        if item is None:
            return
        row = item.view.row
        if item.view.paused:
            self.perform(self._change(f"{row.code} is open", service.open_queue, row.id))
            return

        def given(reason: str | None) -> None:
            if reason is not None:
                done = f"{row.code} is paused"
                self.perform(self._change(done, service.pause_queue, row.id, reason))

        self.host.push_screen(
            Reason(
                phrase("Pause {code} {name}. Why?", code=row.code, name=row.name),
                placeholder="for the staff only",
            ),
            given,
        )

    def action_close_queue(self) -> None:
        """Ask, then take the queue out of use."""
        item = self.chosen
        if item is not None:
            row = item.view.row
            done = f"{row.code} is out of use"
            self.confirm(
                phrase("Take {code} {name} out of use?", code=row.code, name=row.name),
                lambda: self._change(done, service.close_queue, row.id),
                label="take it out of use",
                detail="Nobody may be in it. Its tokens stay in the records.",
            )

    def action_close_day(self) -> None:
        """Ask, then close the day."""
        self.confirm(
            "Close the day for all queues?",
            self._close_day,
            label="close the day",
            detail="What still waits, is called or on hold expires. It cannot be undone.",
        )

    async def _close_day(self) -> None:
        closed = await self.do(service.close_day)
        await self.load()
        self.say(
            phrase(
                "Day closed: {expired} expired, {kept} kept",
                expired=closed.expired,
                kept=closed.kept,
            ),
            "good",
        )

    async def _change(self, done: str, use_case: Any, *args: Any) -> None:
        await self.do(use_case, *args)
        await self.load()
        self.say(done, "good")

    def _saved(self, view: QueueView | None) -> None:
        if view is not None:
            self.say(phrase("{code} is saved", code=view.row.code), "good")
            self.perform(self._show_saved(view.row.id))

    async def _show_saved(self, queue_id: int) -> None:
        await self.load()
        self.point_at(queue_id)
