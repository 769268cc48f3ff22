"""Giving a token by its use case, against the rows alone through bare aiosqlite."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

import aiosqlite

from benchmarks.bare import insert_of, last_row, opened
from benchmarks.measure import Row, in_turns_later, median, ratio_row, row
from benchmarks.stage import QUEUE, Stage, stage
from hms.features.tokens import service as tokens
from hms.kernel import ids

ROUNDS, QUICK_ROUNDS = 1_500, 300
MOST_TIMES, MOST_MS = 3.0, 4.0

_COUNT = (
    "INSERT INTO token_counter (queue_id, service_day, series, last, issued_at)"
    " VALUES (1, ?, 'GM', 1, ?) ON CONFLICT (queue_id, service_day, series)"
    " DO UPDATE SET last = last + 1, issued_at = excluded.issued_at RETURNING last"
)


def rows(quick: bool) -> list[Row]:
    """Return the bounds of giving a token."""
    with stage() as ours, stage() as bare:
        ours_ms, bare_ms = asyncio.run(_measure(ours, bare, QUICK_ROUNDS if quick else ROUNDS))
    name = "issue a token (permission, rule, row, event, audit, commit)"
    return [
        ratio_row(name, MOST_TIMES, ours_ms, "the same rows, bare aiosqlite", bare_ms),
        row(f"{name}, median", median(ours_ms), "ms", MOST_MS, taken_ms=ours_ms),
    ]


async def _measure(ours: Stage, bare: Stage, rounds: int) -> tuple[list[float], ...]:
    async with opened(bare) as db:
        asked = tokens.IssueToken(QUEUE)
        await ours.application.do(ours.desk, tokens.issue, asked)
        written = _Written(ours)

        async def by_use_case() -> float:
            began = time.perf_counter()
            await ours.application.do(ours.desk, tokens.issue, asked)
            return (time.perf_counter() - began) * 1000

        async def by_hand() -> float:
            return await _write_rows(db, written)

        try:
            return await in_turns_later(rounds, by_use_case, by_hand)
        finally:
            await ours.application.close()


class _Written:
    """The rows that the use case wrote for one token, to be written again by hand."""

    def __init__(self, stage: Stage) -> None:
        self.token = last_row(stage, "token")
        self.audit = last_row(stage, "audit")
        self.event = last_row(stage, "outbox")
        self.statements = [
            insert_of(table, row)
            for table, row in (
                ("token", self.token),
                ("audit", self.audit),
                ("outbox", self.event),
            )
        ]


async def _write_rows(db: aiosqlite.Connection, written: _Written) -> float:
    now = datetime.now(UTC).replace(tzinfo=None).isoformat(sep=" ")
    day, op_id = now[:10], ids.op_id()
    token, audit, event = written.statements
    began = time.perf_counter()
    await db.execute("BEGIN IMMEDIATE")
    counted = await db.execute(_COUNT, (day, now))
    number = (await counted.fetchone() or (0,))[0]
    new = {"number": number, "code": f"GM-{number:03d}", "issued_at": now, "arrived_at": now}
    await db.execute(token, {**written.token, **new, "rank": time.time_ns() // 1_000_000})
    await db.execute(audit, {**written.audit, "at": now, "op_id": op_id})
    await db.execute(event, {**written.event, "at": now})
    await db.commit()
    return (time.perf_counter() - began) * 1000
