"""Calling the next one with a long past: against its own statements in bare aiosqlite.

The statements are the use case's own, recorded from a call and replayed with the
values of the token that is claimed; and the same call stands beside itself with a
thousandth of the past.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiosqlite
from sqlalchemy import Connection, event

from benchmarks.bare import insert_of, last_row, opened
from benchmarks.measure import Row, in_turns_later, ratio_row
from benchmarks.stage import QUEUE, Stage, stage
from hms.bootstrap import wire
from hms.features.tokens import service as tokens
from hms.infra.uow import Work
from hms.kernel import ids

WAITING = 10_000
OLD, QUICK_OLD, FEW_OLD = 1_000_000, 50_000, 1_000
ROUNDS, QUICK_ROUNDS = 1_000, 250
MOST_TIMES, MOST_TIMES_OF_FEW = 3.0, 1.1
_BATCH = 20_000
_A_DAY = 1_200  # old tokens


def rows(quick: bool) -> list[Row]:
    """Return the bounds of calling the next one."""
    old = QUICK_OLD if quick else OLD
    with stage() as much, stage() as little:
        fill(much, old)
        fill(little, FEW_OLD)
        rounds = QUICK_ROUNDS if quick else ROUNDS
        ours_ms, bare_ms, few_ms = asyncio.run(_measure(much, little, rounds))
    name = f"call next, {WAITING:,} waiting, {old:,} old tokens"
    return [
        ratio_row(name, MOST_TIMES, ours_ms, "its statements, bare aiosqlite", bare_ms),
        ratio_row(name, MOST_TIMES_OF_FEW, ours_ms, f"with {FEW_OLD:,} old tokens", few_ms),
    ]


def fill(stage: Stage, old: int, in_line: int = WAITING) -> None:
    """Let ``in_line`` people wait today, after ``old`` who were served on the days before."""
    application = stage.application
    application.do_now(stage.desk, tokens.issue, tokens.IssueToken(QUEUE))
    waiting = last_row(stage, "token")
    first = application.do_now(stage.nurse, tokens.call_next, QUEUE)
    application.do_now(stage.nurse, tokens.complete, first.id)
    done = last_row(stage, "token")
    application.db.write_now(lambda work: _fill(work, waiting, done, old, in_line))


def _fill(
    work: Work, waiting: dict[str, Any], done: dict[str, Any], old: int, in_line: int
) -> None:
    today = work.now.replace(tzinfo=None)
    insert = insert_of("token", waiting)
    batch: list[dict[str, Any]] = []
    for number in range(old):
        day, count = divmod(number, _A_DAY)
        at = today - timedelta(days=1 + old // _A_DAY - day, seconds=60 * (_A_DAY - count) // 2)
        batch.append(_row(done, count + 1, at))
        if len(batch) == _BATCH:
            _write(work.db, insert, batch)
    for number in range(in_line):
        at = today - timedelta(seconds=(in_line - number) / 10)
        batch.append(_row(waiting, number + 2, at, today))
    _write(work.db, insert, batch)
    work.db.exec_driver_sql("UPDATE token_counter SET last = ?", (in_line + 1,))
    work.db.exec_driver_sql("ANALYZE")


def _row(
    like: dict[str, Any], number: int, at: datetime, today: datetime | None = None
) -> dict[str, Any]:
    instant = at.isoformat(sep=" ", timespec="microseconds")
    moved = {name: instant for name, value in like.items() if name.endswith("_at") and value}
    day = (today or at).date().isoformat()
    rank = int(at.replace(tzinfo=UTC).timestamp() * 1000)
    new = {"number": number, "code": f"{QUEUE}-{number:03d}", "service_day": day, "rank": rank}
    return {**like, **moved, **new}


def _write(db: Connection, insert: str, batch: list[dict[str, Any]]) -> None:
    raw = db.connection.dbapi_connection
    assert raw is not None
    raw.cursor().executemany(insert, batch)
    batch.clear()


async def _measure(much: Stage, little: Stage, rounds: int) -> tuple[list[float], ...]:
    async with opened(much) as db:
        recorded = _recorded(much)

        async def with_much() -> float:
            return await call_once(much)

        async def by_hand() -> float:
            return await _replay(db, recorded)

        async def with_little() -> float:
            return await call_once(little)

        try:
            return await in_turns_later(rounds, with_much, by_hand, with_little)
        finally:
            await much.application.close()
            await little.application.close()


async def call_once(stage: Stage) -> float:
    """Call the next one, complete it untimed; return the milliseconds of the call."""
    began = time.perf_counter()
    token = await stage.application.do(stage.nurse, tokens.call_next, QUEUE)
    taken = (time.perf_counter() - began) * 1000
    await stage.application.do(stage.nurse, tokens.complete, token.id)
    return taken


@dataclass(frozen=True, slots=True)
class _Recorded:
    """The statements of one call with their values, and what was particular to it."""

    statements: list[tuple[str, tuple[Any, ...]]]
    token_id: int
    op_id: str


def _recorded(stage: Stage) -> _Recorded:
    """Call once, on a connection of its own, and return what the database was asked."""
    asked: list[tuple[str, tuple[Any, ...]]] = []

    def note(
        _db: Connection, _cursor: Any, statement: str, values: Any, _context: Any, many: bool
    ) -> None:
        asked.extend((statement, tuple(row)) for row in (values if many else [values]))

    application = wire(stage.application.settings)
    try:
        application.db.write_now(lambda work: event.listen(work.db, "before_cursor_execute", note))
        token = application.do_now(stage.nurse, tokens.call_next, QUEUE)
        statements = list(asked)  # closing writes too
    finally:
        application.close_now()
    op_id = str(last_row(stage, "audit")["op_id"])
    stage.application.do_now(stage.nurse, tokens.complete, token.id)
    return _Recorded(statements, token.id, op_id)


async def _replay(db: aiosqlite.Connection, recorded: _Recorded) -> float:
    token_id, op_id = recorded.token_id, ids.op_id()
    began = time.perf_counter()
    await db.execute("BEGIN IMMEDIATE")
    for statement, values in recorded.statements:
        now = tuple(
            token_id if value == recorded.token_id and type(value) is int
            else op_id if value == recorded.op_id
            else value
            for value in values
        )  # fmt: skip
        found = await (await db.execute(statement, now)).fetchone()
        if statement.startswith("UPDATE"):
            assert found is not None
            token_id = found[0]
    await db.commit()
    taken = (time.perf_counter() - began) * 1000
    done = "UPDATE token SET status = 'completed', ended_at = last_called_at WHERE id = ?"
    await db.execute(done, (token_id,))
    return taken
