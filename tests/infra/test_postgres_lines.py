"""Connections to PostgreSQL that die, at rest or at work, and what one reader sees."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from hms.features.tokens import service as tokens
from hms.infra import outbox, postgres_backend, postgres_line
from hms.infra.db import Database, open_database
from hms.infra.postgres_backend import DriverMissing, at_the_door
from hms.infra.postgres_line import connect_args
from hms.infra.settings import Settings
from hms.infra.transact import DatabaseBusy, PoolerInBetween
from hms.infra.uow import Work
from hms.kernel.errors import Unavailable
from tests.postgres import database
from tests.support import Hospital, opened


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    """Return the settings of a furnished database."""
    with database() as made:
        with opened(made, furnished=False):
            pass
        yield made


@pytest.fixture
def hospital(settings: Settings) -> Iterator[Hospital]:
    with opened(settings) as made:
        made.force("TRUNCATE token, token_counter CASCADE")
        yield made


def meanwhile(act: Callable[[], object]) -> None:
    """Do what others do while a transaction of ours is open, to its end."""
    with ThreadPoolExecutor(1) as others:
        others.submit(act).result()


def cut_off_others(hospital: Hospital) -> int:
    """End every connection to the database but the one that asks, as a restart would."""
    db = open_database(hospital.settings)
    ended = db.write_now(
        lambda work: work.db.execute(
            text(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        ).scalar_one()
    )
    db.close_now()
    return int(ended)


def test_a_line_that_died_at_rest_is_not_noticed_at_the_desk(hospital: Hospital) -> None:
    """Control: without the second try the next token is refused."""
    first = hospital.issue("GM")
    for number in range(3):
        assert cut_off_others(hospital) > 0
        assert hospital.issue("GM").number == first.number + 1 + number
        assert cut_off_others(hospital) > 0
        assert hospital.token(first.code).id == first.id


def test_what_was_begun_on_a_line_that_dies_is_not_done_again(hospital: Hospital) -> None:
    """It is refused with nothing done; whether to try again is for the person to say."""
    tries: list[int] = []

    def issue(work: Work) -> None:
        tries.append(1)
        tokens.issue(work, hospital.actors["rosa"], tokens.IssueToken("GM"))
        meanwhile(lambda: cut_off_others(hospital))

    with pytest.raises(Unavailable):
        hospital.db.write_now(issue)
    assert tries == [1]
    assert hospital.one("SELECT count(*) FROM token") == 0
    assert hospital.issue("GM").number == 1


def test_a_reader_sees_one_instant_whatever_is_committed_meanwhile(hospital: Hospital) -> None:
    """A wall reads events, then boards: the boards must not be newer than the events."""

    def read(work: Work) -> tuple[int, int, int]:
        before = outbox.last_id(work.db)
        meanwhile(lambda: hospital.issue("GM"))
        waiting = text("SELECT count(*) FROM token WHERE status = 'waiting'")
        return before, outbox.last_id(work.db), int(work.db.execute(waiting).scalar_one())

    reader = open_database(hospital.settings)
    before, after, waiting = reader.read_now(read)
    assert (after, waiting) == (before, 0)
    assert reader.read_now(lambda work: outbox.last_id(work.db)) > before
    reader.close_now()


def test_words_that_count_no_rows_may_come_again(hospital: Hospital) -> None:
    wait = text("SET LOCAL lock_timeout = '1s'")

    def set_it(work: Work) -> list[int]:
        return [work.db.execute(wait).rowcount for _ in range(4)]

    assert hospital.db.write_now(set_it)[-1] == -1


def test_a_desk_that_stands_still_makes_others_wait_for_ten_seconds_at_most(
    hospital: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds the row of the queue's counter; the others are told that the database is busy."""
    told = postgres_line.SERVER_SETTINGS
    sooner = {name: "300" if name == "lock_timeout" else value for name, value in told.items()}
    monkeypatch.setattr(postgres_line, "SERVER_SETTINGS", sooner)
    other = open_database(hospital.settings)

    def stand_still(work: Work) -> type[Exception] | None:
        tokens.issue(work, hospital.actors["rosa"], tokens.IssueToken("GM"))
        told: list[type[Exception]] = []
        meanwhile(lambda: told.append(refused(other, hospital)))
        return told[0]

    assert hospital.db.write_now(stand_still) is DatabaseBusy
    other.close_now()


def refused(db: Database, hospital: Hospital) -> type[Exception]:
    with pytest.raises(Unavailable) as told:
        db.write_now(
            lambda work: tokens.issue(work, hospital.actors["nils"], tokens.IssueToken("GM"))
        )
    return type(told.value)


def test_a_program_whose_connections_are_all_in_use_says_so(
    hospital: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_backend, "TURN_SECONDS", 0.2)
    db = open_database(hospital.settings)

    async def crowd() -> list[object]:
        def sleep(work: Work) -> None:
            work.db.execute(text("SELECT pg_sleep(1)"))

        done = await asyncio.gather(*(db.write(sleep) for _ in range(20)), return_exceptions=True)
        await db.close()
        return [one for one in done if one is not None]

    refusals = asyncio.run(crowd())
    assert refusals
    assert {type(one) for one in refusals} == {DatabaseBusy}


def test_a_pooler_that_mixes_up_connections_is_named_and_nothing_is_changed(
    hospital: Hospital,
) -> None:
    """In transaction mode another connection than the one that prepared it gets a statement."""
    hospital.issue("GM")
    before = hospital.issue("GM")

    def on_another_connection(work: Work) -> None:
        tokens.issue(work, hospital.actors["rosa"], tokens.IssueToken("GM"))
        work.db.exec_driver_sql("DEALLOCATE ALL")
        tokens.issue(work, hospital.actors["rosa"], tokens.IssueToken("GM"))

    with pytest.raises(PoolerInBetween, match="pooler"):
        hospital.db.write_now(on_another_connection)
    cut_off_others(hospital)
    assert hospital.issue("GM").number == before.number + 1


def test_a_pooler_that_refuses_our_settings_is_told_which_to_ignore() -> None:
    """As PgBouncer 1.18 says it at the door."""
    import asyncpg

    said = at_the_door(asyncpg.ProtocolViolationError("unsupported startup parameter: jit"))
    assert isinstance(said, PoolerInBetween)
    assert "ignore_startup_parameters" in str(said.hint)
    for name in connect_args("hms", seconds=1, read_only=True)["server_settings"]:
        assert name in str(said.hint) or name == "application_name"


def test_without_its_driver_the_command_that_installs_it_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HMS for one machine is installed without it: this is the first step past that."""
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    db = open_database(settings)
    with pytest.raises(DriverMissing, match="not installed") as told:
        db.read_now(outbox_is_read)
    db.close_now()
    assert told.value.exit == 7
    assert "hms[postgres]" in str(told.value.hint)


def outbox_is_read(work: Work) -> int:
    return outbox.last_id(work.db)
