"""Killed at whatever write, an operation is done wholly or not at all (trust.md, T2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from hms.bootstrap import invariants
from hms.features.tokens import service as tokens
from hms.infra.backup.folder import backups, folder_of
from hms.infra.backup.make import make_backup, verify_backup
from hms.kernel import ids
from tests.sizes import sizes
from tests.support import SERVICE, Hospital, hospital_at, opened
from tests.trust.books import faults, url_of
from tests.trust.desk_process import Held, at_work, settings_at
from tests.trust.strace import WRITES, killed_at_every, needs_strace

pytestmark = [needs_strace, pytest.mark.on_disk]
STATE = "SELECT id, status, room, call_count, queue_id FROM token ORDER BY id"
Prepared = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]


def do(url: str, op_id: str, deed: Prepared, told: Connection) -> None:
    """Do one operation in a process of its own and acknowledge it."""
    use_case, args, named = deed
    with at_work(url) as application:
        application.do_now(application.as_service(SERVICE), use_case, *args, op_id=op_id, **named)
        told.send("done")


def back_up(url: str, told: Connection) -> None:
    """Make a backup and acknowledge it."""
    told.send(str(make_backup(settings_at(url), invariants()).file))


def called(hospital: Hospital) -> int:
    """Return a token that was called just now."""
    id_ = hospital.issue("ENT").id
    hospital.called("ENT", room=f"R {id_}", finish=True)
    return id_


DEEDS: dict[str, Callable[[Hospital], Prepared]] = {
    "issue": lambda _: (tokens.issue, (tokens.IssueToken("GM"),), {}),
    "call": lambda h: (
        tokens.call_next,
        (h.issue("LAB").queue,),
        {"room": "Lab 1", "finish": True},
    ),
    "complete": lambda h: (tokens.complete, (called(h),), {}),
    "transfer": lambda h: (tokens.transfer, (called(h), "GM"), {}),
}


class Trial:
    """One operation again and again, killed somewhere each time."""

    def __init__(self, url: str, deed: str) -> None:
        self.url = url
        self.deed = DEEDS[deed]
        self.half_done: list[str] = []
        self.committed = 0

    def prepare(self) -> Held:
        """Make what the operation needs, note how all is, hold the process that will do it."""
        with opened(settings_at(self.url)) as hospital:
            hospital.clock.at = datetime.now(UTC)
            deed = self.deed(hospital)
            self.before = hospital.rows(STATE)
        self.op_id = ids.op_id()
        return Held(do, self.url, self.op_id, deed)

    def check(self) -> None:
        """See that everything of it is there, or nothing."""
        with opened(settings_at(self.url)) as hospital:
            self.half_done += faults(hospital)
            done = hospital.db.outcome_now(self.op_id) is not None
            if done == (hospital.rows(STATE) == self.before):
                self.half_done.append(f"{self.op_id}: the entry says {done}, the tokens differ")
            self.committed += done


@sizes("how", (("pwrite64", "fdatasync"), 7), (WRITES, 1))
@pytest.mark.parametrize("deed", list(DEEDS))
def test_an_operation_is_done_wholly_or_not_at_all(
    tmp_path: Path, deed: str, how: tuple[tuple[str, ...], int]
) -> None:
    calls, step = how
    with hospital_at(tmp_path / "hms.db"):
        pass
    trial = Trial(url_of(tmp_path / "hms.db"), deed)
    kills = killed_at_every(calls, trial.prepare, trial.check, step)
    print(f"\n{deed}: killed {kills} times, committed all the same {trial.committed}")
    assert trial.half_done == []
    assert kills >= 12 // step + 1
    assert trial.committed >= len(calls)  # those that got through


@sizes("step", 71, 1)
def test_a_backup_is_there_wholly_or_not_at_all(tmp_path: Path, step: int) -> None:
    url, settings = url_of(tmp_path / "hms.db"), settings_at(url_of(tmp_path / "hms.db"))
    with hospital_at(tmp_path / "hms.db") as hospital:
        for _ in range(5):
            hospital.issue()

    def whole() -> None:
        for path in backups(folder_of(settings)):
            assert verify_backup(settings, path, invariants()).manifest.facts.tables["token"] == 5
            path.unlink()

    calls = (*WRITES, "write")
    kills = killed_at_every(calls, lambda: Held(back_up, url), whole, step)
    print(f"\nbackup: killed {kills} times")
    assert kills >= 5
    make_backup(settings, invariants())
    left = {path.name for path in folder_of(settings).iterdir()}
    assert left == {path.name for path in backups(folder_of(settings))} | {".backup.lock"}
    with opened(settings) as hospital:
        assert faults(hospital) == []
