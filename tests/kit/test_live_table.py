"""A live list draws what changed, and keeps the cursor on the same row."""

from __future__ import annotations

import time
from typing import Any

import pytest
from textual.app import ComposeResult
from textual.geometry import Region

from hms.kit.base import HmsScreen
from hms.kit.live_table import Column, LiveTable, OpenChoice, Row
from tests.kit.screens import OneScreen, lines, shown

COLUMNS = (Column("Token", 8), Column("Patient"), Column("Wait", 6, right=True))


def row(n: int, wait: str = "5 min") -> Row:
    return Row(n, (f"GM-{n:03}", f"Person {n}", wait))


class Queue(HmsScreen[None]):
    chosen: Any = None
    moves = 0

    def compose_body(self) -> ComposeResult:
        yield LiveTable(COLUMNS, empty="Nobody is waiting.")

    @property
    def table(self) -> LiveTable:
        return self.query_one(LiveTable)

    def on_live_table_moved(self) -> None:
        self.moves += 1

    def on_live_table_chosen(self, event: LiveTable.Chosen) -> None:
        self.chosen = event.key


@pytest.fixture
def app() -> OneScreen:
    return OneScreen(Queue())


def table_of(app: OneScreen) -> LiveTable:
    return app.screen.query_one(LiveTable)


@pytest.mark.asyncio
async def test_an_empty_list_says_so(app: OneScreen) -> None:
    async with app.run_test(size=(80, 24)):
        assert "Nobody is waiting." in shown(app)


@pytest.mark.asyncio
async def test_the_cursor_stays_on_its_row_when_rows_move(app: OneScreen) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        table = table_of(app)
        table.put_rows([row(n) for n in range(10)])
        await pilot.press("down", "down", "down")
        assert table.cursor_key == 3
        table.put_rows([row(99), *(row(n) for n in range(10) if n != 1)])
        assert table.cursor_key == 3
        table.put_rows([row(n) for n in range(3)])
        assert table.cursor_key == 2
        table.put_rows([])
        assert table.cursor_key is None


@pytest.mark.asyncio
async def test_enter_chooses_the_row_under_the_cursor(app: OneScreen) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        table_of(app).put_rows([row(n) for n in range(100)])
        await pilot.press("end", "up", "enter")
        await pilot.pause()
        assert isinstance(app.first, Queue)
        assert app.first.chosen == 98
        assert "GM-098" in shown(app)


@pytest.mark.asyncio
async def test_a_changed_row_draws_one_line(
    app: OneScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        table = table_of(app)
        table.put_rows([row(n) for n in range(1000)])
        await pilot.pause()
        drawn: list[Region] = []
        monkeypatch.setattr(table, "refresh", lambda *regions, **_: drawn.extend(regions))
        table.put_rows([row(n, "6 min" if n == 7 else "5 min") for n in range(1000)])
        assert [(region.y, region.height) for region in drawn] == [(8, 1)]
        drawn.clear()
        table.put_rows([row(n, "7 min" if n == 700 else "5 min") for n in range(1000)])
        assert [(region.y, region.height) for region in drawn] == [(8, 1)]  # 7 is back, 700 unseen


@pytest.mark.asyncio
async def test_thousands_of_rows_are_updated_at_once(app: OneScreen) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        table = table_of(app)
        rows = [row(n) for n in range(10_000)]
        table.put_rows(rows)
        await pilot.pause()
        begin = time.perf_counter()
        table.put_row(row(5, "9 min"))
        table.screen._compositor.update_widgets({table})
        took_ms = (time.perf_counter() - begin) * 1000
        assert took_ms <= 15
        await pilot.pause()
        assert "9 min" in lines(app)[7]


@pytest.mark.asyncio
async def test_what_people_typed_is_shown_and_never_obeyed(app: OneScreen) -> None:
    hostile = ["[/bold] Zola", "\x1b]52;c;aGk=\x07", "a\nb", "\u202eevil", "<script>", "王小明"]
    async with app.run_test(size=(80, 24)):
        table_of(app).put_rows([Row(n, (f"GM-{n:03}", text, "")) for n, text in enumerate(hostile)])
        screen = shown(app)
        assert "[/bold] Zola" in screen
        assert "\x1b" not in screen
        assert "\u202e" not in screen
        assert "a b" in screen


@pytest.mark.asyncio
@pytest.mark.parametrize("width", [80, 100, 132, 200])
async def test_columns_fill_the_width_without_running_over(width: int) -> None:
    app = OneScreen(Queue())
    async with app.run_test(size=(width, 24)) as pilot:
        table_of(app).put_rows([Row(1, ("GM-001", "name " * 60, "5 min"))])
        await pilot.pause()
        painted = lines(app)[2]
        assert len(painted) <= width
        assert painted.rstrip().endswith("5 min")
        assert "…" in painted


@pytest.mark.asyncio
async def test_a_list_in_which_nothing_is_chosen_stays_at_its_top_without_moving(
    app: OneScreen,
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        table = OpenChoice(COLUMNS)
        await app.screen.query_one("#body").mount(table)
        table.put_rows([row(n) for n in range(1, 40)])
        await pilot.pause()
        before = app.screen.moves  # type: ignore[attr-defined]
        table.put_rows([row(n) for n in range(40)])
        assert table.cursor_key == 0
        assert table.scroll_offset.y == 0
        await pilot.pause()
        assert app.screen.moves == before  # type: ignore[attr-defined]
        table.pointing = True
        table.put_rows([row(99), *(row(n) for n in range(40))])
        assert table.cursor_key == 0, "what is chosen stays chosen"
