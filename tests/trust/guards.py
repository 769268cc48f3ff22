"""Takes each guard of the hospital away in a copy of the tree, and sees a test go red (T31).

python -m tests.trust.guards            all, as a table
python -m tests.trust.guards shield     those whose name begins so
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.house.sources import ROOT

COPIED = ("hms", "kiosk_display", "tests", "data", "docs", "pyproject.toml", "README.md")


@dataclass(frozen=True, slots=True)
class Guard:
    """What protects, how it is taken away, and the test that must find out."""

    name: str
    file: str
    old: str
    new: str
    test: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of it: the test was "red" as it must be, or "GREEN", or it did "not run"."""

    guard: Guard
    state: str
    seconds: float
    said: str

    @property
    def caught(self) -> bool:
        """Return whether the test found the missing guard."""
        return self.state == "red"


GUARDS = (
    Guard(
        "shield: a cancelled screen tears no transaction",
        "hms/infra/db.py",
        "return await asyncio.shield(task)",
        "return await task",
        "tests/trust/test_cancel.py::test_the_outcome_of_a_cancelled_write_is_told_right",
    ),
    Guard(
        "BEGIN IMMEDIATE: a writer takes the lock when it begins",
        "hms/infra/sqlite.py",
        '"BEGIN IMMEDIATE" if writer else "BEGIN"',
        '"BEGIN"',
        "tests/infra/test_sqlite.py::test_a_writer_takes_the_lock_when_it_begins",
    ),
    Guard(
        "synchronous=FULL: acknowledged is on the disk",
        "hms/infra/sqlite.py",
        '{"FULL": 2, "EXTRA": 3}',
        '{"FULL": 1, "EXTRA": 1}',
        "tests/trust/test_power_cut.py::test_nothing_acknowledged_is_lost_when_the_power_goes",
    ),
    Guard(
        "the gate: an SQLite with the WAL-reset fault is not used",
        "hms/infra/sqlite_gate.py",
        "return (3, 50, 7) <= version < (3, 51, 0) or (3, 44, 6) <= version < (3, 45, 0)",
        "return True",
        "tests/infra/test_sqlite_gate.py",
    ),
    Guard(
        "network share: no database where WAL does not hold",
        "hms/infra/sqlite.py",
        "if kind in NETWORK_FILESYSTEMS:",
        "if kind in ():",
        "tests/infra/test_sqlite.py::test_a_network_share_is_refused",
    ),
    Guard(
        "the turn: its note failing does not keep it",
        "hms/infra/sqlite_turn.py",
        "with suppress(OSError):  # a full disk",
        "with suppress(KeyError):  # a full disk",
        "tests/infra/test_sqlite_turn.py",
    ),
    Guard(
        "op_id: an operation that comes again is not done again",
        "hms/infra/transact.py",
        "            if retry:\n                _refuse_repeated(db, op_id)\n",
        "",
        "tests/infra/test_uow.py::test_an_operation_that_comes_again_is_not_even_begun",
    ),
    Guard(
        "op_id: one entry of each part, in the database",
        "hms/infra/tables.py",
        'UniqueConstraint("op_id", "part"),',
        'UniqueConstraint("op_id", "part", "id"),',
        "tests/infra/test_tables.py::test_one_operation_is_audited_once",
    ),
    Guard(
        "JWT: the type of the token",
        "hms/infra/sessions.py",
        "kind != ACCESS_TYPE",
        "False",
        "tests/infra/test_sessions.py",
    ),
    Guard(
        "JWT: every claim is required",
        "hms/infra/sessions.py",
        '"require": list(CLAIMS),',
        '"require": [],',
        "tests/infra/test_sessions.py",
    ),
    Guard(
        "JWT: the audience",
        "hms/infra/sessions.py",
        "audience=AUDIENCE,",
        "audience=None,",
        "tests/infra/test_sessions.py",
    ),
    Guard(
        "clean(): no text that drives a terminal comes in",
        "hms/kernel/text.py",
        "    if bad is not None:",
        "    if bad is None and bad is not None:",
        "tests/kernel/test_text.py",
    ),
    Guard(
        "Origin: a page from elsewhere may not listen",
        "kiosk_display/web.py",
        'return parts.scheme in ("http", "https") and bare and parts.netloc == hosts[0].lower()',
        "return True",
        "tests/kiosk_display/test_web.py",
    ),
    Guard(
        "require: nothing granted means no",
        "hms/kernel/actor.py",
        "        if scope is None:\n            refusal",
        "        if scope is None and not permission:\n            refusal",
        "tests/kernel/test_grants.py",
    ),
    Guard(
        "the use case asks for its permission",
        "hms/features/tokens/service/calling.py",
        '    require_on_queue(work, actor, "tokens.recall", token.queue_id)\n',
        "",
        "tests/house/test_manifests.py",
    ),
    Guard(
        "the audit's trigger: no entry is changed or removed",
        "hms/infra/tables.py",
        "BEGIN SELECT RAISE(ABORT, 'the audit is only ever added to'); END",
        "BEGIN SELECT 1; END",
        "tests/infra/test_tables.py",
    ),
    Guard(
        "the audit's trigger holds against REPLACE",
        "hms/infra/sqlite.py",
        '"recursive_triggers": 1,',
        '"recursive_triggers": 0,',
        "tests/infra/test_tables.py",
    ),
    Guard(
        "partial unique index: one patient in a room",
        "hms/features/tokens/model.py",
        '"uq_token_counter_serving", "hospital_id", "counter", where=_SERVING, unique=True',
        '"uq_token_counter_serving", "hospital_id", "counter", where=_SERVING, unique=False',
        "tests/features/tokens/test_model.py",
    ),
    Guard(
        "the claim takes only a waiting token",
        "hms/features/tokens/service/calling.py",
        "            waiting,\n            or_(",
        "            or_(",
        "tests/features/tokens/service/test_calling.py",
    ),
    Guard(
        "a change holds only of what was read",
        "hms/features/tokens/service/writing.py",
        '            token_table.c.status == bindparam("old_status"),\n',
        '            bindparam("old_status") == bindparam("old_status"),\n',
        "tests/features/tokens/service/test_writing.py",
    ),
    Guard(
        "a clock that was set back gives out nothing",
        "hms/features/tokens/service/issuing.py",
        "if latest > work.now + CLOCK_TOLERANCE:",
        "if latest is None:",
        "tests/trust/test_clock.py",
    ),
    Guard(
        "the lease: nobody opens what is being restored",
        "hms/infra/lease.py",
        "fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)",
        "fcntl.flock(handle, fcntl.LOCK_UN)",
        "tests/infra/test_lease.py",
    ),
    Guard(
        "a backup's digest: a changed byte is found",
        "hms/infra/backup/archive.py",
        'digest.hexdigest().encode("ascii") != stated or length != manifest.data_bytes',
        "length != manifest.data_bytes",
        "tests/infra/backup/test_archive.py",
    ),
    Guard(
        "schema: a database of another version is not opened",
        "hms/infra/schema.py",
        "    if version != SCHEMA_VERSION:",
        "    if version == -1:",
        "tests/infra/test_schema.py",
    ),
    Guard(
        "the wall's resume: nothing of another timeline is gone on with",
        "kiosk_display/state.py",
        "if after.epoch != self.zone.epoch or not 0 <= missing <= len(self._sent):",
        "if not 0 <= missing <= len(self._sent):",
        "tests/kiosk_display/test_state.py",
    ),
    Guard(
        "an old call is not announced",
        "kiosk_display/state.py",
        "now - datetime.fromisoformat(self.instant) <= wire.CALL_LIVES:",
        "now is not None:",
        "tests/kiosk_display/test_state.py",
    ),
    Guard(
        "kiosk: the same touch gives the same number",
        "hms/features/kiosks/service/numbers.py",
        "if again is not None:",
        "if False:",
        "tests/features/kiosks/service/test_numbers.py"
        "::test_a_touch_gives_one_number_however_often_it_comes",
    ),
    Guard(
        "kiosk: card after card is tried out in vain",
        "hms/features/kiosks/service/numbers.py",
        "if tried < rules.WRONG_CARDS:",
        "if True:",
        "tests/features/kiosks/service/test_numbers.py::test_nobody_tries_out_card_after_card",
    ),
    Guard(
        "second try: a line that died at rest is not noticed at the desk",
        "hms/infra/postgres_backend.py",
        "lost = db.invalidated and not db.answered",
        "lost = False",
        "tests/infra/test_postgres_lines.py"
        "::test_a_line_that_died_at_rest_is_not_noticed_at_the_desk",
    ),
    Guard(
        "only before an answer: what was begun is not done again",
        "hms/infra/postgres_backend.py",
        "lost = db.invalidated and not db.answered",
        "lost = db.invalidated",
        "tests/infra/test_postgres_lines.py"
        "::test_what_was_begun_on_a_line_that_dies_is_not_done_again",
    ),
    Guard(
        "one instant: a reader on PostgreSQL sees one state of everything",
        "hms/infra/postgres_backend.py",
        "db.execution_options(**_OF_ONE_INSTANT)",
        "db.execution_options()",
        "tests/infra/test_postgres_lines.py"
        "::test_a_reader_sees_one_instant_whatever_is_committed_meanwhile",
    ),
    Guard(
        "lock_timeout: who waits for a desk that stands still is told",
        "hms/infra/postgres_line.py",
        '"lock_timeout": str(BUSY_MS),',
        "",
        "tests/infra/test_postgres_lines.py"
        "::test_a_desk_that_stands_still_makes_others_wait_for_ten_seconds_at_most",
    ),
)


def copied(place: Path) -> Path:
    """Copy the tree to ``place``, without what is made from it."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", ".mypy_cache", ".pytest_cache")
            shutil.copytree(source, place / name, ignore=ignored)
        elif source.exists():
            shutil.copyfile(source, place / name)
    return place


def without(guard: Guard, tree: Path) -> Verdict:
    """Take the guard away in the copied ``tree``, run its test, put the guard back."""
    path = tree / guard.file
    whole = path.read_text(encoding="utf-8")
    if whole.count(guard.old) != 1 or guard.old == guard.new:
        return Verdict(guard, "not run", 0, f"the guard is not where it was in {guard.file}")
    path.write_text(whole.replace(guard.old, guard.new), encoding="utf-8")
    began = time.monotonic()
    try:
        return _judged(guard, _ran(guard.test, tree), time.monotonic() - began)
    finally:
        path.write_text(whole, encoding="utf-8")


def _ran(test: str, tree: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", test]
    return subprocess.run(
        command, cwd=tree, env=env, capture_output=True, text=True, check=False, timeout=600
    )


def _judged(guard: Guard, run: subprocess.CompletedProcess[str], seconds: float) -> Verdict:
    said = next((line for line in run.stdout.splitlines() if line.startswith("FAILED")), "")
    said = said.rpartition("::")[2].partition(" - ")[0]
    state = {0: "GREEN", 1: "red"}.get(run.returncode, "not run")
    return Verdict(guard, state, seconds, said or run.stdout[-300:].strip().replace("\n", " "))


def judge(guards: Sequence[Guard] = GUARDS) -> list[Verdict]:
    """Take each of the guards away in turn; print a line for each."""
    verdicts = []
    with tempfile.TemporaryDirectory(prefix="hms-guards-") as place:
        tree = copied(Path(place))
        for guard in guards:
            verdict = without(guard, tree)
            verdicts.append(verdict)
            print(f"{verdict.state:8} {verdict.seconds:5.1f} s  {guard.name}: {verdict.said}")
    return verdicts


def main(beginning: str = "") -> int:
    """Judge the guards whose names begin so; return 1 when one of them is missed by its test."""
    verdicts = judge([guard for guard in GUARDS if guard.name.startswith(beginning)])
    caught = sum(verdict.caught for verdict in verdicts)
    print(f"{caught} of {len(verdicts)} missing guards were found out")
    return 0 if caught == len(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
