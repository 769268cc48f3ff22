"""A statement met before goes straight to the driver, and answers as SQLAlchemy would."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import (
    Connection,
    bindparam,
    delete,
    event,
    func,
    insert,
    literal,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.exc import IntegrityError, StatementError

from hms.features.staff.model import UserAccount
from hms.features.tokens.model import Queue, Token
from hms.infra.shortcut import Answer, ShortcutConnection
from hms.infra.tables import Meta, Outbox, table_of
from tests.support import Hospital, hospital_at

pytestmark = pytest.mark.both_databases
T = TypeVar("T")

meta, outbox, token, queue, user = (
    table_of(model) for model in (Meta, Outbox, Token, Queue, UserAccount)
)
OF_KEY = select(meta).where(meta.c.key == bindparam("key"))
EVENTS = select(outbox).order_by(outbox.c.id)
NEW_EVENT = insert(outbox)
EVENT = {
    "at": datetime(2031, 3, 4, 9, 30, tzinfo=UTC),
    "hospital_id": 1,
    "kind": "TokenIssued",
    "topic": None,
    "subject_id": 7,
    "payload": {"token": "GM-007", "room": None},
}
ALIKE: dict[str, tuple[Any, dict[str, Any]]] = {
    "by a value": (OF_KEY, {"key": "epoch"}),
    "nothing found": (OF_KEY, {"key": "nothing"}),
    "instants and JSON": (EVENTS, {}),
    "two columns of one name": (
        select(queue.c.code, user.c.name, queue.c.name)
        .join(user, user.c.id == queue.c.id)
        .order_by(queue.c.id),
        {},
    ),
    "a value of the statement's own": (select(queue.c.code).where(queue.c.code == "GM"), {}),
    "a sum, which PostgreSQL gives as a decimal": (select(func.sum(queue.c.id * 1.5)), {}),
    "parts put together": (
        union_all(select(literal(1).label("part"), queue.c.code), select(literal(2), user.c.name)),
        {},
    ),
    "words of our own": (text("SELECT key, value FROM meta WHERE key = :key"), {"key": "epoch"}),
    "words of our own, read by columns": (
        text("SELECT id, at, payload FROM outbox WHERE id >= :least ORDER BY id").columns(
            outbox.c.id, outbox.c.at, outbox.c.payload
        ),
        {"least": 1},
    ),
}


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Hospital]:
    with hospital_at(tmp_path / "data" / "hms.db") as made:
        made.issue("GM")
        yield made


def look(hospital: Hospital, job: Callable[[Connection], T]) -> T:
    """Run ``job`` in one transaction that is taken back."""

    def whole(db: Connection) -> T:
        with db.begin() as transaction:
            result = job(db)
            transaction.rollback()
        return result

    return hospital.db.backend.run_now(whole, write=True)


def is_short(result: object) -> bool:
    """Return whether the statement went the short way."""
    return isinstance(result, Answer)


def twice(db: Connection, statement: Any, values: Any) -> tuple[Any, Any]:
    """Return what SQLAlchemy answers, and what the short way does."""
    first = Connection.execute(db, statement, values)
    said = first.keys(), [tuple(row) for row in first], first.rowcount
    short = [db.execute(statement, values) for _ in range(3)][-1]  # met, by the cursor, straight
    assert is_short(short)
    return said, (short.keys(), [tuple(row) for row in short], short.rowcount)


@pytest.mark.parametrize(("statement", "values"), ALIKE.values(), ids=ALIKE)
def test_the_short_way_reads_what_sqlalchemy_reads(
    hospital: Hospital, statement: Any, values: dict[str, Any]
) -> None:
    ordinary, short = look(hospital, lambda db: twice(db, statement, values))
    assert [*short[0]] == [*ordinary[0]]
    assert short[1] == ordinary[1]


def test_rows_are_named_and_found_by_their_columns(hospital: Hospital) -> None:
    def read(db: Connection) -> Any:
        row = [db.execute(EVENTS).first() for _ in range(3)][-1]
        assert row is not None
        return row.kind, row._mapping[outbox.c.at].tzinfo, db.execute(EVENTS).mappings().all()

    kind, zone, rows = look(hospital, read)
    assert (kind, zone) == ("UserChanged", UTC)
    assert rows[-1]["payload"]["token"] == "GM-001"


def test_a_new_row_tells_its_id_and_keeps_what_was_not_said(hospital: Hospital) -> None:
    """``frames`` is not given: the column's own default stands in for it."""

    def write(db: Connection) -> list[tuple[int, int]]:
        made = [db.execute(NEW_EVENT, [EVENT]) for _ in range(3)][-1]
        key = made.inserted_primary_key
        assert key is not None
        row = db.execute(select(outbox.c.id, outbox.c.frames, outbox.c.payload)).all()[-1]
        assert is_short(made)
        assert row[2] == EVENT["payload"]
        return [(key[0], 0), (row[0], row[1])]

    told, kept = look(hospital, write)
    assert told == kept


def test_changes_count_their_rows(hospital: Hospital) -> None:
    change = update(meta).where(meta.c.key == bindparam("of")).values(value=bindparam("new"))
    away = delete(meta).where(meta.c.key == bindparam("key"))

    def write(db: Connection) -> list[int]:
        counts = [
            db.execute(change, {"of": key, "new": "x"}).rowcount for key in ("epoch", "epoch", "-")
        ]
        return counts + [db.execute(away, {"key": "epoch"}).rowcount for _ in range(3)]

    assert look(hospital, write) == [1, 1, 0, 1, 0, 0]


def test_a_broken_rule_of_the_database_is_the_same_error(hospital: Hospital) -> None:
    statement = insert(meta)

    def write(db: Connection) -> None:
        db.execute(statement, {"key": "one", "value": "1"})
        db.execute(statement, {"key": "two", "value": "2"})
        db.execute(statement, {"key": "one", "value": "3"})

    with pytest.raises(IntegrityError, match="meta"):
        look(hospital, write)


@pytest.mark.parametrize(
    "values",
    [{}, {"key": datetime(2031, 3, 4)}],  # noqa: DTZ001  (that is the point)
    ids=["missing", "an instant without a zone"],
)
def test_what_does_not_fit_is_told_as_by_sqlalchemy(
    hospital: Hospital, values: dict[str, Any]
) -> None:
    statement = select(outbox.c.id).where(outbox.c.at > bindparam("key"))
    good = {"key": datetime(2031, 3, 4, tzinfo=UTC)}

    def read(db: Connection) -> None:
        for _ in range(3):
            db.execute(statement, good)
        db.execute(statement, values)

    with pytest.raises(StatementError, match=r"key|aware"):
        look(hospital, read)


def test_what_is_not_plain_goes_the_ordinary_way(hospital: Hospital) -> None:
    some = select(queue.c.code).where(queue.c.code.in_(bindparam("codes", expanding=True)))

    def read(db: Connection) -> None:
        for _ in range(3):
            found = db.execute(some.order_by(queue.c.code), {"codes": ["GM", "LAB"]})
            listed = db.execute(some, {"codes": ["GM"]})
            assert not is_short(found)
            assert not is_short(listed)
            assert listed.scalars().all() == ["GM"]
        made = db.execute(NEW_EVENT, [EVENT, EVENT])
        assert not is_short(made)

    look(hospital, read)


def test_a_listener_hears_every_statement(hospital: Hospital) -> None:
    heard: list[str] = []

    def note(_db: Connection, _cursor: Any, sql: str, *_: Any) -> None:
        heard.append(sql)

    def read(db: Connection) -> None:
        for _ in range(3):
            db.execute(OF_KEY, {"key": "epoch"})
        event.listen(db, "before_cursor_execute", note)
        db.execute(OF_KEY, {"key": "epoch"})
        event.remove(db, "before_cursor_execute", note)
        assert is_short(db.execute(OF_KEY, {"key": "epoch"}))

    look(hospital, read)
    assert len(heard) == 1


def test_a_statement_made_for_once_is_not_kept(hospital: Hospital) -> None:
    def read(db: Connection) -> int:
        assert isinstance(db, ShortcutConnection)
        before = len(db._ways._met)
        for number in range(50):
            db.execute(select(queue.c.code).where(queue.c.id == number))
        gc.collect()
        return len(db._ways._met) - before

    assert look(hospital, read) <= 1  # SQLAlchemy keeps one as the model of all


def test_outside_a_transaction_sqlalchemy_begins_one(hospital: Hospital) -> None:
    def read(db: Connection) -> bool:
        look_again = [db.execute(OF_KEY, {"key": "epoch"}).first() for _ in range(3)]
        begun = db.in_transaction()
        db.rollback()
        return begun and look_again[0] == look_again[2]

    assert hospital.db.backend.run_now(read, write=False)
