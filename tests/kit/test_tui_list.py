"""A list that is filtered as one types, and one in which nothing is chosen yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import pytest
from textual.app import ComposeResult

from hms.kit.base import HmsScreen
from hms.kit.live_table import Column, OpenChoice, Row
from hms.kit.tui_list import Fact, ListPanel, facts_text
from tests.kit.screens import OneScreen, shown

asynchronous = pytest.mark.asyncio


class Wards(ListPanel[str]):
    """A list of words."""

    COLUMNS: ClassVar[tuple[Column, ...]] = (Column("Ward"),)
    EMPTY = "no ward"

    def __init__(self) -> None:
        super().__init__()
        self.wards = ["Élan", "North", "North-East", "South"]

    async def fetch(self) -> Sequence[str]:
        return self.wards

    def row_of(self, item: str) -> Row:
        return Row(item, (item,))

    def facts_of(self, item: str) -> tuple[str, Sequence[Fact]]:
        return item, (("beds", "[/bold] 12", "good"), ("nurse", "", ""))


class Screen(HmsScreen[None]):
    """Holds the list."""

    def compose_body(self) -> ComposeResult:
        yield Wards()

    def on_mount(self) -> None:
        self.query_one(Wards).focus_filter()

    async def load(self) -> None:
        await self.query_one(Wards).load()


@asynchronous
async def test_typing_narrows_the_list_whatever_the_accents() -> None:
    """The facts are those of the row under the cursor; a fact without a value is left out."""
    app = OneScreen(Screen())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press(*"elan")
        await pilot.pause()
        panel = app.screen.query_one(Wards)
        assert [row.key for row in panel.table.rows] == ["Élan"]
        assert "[/bold] 12" in shown(app)
        assert "nurse" not in shown(app)


@asynchronous
async def test_the_cursor_stays_on_its_row_when_the_list_changes() -> None:
    """Arrow keys move while the filter has the keyboard."""
    app = OneScreen(Screen())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("down", "down")
        panel = app.screen.query_one(Wards)
        assert panel.table.cursor_key == "North-East"
        panel.wards.insert(0, "Annex")
        await panel.load()
        assert panel.chosen == "North-East"
        await pilot.press(*"zzz")
        await pilot.pause()
        assert "no ward" in shown(app)
        panel.point_at("South")
        assert panel.table.cursor_key == "South"


class Picking(HmsScreen[None]):
    """Holds an open choice."""

    def __init__(self) -> None:
        super().__init__()
        self.nothing = 0
        self.taken: list[object] = []

    def compose_body(self) -> ComposeResult:
        yield OpenChoice([Column("Queue")])

    def on_mount(self) -> None:
        table = self.query_one(OpenChoice)
        table.put_rows([Row(n, (f"queue {n}",)) for n in range(5)])
        table.focus()

    def on_open_choice_nothing_chosen(self) -> None:
        self.nothing += 1

    def on_live_table_chosen(self, event: OpenChoice.Chosen) -> None:
        self.taken.append(event.key)


@asynchronous
async def test_enter_chooses_nothing_before_a_row_was_pointed_at() -> None:
    """The first arrow key points at the first row; only then Enter takes one."""
    screen = Picking()
    app = OneScreen(screen)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        table = screen.query_one(OpenChoice)
        await pilot.press("enter")
        await pilot.pause()
        assert (screen.nothing, screen.taken, table.chosen_key) == (1, [], None)
        await pilot.press("down", "enter")
        await pilot.pause()
        assert screen.taken == [0]
        table.choose(3)
        await pilot.press("enter")
        await pilot.pause()
        assert screen.taken == [0, 3]


def test_facts_are_plain_text() -> None:
    """A label's fact with nothing in it is not shown."""
    text = facts_text("Ward [/x]", (("beds", "3\n4", ""), ("nurse", "", "")))
    assert text.plain == "Ward [/x]\nbeds          3 4"
