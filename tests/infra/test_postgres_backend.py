"""The same use cases on PostgreSQL: the loop of the day, its undoing, and what is never let in."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import IntegrityError

from hms.features.patients import service as patients
from hms.features.patients.errors import PatientIsHere, ReasonNeeded
from hms.features.tokens import service as tokens
from hms.features.tokens.errors import AlreadyQueued, ClockBack, NothingWaiting, RoomBusy
from hms.features.tokens.rules import Status
from hms.infra import outbox
from hms.infra.db import Database, open_database
from hms.infra.settings import Settings
from hms.infra.transact import DatabaseReadOnly
from hms.infra.uow import OperationRepeated, Work
from hms.kernel.errors import Exit, InvalidInput, Unavailable
from tests.postgres import database
from tests.support import Hospital, opened

COLUMNS = (
    "id, queue_id, status, counter, room, called_at, last_called_at, started_at, ended_at, "
    "call_count, recalls, called_because, reason, rank"
)


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    """Return the settings of a furnished database; its tests clean up behind them."""
    with database() as made:
        with opened(made, furnished=False):
            pass
        yield made


@pytest.fixture
def hospital(settings: Settings) -> Iterator[Hospital]:
    with opened(settings) as made:
        made.force("TRUNCATE token, token_counter, patient, queue_room CASCADE")
        made.force("INSERT INTO queue_room VALUES (1, 'Room 1', 0), (3, 'Lab 1', 0)")
        made.force("ALTER SEQUENCE token_id_seq RESTART")
        yield made


def row(hospital: Hospital) -> list[tuple[Any, ...]]:
    return hospital.rows(f"SELECT {COLUMNS} FROM token ORDER BY id")


def test_issue_call_start_complete(hospital: Hospital) -> None:
    who = hospital.patient("Ann")
    token = hospital.issue("GM", who.mrn, "elderly")
    called = hospital.called()
    assert (called.id, called.room, called.called_at) == (token.id, "Room 1", hospital.clock.at)
    hospital.do("nils", tokens.start, token.id)
    hospital.clock.forward(minutes=9)
    done = hospital.do("nils", tokens.complete, token.id)
    assert done.ended_at == hospital.clock.at
    assert hospital.token("gm1").patient_name == "Ann"
    with pytest.raises(NothingWaiting):
        hospital.called()


@pytest.mark.parametrize(
    "way",
    [
        ["call_next"],
        ["call_next", "recall", "put_back", "call_next"],
        ["call", "start", "hold"],
        ["call", "start", "complete"],
        ["call", "no_show", "rejoin"],
        ["call", "hold", "resume"],
        ["cancel"],
        ["leave"],
    ],
    ids="-".join,
)
def test_every_deed_is_undone_exactly(hospital: Hospital, way: list[str]) -> None:
    token = hospital.issue().id
    before = row(hospital)
    for name in way:
        before = row(hospital)
        hospital.clock.forward(seconds=70, microseconds=123456)
        if name == "call_next":
            hospital.called()
        else:
            hospital.do("tests", getattr(tokens, name), token)
    hospital.do("tests", tokens.undo, token)
    assert row(hospital) == before


def test_a_transfer_and_its_undoing(hospital: Hospital) -> None:
    first = hospital.issue(patient=hospital.patient().mrn)
    before = row(hospital)
    leg = hospital.do("rosa", tokens.transfer, first.id, "LAB")
    assert hospital.token("GM-001").id == leg.id
    hospital.do("rosa", tokens.undo, "GM-001")
    assert row(hospital)[:1] == before


def test_refusals_are_the_same(hospital: Hospital) -> None:
    who = hospital.patient().mrn
    hospital.issue(patient=who)
    with pytest.raises(AlreadyQueued):
        hospital.issue(patient=who)
    hospital.issue()
    hospital.called()
    with pytest.raises(RoomBusy):
        hospital.called()
    hospital.clock.forward(days=-1)
    with pytest.raises(ClockBack):
        hospital.issue()


@pytest.mark.parametrize("policy", ["due", "strict", "arrival", "alternate"])
def test_the_line_is_called_as_it_is_shown(hospital: Hospital, policy: str) -> None:
    hospital.do("mara", tokens.edit_queue, "GM", tokens.EditQueue(policy=policy))
    for kind in ("normal", "elderly", "normal", "emergency", "child"):
        hospital.issue(token_class=kind)
        hospital.clock.forward(minutes=1)
    shown = list(hospital.queue().next)
    called = []
    for _ in range(5):
        hospital.clock.forward(seconds=1)
        called.append(hospital.called(finish=True).code)
    assert called == shown


def test_a_day_is_closed(hospital: Hospital) -> None:
    hospital.issue(), hospital.issue()
    hospital.do("nils", tokens.start, hospital.called().id)
    done = hospital.do("mara", tokens.close_day)
    assert (done.expired, done.in_progress) == (1, 1)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE token SET status = 'completed'",
        "UPDATE token SET status = 'called'",
        "UPDATE token SET status = 'sleeping'",
        (
            "INSERT INTO token (hospital_id, queue_id, series_queue_id, series, service_day, "
            "number, code, leg, status, token_class, head_start_minutes, rank, arrived_at, "
            "issued_at, call_count) SELECT hospital_id, queue_id, series_queue_id, series, "
            "service_day, number, code, 1, 'waiting', token_class, 0, 0, arrived_at, issued_at, 0 "
            "FROM token"
        ),
        "UPDATE audit SET actor = 'x'",
        "DELETE FROM audit",
        "DELETE FROM queue",
    ],
    ids=range(7),
)
def test_the_database_refuses_what_must_never_be(hospital: Hospital, statement: str) -> None:
    hospital.issue()
    with pytest.raises(IntegrityError):
        hospital.force(statement)
    assert hospital.token("GM-001").status == Status.WAITING


def numbers(db: Database, count: int) -> list[int]:
    async def issue_at_once() -> list[int]:
        def issue(work: Work) -> int:
            from hms.features.staff.service import service_actor

            actor = service_actor(1, "tests")
            return tokens.issue(work, actor, tokens.IssueToken("GM")).number

        made = await asyncio.gather(*(db.write(issue) for _ in range(count)))
        await db.close()
        return list(made)

    return asyncio.run(issue_at_once())


def test_numbers_have_no_gap_when_many_issue_at_once(hospital: Hospital) -> None:
    assert sorted(numbers(open_database(hospital.settings), 60)) == list(range(1, 61))
    events = hospital.db.read_now(lambda work: outbox.read_after(work.db, 0, 10**6))
    assert [e.id for e in events] == sorted(e.id for e in events)


def test_each_is_called_once_when_many_call_at_once(hospital: Hospital) -> None:
    for _ in range(40):
        hospital.issue()

    async def call_at_once() -> list[str]:
        db = open_database(hospital.settings)

        def call(room: int) -> Any:
            def use(work: Work) -> str:
                from hms.features.staff.service import service_actor

                actor = service_actor(1, "tests")
                return tokens.call_next(work, actor, "GM", room=f"R {room}").code

            return db.write(use)

        codes = await asyncio.gather(*(call(room) for room in range(40)), return_exceptions=True)
        await db.close()
        return [code for code in codes if isinstance(code, str)]

    codes = asyncio.run(call_at_once())
    assert len(codes) == len(set(codes))
    assert hospital.one("SELECT max(call_count) FROM token") == 1
    assert hospital.one("SELECT count(*) FROM token WHERE status = 'called'") == len(codes)


def test_the_same_operation_at_once_is_done_once(hospital: Hospital) -> None:
    async def twice() -> list[Any]:
        db = open_database(hospital.settings)

        def issue(work: Work) -> int:
            from hms.features.staff.service import service_actor

            actor = service_actor(1, "tests")
            return tokens.issue(work, actor, tokens.IssueToken("GM")).number

        done = await asyncio.gather(
            *(db.write(issue, op_id="same pg") for _ in range(5)), return_exceptions=True
        )
        await db.close()
        return list(done)

    done = asyncio.run(twice())
    assert done.count(1) == 1
    assert [type(one) for one in done if one != 1] == [OperationRepeated] * 4


def test_a_reading_database_refuses_every_change(hospital: Hospital) -> None:
    wall = open_database(hospital.settings, read_only=True)
    with pytest.raises(DatabaseReadOnly):
        wall.write_now(lambda work: None)
    with pytest.raises(DatabaseReadOnly):
        wall.read_now(lambda work: work.db.execute(text("DELETE FROM token")))
    wall.close_now()


def test_a_server_that_does_not_answer_is_unavailable(settings: Settings) -> None:
    db = open_database(settings, url="postgresql+asyncpg://nobody@127.0.0.1:1/none")
    with pytest.raises(Unavailable, match="cannot be reached"):
        db.read_now(lambda work: None)
    db.close_now()


def test_a_record_opens_for_a_reason_and_a_patient_who_is_here_is_not_archived(
    hospital: Hospital,
) -> None:
    anna = hospital.patient("Anna")
    with pytest.raises(ReasonNeeded):
        hospital.do("dora", patients.show, anna.mrn)
    assert hospital.do("dora", patients.show, anna.mrn, "emergency").mrn == anna.mrn
    assert [p.mrn for p in hospital.ask("dora", patients.search, "anna")] == [anna.mrn]
    [seen] = hospital.ask("mara", patients.list_accesses)
    assert hospital.do("mara", patients.acknowledge_access, seen.id).acknowledged_by == "mara"
    hospital.issue("GM", anna.mrn)
    with pytest.raises(PatientIsHere):
        hospital.do("mara", patients.archive, anna.mrn)


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        ({"database": "hms_nonesuch"}, "database.missing", "no database of this name"),
        ({"username": "hms_nonesuch"}, "database.door_closed", "does not know this user"),
    ],
    ids=["database", "user"],
)
def test_who_is_not_let_in_is_told_why(
    settings: Settings, change: dict[str, str], code: str, says: str
) -> None:
    url = make_url(settings.database.url).set(**change)  # type: ignore[arg-type]
    db = open_database(settings, url=url.render_as_string(hide_password=False))
    with pytest.raises(Unavailable, match=says) as told:
        db.read_now(lambda work: None)
    assert (told.value.code, told.value.exit) == (code, Exit.UNAVAILABLE)
    db.close_now()


def test_a_port_that_says_nothing_is_given_up_in_five_seconds(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql+asyncpg://hms@127.0.0.1:{silent.getsockname()[1]}/hms"
        db = open_database(settings, url=url)
        began = time.monotonic()
        with pytest.raises(Unavailable, match="does not answer"):
            db.read_now(lambda work: None)
        assert time.monotonic() - began < 6
        db.close_now()


@pytest.mark.parametrize(
    "url",
    ["postgresql+psycopg2://hms@db/hms", "postgresql+asyncpg://hms@db:54x/hms", "postgresql:"],
)
def test_an_address_that_is_none_is_refused(settings: Settings, url: str) -> None:
    with pytest.raises(InvalidInput, match="no address"):
        open_database(settings, url=url)


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("42501", "database.forbidden"),
        ("25006", "database.read_only"),
        ("53100", "database.full"),
        ("53200", "database.busy"),
        ("40001", "database.busy"),
        ("58030", "database.disk"),
        ("XX001", "database.damaged"),
    ],
)
def test_what_the_server_refuses_is_told_by_its_number_in_any_language(
    hospital: Hospital, state: str, code: str
) -> None:
    def fail(work: Work) -> None:
        said = f"DO $$ BEGIN RAISE EXCEPTION 'Platte ist voll' USING ERRCODE = '{state}'; END $$"
        work.db.execute(text(said))

    with pytest.raises(Unavailable) as told:
        hospital.application.db.write_now(fail)
    assert (told.value.code, told.value.exit) == (code, Exit.UNAVAILABLE)


def test_a_column_called_full_is_not_a_full_disk(hospital: Hospital) -> None:
    with pytest.raises(Exception, match="full_nonesuch") as told:
        hospital.application.db.read_now(lambda work: work.db.execute(text("SELECT full_nonesuch")))
    assert not isinstance(told.value, Unavailable)


def test_a_server_that_may_only_be_read_says_where_to_look(hospital: Hospital) -> None:
    def issue(work: Work) -> None:
        work.db.execute(text("SET TRANSACTION READ ONLY"))
        work.db.execute(text("DELETE FROM queue_room"))

    with pytest.raises(DatabaseReadOnly) as told:
        hospital.application.db.write_now(issue)
    assert "standby" in told.value.hint


def test_a_role_without_rights_is_told_so_and_what_to_do(hospital: Hospital) -> None:
    def as_nobody(work: Work) -> None:
        work.db.execute(text("CREATE ROLE hms_test_nobody"))
        work.db.execute(text("SET LOCAL ROLE hms_test_nobody"))
        work.db.execute(text("SELECT * FROM token"))

    with pytest.raises(Unavailable, match=r"role may not .*token") as told:
        hospital.application.db.write_now(as_nobody)
    assert "hms db grants" in told.value.hint
