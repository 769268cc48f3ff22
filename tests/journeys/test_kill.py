"""A desk that is killed loses nothing it had said."""

from __future__ import annotations

import os
import random
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from tests.journeys.desk_process import issue_until_killed, processes
from tests.support import hospital_at, opened, sqlite_settings

KILLS = 1_000 if os.environ.get("HMS_TEST_LONG") else 30
AT_ONCE = 3


class Desk:
    """One issuing process and what it has acknowledged."""

    def __init__(self, path: Path) -> None:
        context = processes()
        self._said: Connection
        self._said, saying = context.Pipe(duplex=False)
        self.process = context.Process(target=issue_until_killed, args=(path, "GM", saying))
        self.process.start()
        saying.close()
        self.codes: list[str] = []

    def work(self, seconds: float) -> None:
        """Let it give out one token at least, then go on for a while."""
        self.codes.append(self._said.recv())
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self._said.poll(left):
                self.codes.append(self._said.recv())

    def kill(self) -> list[str]:
        """Kill it; return all that it acknowledged."""
        self.process.kill()
        self.process.join()
        try:
            while True:
                self.codes.append(self._said.recv())
        except EOFError:
            self._said.close()
        return self.codes


@pytest.mark.serial
def test_nothing_acknowledged_is_lost_when_desks_are_killed(tmp_path: Path) -> None:
    path = tmp_path / "hms.db"
    with hospital_at(path):
        pass
    chance = random.Random(9)
    desks = [Desk(path) for _ in range(AT_ONCE)]
    acknowledged: list[str] = []
    for kill in range(KILLS):
        desk = desks.pop(0)
        desk.work(chance.uniform(0, 0.05))
        acknowledged += desk.kill()
        if kill < KILLS - AT_ONCE:
            desks.append(Desk(path))
    with opened(sqlite_settings(path)) as hospital:
        numbers = [row[0] for row in hospital.rows("SELECT number FROM token ORDER BY number")]
        codes = {row[0] for row in hospital.rows("SELECT code FROM token")}
        print(f"\n{KILLS} kills, {len(acknowledged)} acknowledged, {len(numbers)} in the database")
        assert set(acknowledged) <= codes, "an acknowledged token is lost"
        assert len(set(acknowledged)) == len(acknowledged), "a number was told twice"
        assert numbers == list(range(1, len(numbers) + 1)), "there is a gap"
        assert len(acknowledged) >= KILLS
        for table in ("outbox WHERE kind = 'TokenIssued'", "audit WHERE action = 'tokens.issue'"):
            assert hospital.one(f"SELECT count(*) FROM {table}") == len(numbers)
        assert hospital.one("PRAGMA integrity_check") == "ok"
        assert hospital.rows("PRAGMA foreign_key_check") == []
