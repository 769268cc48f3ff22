"""Hostile text is just text, on a real terminal (trust.md T16)."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hms.infra.sqlite import sqlite3
from tests.console.scratch import PASSWORD, build
from tests.house.sources import ROOT
from tests.journeys.pty_desk import Terminal, python
from tests.trust.hostile import TEXTS, foreign

ROWS_OF = {
    "patient": ("name", "address", "contact"),
    "queue": ("name",),
    "room": ("name",),
    "user_account": ("full_name",),
    "department": ("name",),
}
# Everything that a list shows once such rows are in the database all the same.
SCREENS = {
    "rosa": ["a", "<f6>", "<esc>", "<f3>", "<esc>", "<f7>", "<esc>", "<f1>", "<esc>", "<ctrl+p>"],
    "ada": ["<f5>", "<down>", "<f6>", "<down>", "<f7>", "<down>", "<f8>", "<down>", "<f1>"],
    "asha": ["<down>", "<f4>", "<enter>", "<esc>", "<f1>", "<esc>"],
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A furnished hospital with a file of settings."""
    build(tmp_path / "hms-data")
    (tmp_path / "hms.toml").write_text('[database]\nurl = "sqlite+aiosqlite:///hms-data/hms.db"\n')
    return tmp_path


def environment(place: Path) -> dict[str, str]:
    return {
        "HMS_SESSION_FILE": str(place / "session.json"),
        "XDG_CONFIG_HOME": str(place / "config"),
        "XDG_DATA_HOME": str(place / "share"),
    }


def hms(place: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hms.cli.main", *arguments],
        cwd=place,
        env={**os.environ, **environment(place), "PYTHONPATH": str(ROOT)},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def every_command(place: Path, who: str, count: int, seconds: float) -> bytes:
    """Run every command with hostile texts as ``who``; return what the terminal was sent."""
    assert hms(place, "login", who, "--password-stdin", stdin=f"{PASSWORD}\n").returncode == 0
    program = python("tests.trust.every_command", "hostile", str(place), str(count))
    with Terminal(program, columns=200, lines=50, env=environment(place)) as terminal:
        assert terminal.exit_code(seconds) == 0
        return bytes(terminal.raw)


def judge(raw: bytes, least: int) -> None:
    """Look for crashes and for anything that a terminal obeys."""
    told = re.search(rb"CALLS (\d+) BAD (.*)", raw)
    assert told is not None, raw[-2000:]
    assert told[2].strip() == b"[]"
    assert int(told[1]) >= least
    for word in (b"PAST MAIN", b"Traceback", b"unexpected happened"):
        assert word not in raw
    assert foreign(raw) == []


def test_the_eye_of_these_tests_sees() -> None:
    """Its control: what is no terminal's food is found when it is there."""
    assert foreign(b"\x1b[31mred\x1b[0m \x1b[2;5H\xe2\x82\xac") == []
    seen = [text for text in TEXTS if foreign(b"a" + text.encode(errors="surrogatepass") + b"b")]
    assert len(seen) >= 35


def test_every_option_of_every_command_takes_a_hostile_text_in_turn(place: Path) -> None:
    judge(every_command(place, "mara", 1, 120), 100)


@pytest.mark.long
@pytest.mark.parametrize("who", ["ada", "mara"])
def test_every_option_of_every_command_takes_them_all(place: Path, who: str) -> None:
    judge(every_command(place, who, 0, 3600), 100 * len(TEXTS))


def test_every_column_of_an_import_holds_them_all(place: Path) -> None:
    """Good rows are kept, bad ones told with their line, nothing reaches the terminal."""
    assert hms(place, "login", "mara", "--password-stdin", stdin=f"{PASSWORD}\n").returncode == 0
    columns = ["name", "birth_date", "sex", "phone", "address"]
    texts = [t[:5000] for t in TEXTS]
    rows = [
        {**dict.fromkeys(columns, ""), "name": f"Somebody {n}{i}", column: text}
        for i, column in enumerate(columns)
        for n, text in enumerate(texts)
    ]
    table = io.StringIO(newline="")
    writer = csv.DictWriter(table, columns)
    writer.writeheader()
    writer.writerows(rows)
    file = place / "people.csv"
    file.write_bytes(table.getvalue().encode(errors="surrogatepass"))
    program = python("hms.cli.main", "--config", str(place / "hms.toml"),
                     "patient", "import", str(file), "--format", "csv", "--yes")  # fmt: skip
    given = {
        **environment(place),
        "HMS_DATABASE__URL": f"sqlite+aiosqlite:///{place}/hms-data/hms.db",
    }
    with Terminal(program, columns=200, lines=50, env=given) as terminal:
        code = terminal.exit_code(120)
        raw = bytes(terminal.raw)
    assert code in (0, 2, 6), raw[-2000:]
    assert b"unexpected" not in raw
    assert b"Traceback" not in raw
    assert foreign(raw) == []


def poison(place: Path) -> None:
    """Put the texts past every check into the database, as an old import could have."""
    raw = sqlite3.connect(place / "hms-data" / "hms.db")
    texts = [t[:2000].encode(errors="replace").decode() for t in TEXTS]
    at = 0
    for table, columns in ROWS_OF.items():
        for (key,) in raw.execute(f"SELECT rowid FROM {table}").fetchall():
            for column in columns:
                at += 1
                text = json.dumps([texts[at % 60]]) if column == "allergies" else texts[at % 60]
                with_check = f"UPDATE OR IGNORE {table} SET {column} = ? WHERE rowid = ?"
                try:
                    raw.execute(with_check, (f"{text} {at}", key))
                except sqlite3.IntegrityError:
                    continue  # the database's own constraint refuses it
    raw.commit()
    raw.close()


@pytest.mark.parametrize("who", ["rosa", pytest.param("ada", marks=pytest.mark.long),
                                 pytest.param("asha", marks=pytest.mark.long)])  # fmt: skip
def test_screens_show_what_got_into_the_database_past_every_check(place: Path, who: str) -> None:
    poison(place)
    program = python("tests/console/scratch.py", str(place / "hms-data"))
    with Terminal(program, columns=132, lines=43) as terminal:
        terminal.wait_for("Please sign in", 60)
        terminal.type(f"{who}<enter>{PASSWORD}<enter>")
        terminal.wait_for("^L Lock", 60)
        for key in SCREENS[who]:
            terminal.type(key)
            terminal.settle(0.2, 2.0)
        terminal.type("<esc><esc><ctrl+l>")
        terminal.wait_for("Locked by", 20)
        terminal.settle()
        raw = bytes(terminal.raw)
    assert not (place / "hms-data" / "state" / "console-errors.log").exists()
    assert foreign(raw) == []


@pytest.mark.parametrize("every", [30, pytest.param(1, marks=pytest.mark.long)])
def test_every_field_of_the_registration_takes_them(place: Path, every: int) -> None:
    """Pasted as a terminal pastes; what ends the paste early is keys, and harmless as such."""
    program = python("tests/console/scratch.py", str(place / "hms-data"))
    with Terminal(program, columns=132, lines=43) as terminal:
        terminal.wait_for("Please sign in", 60)
        terminal.type(f"rosa<enter>{PASSWORD}<enter>")
        terminal.wait_for("^L Lock", 60)
        for text in TEXTS[::every]:
            pasted = b"\x1b[200~" + text[:3000].encode(errors="replace") + b"\x1b[201~"
            terminal.send(pasted)  # into the search
            terminal.type("<f3>")
            for _ in range(10):
                terminal.send(pasted)
                terminal.type("<tab>")
                terminal.read_for(0.02)
            terminal.type("<f9>")  # save it, or be told what is wrong
            terminal.settle(0.1, 2.0)
            terminal.type("<esc><esc><f5>")
            terminal.read_for(0.15)  # Esc is waited for
        terminal.settle(0.3, 10)
        terminal.type("<ctrl+l>")
        terminal.wait_for("Locked by", 30)
        terminal.settle()
        raw = bytes(terminal.raw)
    assert not (place / "hms-data" / "state" / "console-errors.log").exists()
    assert foreign(raw) == []
