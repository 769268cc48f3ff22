"""The console as a whole: quick to come up, small, private, and it leaves nothing behind."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.console.scratch import PASSWORD
from tests.journeys.pty_desk import Terminal, python

SCRATCH = "tests/console/scratch.py"
Sit = Callable[..., Any]
OURS = """
import sys
from pathlib import Path
from hms.infra import settings as conf
from hms.console.app import run
url = f"sqlite+aiosqlite:///{sys.argv[1]}/hms.db"
run(conf.Settings(database=conf.DatabaseSettings(url=url)))
"""


def console_at(folder: Path, **how: Any) -> Terminal:
    terminal = Terminal(python(SCRATCH, str(folder)), **how)
    terminal.wait_for("Please sign in")
    return terminal


def test_a_working_desk_needs_no_more_than_120_megabytes(folder: Path) -> None:
    with console_at(folder) as terminal:
        terminal.type(f"asha<enter>{PASSWORD}<enter>")
        terminal.wait_for("8 waiting")
        terminal.type("<f4>")
        terminal.wait_for("is called to")
        status = Path(f"/proc/{terminal.pid}/status").read_text()
        (resident,) = [line for line in status.splitlines() if line.startswith("VmRSS")]
        assert int(resident.split()[1]) <= 120 * 1024


def test_sign_in_and_first_call_typed_ahead_in_one_burst(folder: Path) -> None:
    with console_at(folder) as terminal:
        terminal.type(f"asha<enter>{PASSWORD}<enter><f4><f5>")
        terminal.wait_for("WITH YOU", 20)
        assert "GM-007" in terminal.text


def test_nothing_hostile_in_a_name_reaches_the_terminal(folder: Path) -> None:
    with console_at(folder, columns=132, lines=43) as terminal:
        terminal.type(f"asha<enter>{PASSWORD}<enter>")
        terminal.wait_for("[/bold] Zola")
        terminal.wait_for("<script>")


def test_it_leaves_with_a_sane_terminal_and_nobody_signed_in(folder: Path) -> None:
    with console_at(folder) as terminal:
        terminal.type(f"asha<enter>{PASSWORD}<enter>")
        terminal.wait_for("8 waiting")
        terminal.type("<ctrl+p>leave<enter>")
        assert terminal.exit_code() == 0
        assert terminal.terminal_is_sane()
    assert open_sessions(folder) == 0


def test_a_dropped_line_signs_out_and_keeps_the_half_typed_form(folder: Path) -> None:
    with console_at(folder) as terminal:
        terminal.type(f"rosa<enter>{PASSWORD}<enter>")
        terminal.wait_for("Reception", 20)
        terminal.type("Zoltan Unheard<enter>")
        terminal.wait_for("Born", 20)
        terminal.type("<enter>1971")
        terminal.wait_for("1971")
        terminal.kill(signal.SIGHUP)
        terminal.exit_code()
    assert open_sessions(folder) == 0
    with console_at(folder) as terminal:
        terminal.type(f"rosa<enter>{PASSWORD}<enter>")
        terminal.wait_for("Reception", 20)
        terminal.type("Zoltan Unheard<enter>")
        terminal.wait_for("1971", 20)


def open_sessions(folder: Path) -> int:
    import sqlite3

    with sqlite3.connect(folder / "hms.db") as db:
        (count,) = db.execute("SELECT count(*) FROM desk_session WHERE ended_at IS NULL").fetchone()
    return int(count)


def test_a_database_that_is_not_there_is_told_on_the_sign_in(tmp_path: Path) -> None:
    ours = tmp_path / "ours.py"
    ours.write_text(OURS)
    with Terminal(python(str(ours), str(tmp_path / "nowhere"))) as terminal:
        terminal.wait_for("Please sign in")
        terminal.wait_for("there is no database")


@pytest.mark.asyncio
async def test_a_scanned_token_moves_the_cursor_even_from_a_dialog(sit: Sit) -> None:
    from hms.kit.live_table import LiveTable

    async with sit("asha") as at:
        await at.sees("8 waiting")
        await at.keys("f9")
        await at.sees("which queue?")
        await at.keys("f12", *"GM-005", "enter")
        await at.sees("GM-005 Nguyễn")
        table = at.console.screen.query_one(LiveTable)
        assert next(r for r in table.rows if r.key == table.cursor_key).cells[1] == "GM-005"
        await at.keys("f12", *"ZZ-999", "enter")
        await at.sees("ZZ-999 is not in this queue")


@pytest.mark.asyncio
async def test_a_scan_at_the_lock_opens_and_types_nothing(sit: Sit) -> None:
    async with sit("asha") as at:
        await at.sees("8 waiting")
        await at.keys("ctrl+l")
        await at.sees("Locked by asha")
        await at.keys("f12", *"GM-005", "enter")
        assert "•" not in at.text
        assert "Locked by asha" in at.text


@pytest.mark.asyncio
async def test_signing_out_closes_the_desk(sit: Sit) -> None:
    async with sit("asha") as at:
        await at.sees("8 waiting")
        await at.keys("f3", "ctrl+o")
        await at.sees("Please sign in")
        assert "GM-001" not in at.text
        assert at.console.link.person is None
        await at.signs_in("ben")
        await at.sees("ENT-001")
