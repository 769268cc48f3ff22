"""Moving between SQLite and PostgreSQL: every row, every number, and the audit's chain."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection

from hms.bootstrap import invariants
from hms.features.patients import service as patients
from hms.features.tokens import service as tokens
from hms.features.upkeep import service as upkeep
from hms.infra import outbox
from hms.infra.backup import table_rows
from hms.infra.backup.moving import (
    CopyOvertaken,
    Job,
    Mark,
    SameKind,
    TargetNotEmpty,
    copy_database,
)
from hms.infra.db import open_database
from hms.infra.lease import StillOpen
from hms.infra.schema import SchemaDiffers, refuse_other_version
from hms.infra.sealing import seal_all_now
from hms.infra.settings import Settings
from hms.kernel.errors import Unavailable
from tests import postgres
from tests.support import Hospital, hospital_at, opened, sqlite_settings


def job_of(source: Settings, to: str, tell: Callable[[str, int], None] | None = None) -> Job:
    with opened(source) as hospital:
        who = hospital.actor("tests")
    return Job(source, to, who, invariants(), patients.rebuild_search, tell or (lambda *_: None))


def fill(hospital: Hospital) -> None:
    """Let a morning happen: patients, tokens of every fate, a gap at the end of the numbers."""
    for number in range(20):
        who = hospital.patient(f"Zoë O'Brien {number}").mrn
        if number == 19:
            hospital.do("mara", patients.archive, who)
            break
        hospital.issue("GM", who, "elderly" if number % 3 else "normal")
        hospital.clock.forward(seconds=61, microseconds=4711)
    for number in range(8):
        hospital.called(finish=bool(number))
    hospital.do("rosa", tokens.transfer, "GM-012", "LAB")
    hospital.do("rosa", tokens.cancel, "GM-013")
    seal_all_now(hospital.db)


@pytest.fixture
def source(tmp_path: Path) -> Settings:
    """Return the settings of a hospital in a file at which nobody is at work."""
    file = tmp_path / "hms.db"
    with hospital_at(file) as hospital:
        fill(hospital)
        hospital.force("UPDATE sqlite_sequence SET seq = seq + 7 WHERE name = 'outbox'")
    return sqlite_settings(file)


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Settings]:
    """Return the settings of an empty database on PostgreSQL."""
    place = tmp_path / "target"
    with postgres.made_for(place):
        yield Settings(database=postgres.settings_of(place))


pytestmark = pytest.mark.sqlite  # it is about both, whichever the tests run on


def epoch(settings: Settings) -> str:
    db = open_database(settings)
    try:
        return str(db.read_now(lambda work: outbox.epoch(work.db)))
    finally:
        db.close_now()


def test_there_and_back_everything_is_the_same(
    source: Settings, target: Settings, tmp_path: Path
) -> None:
    done = copy_database(job_of(source, target.database.url))
    assert done.sound
    assert {one.name: one.rows for one in done.tables}["patient"] == 20
    assert all(one.digest_equal for one in done.tables)
    assert epoch(target) == epoch(source)

    home = tmp_path / "home" / "hms.db"
    back = copy_database(job_of(target, f"sqlite+aiosqlite:///{home}"))
    assert back.sound
    rows = {one.name: one.rows for one in done.tables}
    assert {one.name: one.rows for one in back.tables} == {**rows, "audit": rows["audit"] + 1}
    assert epoch(sqlite_settings(home)) == epoch(source)
    with opened(sqlite_settings(home)) as hospital:
        assert hospital.faults() == []


def test_the_day_goes_on_where_it_was(source: Settings, target: Settings) -> None:
    with opened(source) as hospital:
        before = hospital.rows("SELECT code, status, rank FROM token ORDER BY id")
        last = hospital.one("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'")
        queue = hospital.queue("GM").next
    copy_database(job_of(source, target.database.url))
    with opened(target) as hospital:
        assert hospital.rows("SELECT code, status, rank FROM token ORDER BY id") == before
        assert hospital.queue("GM").next == queue
        hospital.clock.forward(hours=1)
        assert hospital.issue().code == "GM-020"
        assert hospital.one("SELECT max(id) FROM outbox") == last + 1
        found = hospital.ask("rosa", patients.search, "zoe brien")
        assert len(found) == 19, "the archived one is not found"
        seal_all_now(hospital.db)
        verdict = hospital.ask("ada", upkeep.verify_audit)
        assert verdict.sound
        assert verdict.sealed == hospital.one("SELECT count(*) FROM audit")
        [copied] = hospital.rows("SELECT actor FROM audit WHERE action = 'database.copy'")
        assert copied


def test_a_dry_run_changes_nothing(source: Settings, target: Settings) -> None:
    done = copy_database(job_of(source, target.database.url), dry_run=True)
    assert done.dry_run
    assert {one.name: one.rows for one in done.tables}["token"] == 20
    assert all(one.digest_equal is None for one in done.tables)
    assert copy_database(job_of(source, target.database.url)).resumed is False


def test_only_an_empty_database_is_copied_into(source: Settings, target: Settings) -> None:
    copy_database(job_of(source, target.database.url))
    for dry_run in (True, False):
        with pytest.raises(TargetNotEmpty):
            copy_database(job_of(source, target.database.url), dry_run=dry_run)


def test_somebody_at_work_and_the_wrong_kind_are_refused(source: Settings, tmp_path: Path) -> None:
    job = job_of(source, "postgresql+asyncpg://nobody@127.0.0.1:1/none")
    with opened(source) as hospital:
        hospital.clock.forward(hours=1)
        hospital.issue()
        with pytest.raises(StillOpen):
            copy_database(job)
    began = time.monotonic()
    with pytest.raises(Unavailable, match="cannot be reached"):
        copy_database(job)
    assert time.monotonic() - began < 5
    with pytest.raises(SameKind):
        copy_database(job_of(source, f"sqlite+aiosqlite:///{tmp_path}/other.db"))


class Cut(Exception):
    """The copy ends here."""


def cut_at(source: Settings, target: Settings, table: str) -> None:
    def tell(name: str, _rows: int) -> None:
        if name == table:
            raise Cut

    with pytest.raises(Cut):
        copy_database(job_of(source, target.database.url, tell))


def test_an_unfinished_copy_opens_nowhere_and_is_gone_on_with(
    source: Settings, target: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_rows, "BATCH", 7)
    cut_at(source, target, "audit")
    db = open_database(target)
    with pytest.raises(SchemaDiffers, match="not complete"):
        db.read_now(refuse_other_version)
    db.close_now()
    again: list[str] = []
    done = copy_database(
        job_of(source, target.database.url, lambda name, _rows: again.append(name))
    )
    assert done.resumed
    assert done.sound
    assert "audit" in again


def test_what_changed_without_an_event_is_copied_again(source: Settings, target: Settings) -> None:
    cut_at(source, target, "token")
    with opened(source) as hospital:
        hospital.force("UPDATE user_account SET full_name = 'Rosa R.' WHERE name = 'rosa'")
    with pytest.raises(CopyOvertaken):  # it is referred to
        copy_database(job_of(source, target.database.url))


def test_a_copy_of_yesterday_is_not_gone_on_with(source: Settings, target: Settings) -> None:
    cut_at(source, target, "audit")
    with opened(source) as hospital:
        hospital.clock.forward(hours=1)
        hospital.issue()
    with pytest.raises(CopyOvertaken):
        copy_database(job_of(source, target.database.url))


def test_a_difference_is_found_and_the_copy_stays_shut(
    source: Settings, target: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoil(db: Connection) -> None:
        patients.rebuild_search(db)
        db.exec_driver_sql("UPDATE patient SET name = 'Nobody' WHERE id = 3")

    job = replace(job_of(source, target.database.url), rebuild=spoil)
    done = copy_database(job)
    assert not done.sound
    assert [one.name for one in done.tables if not one.digest_equal] == ["patient"]
    db = open_database(target)
    with pytest.raises(SchemaDiffers):
        db.read_now(refuse_other_version)
    db.close_now()


_RUN = """
import sys
from pathlib import Path
from tests.infra.backup.test_moving import job_of
from hms.infra.backup import moving, table_rows
from hms.infra.settings import DatabaseSettings, Settings
table_rows.BATCH = 3
from hms.bootstrap import load_models
load_models()
source = Settings(database=DatabaseSettings(url=sys.argv[1]))
def tell(name, rows):
    print(name, rows, flush=True)
moving.copy_database(job_of(source, sys.argv[2], tell))
"""


def test_killed_in_the_middle_it_goes_on(source: Settings, target: Settings) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _RUN, source.database.url, target.database.url],
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    for _ in range(20):
        assert process.stdout.readline()
    process.kill()
    process.wait()
    process.stdout.close()
    done = copy_database(job_of(source, target.database.url))
    assert done.resumed
    assert done.sound


def test_a_mark_is_read_as_it_was_written() -> None:
    for mark in (Mark("e", 3, 4), Mark("e", 3, 4, "token", 9)):
        assert Mark.read(str(mark)) == mark
    assert len(str(Mark("e" * 40, 10**12, 10**12, "t" * 40, 10**9))) < 200
