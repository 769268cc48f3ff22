"""A small desk for the burst tests: three screens, F-keys, a command that takes its time."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Static

from hms.kit.base import HmsScreen
from hms.kit.forms import Field, Form
from hms.kit.modals import Answer, Ask, Item, Pick
from hms.kit.tui_actions import Action
from hms.kit.tui_app import HmsApp


class Search(HmsScreen[None]):
    """First screen: lists what was entered; F3 opens the form, F4 runs a slow command."""

    TITLE_TEXT = "Search"
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action("f3", "New", "New entry", "new"),
        Action("f4", "Next", "Slow command, then a question", "slow"),
        Action("f5", "Fail", "Raise a fault", "fail"),
        Action("f6", "Wrong", "Fail in a command", "wrong"),
    )

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[str] = []
        self.calls = 0

    def compose_body(self) -> ComposeResult:
        yield Form([Field("find", "Find")])
        yield Static("", id="entries", markup=False)

    def action_new(self) -> None:
        self.host.push_screen(Entry(), self.entered)

    def entered(self, line: str | None) -> None:
        if line is not None:
            self.entries.append(line)
            self.query_one("#entries", Static).update("\n".join(self.entries))

    def action_slow(self) -> None:
        self.perform(self._slow())

    async def _slow(self) -> None:
        self.calls += 1
        await asyncio.sleep(0.05)
        self.say(f"called {self.calls}")
        answers = [Answer("enter", "finish it", "finish"), Answer("f8", "not there", "miss")]
        self.host.push_screen(Ask("Somebody is in the room.", answers), self.answered)

    def answered(self, value: str | None) -> None:
        self.say(f"called {self.calls}, answer {value}")

    def action_fail(self) -> None:
        password = "canary-password"  # noqa: F841 must not reach the terminal
        raise RuntimeError("canary-message\nwith canary-second-line")

    def action_wrong(self) -> None:
        self.perform(self._wrong())

    async def _wrong(self) -> None:
        raise ValueError("canary-message")


class Entry(HmsScreen[str]):
    """Second screen: a form; F9 picks the queue in a dialog, the third."""

    TITLE_TEXT = "Entry"
    ACTIONS: ClassVar[tuple[Action, ...]] = (Action("f9", "Queue", "Pick a queue", "pick"),)

    def compose_body(self) -> ComposeResult:
        sexes = (("u", "unknown"), ("f", "female"), ("m", "male"))
        yield Form(
            [Field("name", "Name"), Field("sex", "Sex", options=sexes), Field("phone", "Phone")]
        )

    def on_form_submitted(self) -> None:
        self.action_pick()

    def action_pick(self) -> None:
        queues = [Item(code, code) for code in ("GM", "ENT", "CARD", "LAB")]
        self.host.push_screen(Pick("Queue", queues), self.picked)

    def picked(self, queue: str | None) -> None:
        values = self.query_one(Form).values
        self.dismiss("|".join([values["name"], values["sex"], values["phone"], queue or "?"]))


class BurstApp(HmsApp):
    """With ``open_gate`` keys go in as Textual takes them, which is the control."""

    def __init__(self, *, open_gate: bool = False) -> None:
        super().__init__()
        self._open = open_gate

    def on_mount(self) -> None:
        self.push_screen(Search())

    def post_message(self, message: Message) -> bool:
        if self._open and isinstance(message, events.Key):
            return (
                self.hand_over(message)
                if not message.is_forwarded
                else super().post_message(message)
            )
        return super().post_message(message)


if __name__ == "__main__":
    BurstApp(open_gate="open" in sys.argv or bool(os.environ.get("OPEN_GATE"))).run()
