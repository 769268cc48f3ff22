"""The doctor's desk: every verb on one key, nobody called twice, others' changes live."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hms.features.tokens import service as tokens
from hms.kit.live_table import LiveTable
from hms.kit.tui_app import HmsApp
from tests.kit.screens import pale
from tests.sizes import sizes

Sit = Callable[..., Any]
pytestmark = pytest.mark.asyncio


async def test_the_queue_stands_in_the_order_it_is_called(sit: Sit) -> None:
    async with sit("asha") as at:
        await at.sees("GM  General medicine", "8 waiting", "Room 12", "GM-007", "emergency")
        order = [row.cells[1] for row in at.console.screen.query_one(LiveTable).rows]
        assert order[:3] == ["GM-007", "GM-002", "GM-005"]
        assert "[/bold] Zola" in at.text


async def test_one_key_calls_and_the_room_shows_the_code_large(sit: Sit) -> None:
    async with sit("asha") as at:
        await at.sees("GM-007")
        await at.keys("f4")
        await at.sees("GM-007 is called to Room 12", "CALLED", "王小明", "7 waiting", "██")


async def test_a_visit_goes_by_f4_f5_f6(sit: Sit) -> None:
    async with sit("asha") as at:
        await at.sees("GM-007")
        await at.keys("f4", "f2")
        await at.sees("is called again", "called 2 times")
        await at.keys("f5")
        await at.sees("WITH YOU")
        await at.keys("f6")
        await at.sees("GM-007 is finished", "free", "Nobody is in the room")


async def test_f4_struck_twice_calls_one_patient(sit: Sit, nora: Any) -> None:
    async with sit("asha") as at:
        await at.sees("8 waiting")
        await at.keys("f4", "f4", "f4")
        await at.sees("7 waiting")
        called = nora.ask(tokens.list_tokens, queue="GM", status="called")
        assert [token.code for token in called] == ["GM-007"]


@sizes("times", 25, 150)
async def test_f4_struck_twice_again_and_again_calls_each_once(
    sit: Sit, nora: Any, folder: Path, times: int
) -> None:
    for _ in range(times - 8):
        nora.do(tokens.issue, tokens.IssueToken("GM"))
    async with sit("asha") as at:
        await at.sees(f"{times} waiting")
        for _ in range(times):
            await at.keys("f4", "f4")
            assert write_lock_is_free(folder / "hms.db")
            await at.keys("f6")
        await at.sees("nobody waiting")
        listed = nora.ask(tokens.list_tokens, queue="GM")
        assert {(token.status, token.call_count) for token in listed} == {("completed", 1)}


def write_lock_is_free(path: Path, within_ms: int = 50) -> bool:
    """Return whether somebody else could write now."""
    db = sqlite3.connect(path, isolation_level=None, timeout=within_ms / 1000)
    try:
        db.execute("BEGIN IMMEDIATE")
        db.execute("ROLLBACK")
    except sqlite3.OperationalError:
        return False
    finally:
        db.close()
    return True


async def test_a_busy_room_asks_what_became_of_its_patient(sit: Sit, nora: Any) -> None:
    async with sit("asha") as at:
        await at.sees("8 waiting")
        await at.keys("f4")
        await at.sees("GM-007 is called")
        await asyncio.sleep(0.6)
        await at.keys("f4")
        await at.sees("GM-007 is still called in Room 12", "F8")
        await at.keys("f4", "f4")
        assert "still called" in at.text
        await at.keys("f8")
        await at.sees("GM-002 is called")
        assert nora.ask(tokens.show_token, "GM-007").status == "no_show"
        await asyncio.sleep(0.6)
        await at.keys("f5", "f4")
        await at.sees("GM-002 is still in progress")
        assert "F8" not in at.text.split("still in progress")[1]
        await at.keys("enter")
        await at.sees("GM-005 is called")
        assert nora.ask(tokens.show_token, "GM-002").status == "completed"


async def test_a_busy_room_with_nobody_waiting_offers_no_next_one(sit: Sit, nora: Any) -> None:
    async with sit("ben") as at:
        await at.keys("f4")
        await at.sees("ENT-001 is called")
        await asyncio.sleep(0.6)
        await at.keys("f4")
        await at.sees("ENT-001 is still called in Room 14, and nobody waits.")
        assert "F8" not in at.text.split("nobody waits.")[1].split("\n")[0]
    assert nora.ask(tokens.show_token, "ENT-001").status == "called"


async def test_what_was_done_last_is_taken_back_with_f10(sit: Sit, nora: Any) -> None:
    async with sit("asha") as at:
        await at.sees("8 waiting")
        await at.keys("f4")
        await at.sees("F10 undo: ")
        await at.keys("f10")
        await at.sees("Taken back: GM-007 is waiting again", "8 waiting")
        assert nora.ask(tokens.show_token, "GM-007").status == "waiting"
        await asyncio.sleep(0.6)
        await at.keys("f10")
        await at.sees("There is nothing to undo")


async def test_a_held_token_is_seen_and_resumed_with_the_same_key(sit: Sit) -> None:
    async with sit("asha") as at:
        await at.sees("8 waiting")
        await at.keys("f4", "f5", "f7")
        await at.types("x-ray")
        await at.keys("enter")
        await at.sees("GM-007 is on hold", "on hold  GM-007", "1 held or missed")
        await at.keys("end", "f7")
        await at.sees("GM-007 goes on", "WITH YOU")


async def test_a_patient_who_did_not_come_can_rejoin(sit: Sit) -> None:
    async with sit("asha") as at:
        await at.sees("8 waiting")
        await at.keys("f4", "f8")
        await at.sees("GM-007 did not come", "missed")
        await at.keys("end", "enter")
        await at.sees("The patient is here now: wait again")
        await at.keys("enter")
        await at.sees("GM-007 waits again", "8 waiting")


async def test_a_chosen_token_is_called_with_a_reason(sit: Sit, nora: Any) -> None:
    async with sit("asha") as at:
        await at.sees("GM-001")
        await at.types("")
        at.console.screen.query_one(LiveTable).move_to(nora.ask(tokens.show_token, "GM-001").id)
        await at.keys("enter")
        await at.sees("GM-001  Lakshmi Rao", "Call now, out of order")
        await at.keys("enter")
        await at.types("in pain")
        await at.keys("enter")
        await at.sees("GM-001 is called")
        assert "in pain" in nora.ask(tokens.why, "GM-001").sentence


async def test_a_patient_is_sent_on_to_another_queue(sit: Sit, nora: Any) -> None:
    async with sit("asha") as at:
        await at.sees("8 waiting")
        await at.keys("f4", "f9")
        await at.sees("Send GM-007 to which queue?")
        await at.types("lab")
        await at.keys("enter")
        await at.sees("GM-007 goes to LAB")
        assert nora.ask(tokens.show_token, "GM-007").queue == "LAB"


async def test_a_key_without_anybody_in_the_room_says_so(sit: Sit) -> None:
    async with sit("asha") as at:
        await at.sees("8 waiting")
        for key in ("f2", "f5", "f6", "f8"):
            await at.keys(key)
            await at.sees("Nobody is in the room")


async def test_the_status_is_set_with_its_reason(sit: Sit) -> None:
    async with sit("asha") as at:
        await at.sees("offline")
        await at.keys("f3")
        await at.types("paus")
        await at.keys("enter")
        await at.types("ward round")
        await at.keys("enter")
        await at.sees("You are paused", "● paused (ward round)")


async def test_anothers_change_appears_at_once_and_moves_no_cursor(sit: Sit, nora: Any) -> None:
    async with sit("asha") as at:
        await at.sees("8 waiting")
        await at.keys("down", "down", "down")
        table = at.console.screen.query_one(LiveTable)
        before = table.cursor_key
        took = []
        for n in range(5):
            nora.do(tokens.issue, tokens.IssueToken("GM", None, "emergency"))
            took.append(await at.sees(f"{9 + n} waiting", seconds=3))
        assert min(took) <= 0.2
        assert table.cursor_key == before


async def test_the_nurse_calls_for_the_queue_she_chooses(sit: Sit) -> None:
    async with sit("nora") as at:
        await at.sees("Nurse's desk")
        await at.keys("f3")
        await at.types("ear")
        await at.keys("enter")
        await at.sees("ENT  Ear, nose and throat", "ENT-001")
        await at.keys("f4")
        await at.sees("ENT-001 is called to Room 14", "no patient is attached")


async def test_a_nurse_chooses_among_the_rooms_of_a_queue(sit: Sit, nora: Any) -> None:
    nora.do(tokens.issue, tokens.IssueToken("LAB"))
    async with sit("nora") as at:
        await at.keys("f3")
        await at.types("lab")
        await at.keys("enter")
        await at.sees("Lab 1")
        await at.keys("ctrl+p")
        await at.types("room")
        await at.keys("enter", "down", "enter")
        await at.sees("Lab 2")
        await at.keys("f4")
        await at.sees("LAB-001 is called to Lab 2")


async def test_a_paused_queue_says_why_and_calls_nobody(sit: Sit) -> None:
    async with sit("asha") as at:
        await at.sees("8 waiting")
        for expected in ("PAUSED: lunch", "GM is open again"):
            await at.keys("ctrl+p")
            await at.types("pause this")
            await at.keys("enter")
            if expected.startswith("PAUSED"):
                await at.types("lunch")
                await at.keys("enter")
                await at.sees(expected)
                await at.keys("f4")
                await at.sees("queue GM is paused")
            else:
                await at.sees(expected)


async def test_the_menu_explains_a_place_in_the_line(sit: Sit) -> None:
    async with sit("asha") as at:
        await at.sees("8 waiting")
        await at.keys("enter")
        await at.types("place")
        await at.keys("enter")
        await at.sees("an emergency goes before everyone")


@pytest.mark.parametrize("size", [(80, 24), (120, 30), (132, 43), (200, 50)])
@pytest.mark.parametrize("theme", HmsApp.THEMES)
async def test_every_word_on_the_desk_is_readable(
    sit: Sit, size: tuple[int, int], theme: str
) -> None:
    async with sit("asha", size=size) as at:
        await at.sees("8 waiting")
        at.console.theme = theme
        await at.keys("f4")
        await at.sees("is called")
        assert list(pale(at.console)) == []
