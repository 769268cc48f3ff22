"""PostgreSQL: sixteen connections giving tokens of one queue, against asyncpg alone.

The statements are the use case's own, recorded from one token and replayed through
bare asyncpg with the number that the counter gave and the id that the row got.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine

from benchmarks import postgres
from benchmarks.measure import Row, median, no_collection, row
from benchmarks.stage import QUEUE, Stage, stage
from hms.bootstrap import Application, wire
from hms.features.tokens import service as tokens
from hms.kernel import ids

CONNECTIONS = 16
APPLICATIONS = 4  # with a pool each
ROUNDS, QUICK_ROUNDS = 100, 25  # tokens of each connection
TURNS = 4
LEAST_TIMES = 0.6

_COLUMNS = re.compile(r"INSERT INTO \w+ \(([^)]+)\)")


def rows(quick: bool) -> list[Row]:
    """Return the bound of giving tokens on PostgreSQL; nothing where no server answers."""
    server = postgres.server()
    if server is None:
        return []
    with postgres.database(server) as url, stage(url=url) as place:
        ours, bare, ours_ms, bare_ms = asyncio.run(
            _measure(place, url, QUICK_ROUNDS if quick else ROUNDS)
        )
    return [
        row(
            f"tokens a second of one queue on PostgreSQL, {CONNECTIONS} connections",
            ours / bare, "ratio", LEAST_TIMES, at_least=True, taken_ms=ours_ms,
            baseline="the same statements, bare asyncpg", baseline_ms=bare_ms,
        ),
    ]  # fmt: skip


Given = Callable[[], Awaitable[None]]


async def _measure(
    place: Stage, url: str, rounds: int
) -> tuple[float, float, list[float], list[float]]:
    """Return tokens a second and the milliseconds of each, ours and bare, in turns."""
    applications = [wire(place.application.settings) for _ in range(APPLICATIONS)]
    connections = [await postgres.connect(url) for _ in range(CONNECTIONS)]
    try:
        recorded = await _recorded(place)
        ours = [_by_use_case(applications[n % APPLICATIONS], place) for n in range(CONNECTIONS)]
        bare = [_by_hand(connection, recorded) for connection in connections]
        speeds: tuple[list[float], list[float]] = ([], [])
        taken_ms: tuple[list[float], list[float]] = ([], [])
        await _all_at_once(ours, 5)
        await _all_at_once(bare, 5)
        with no_collection():
            for turn in range(TURNS):
                for side in (0, 1) if turn % 2 == 0 else (1, 0):
                    speed, taken = await _all_at_once((ours, bare)[side], rounds // TURNS + 1)
                    speeds[side].append(speed)
                    taken_ms[side].extend(taken)
    finally:
        for application in applications:
            await application.close()
        await asyncio.gather(*(connection.close() for connection in connections))
        await place.application.close()
    return median(speeds[0]), median(speeds[1]), taken_ms[0], taken_ms[1]


async def _all_at_once(desks: list[Given], rounds: int) -> tuple[float, list[float]]:
    """Let each desk give ``rounds`` tokens; return tokens a second and what each took."""
    taken_ms: list[float] = []

    async def work(give: Given) -> None:
        for _ in range(rounds):
            began = time.perf_counter()
            await give()
            taken_ms.append((time.perf_counter() - began) * 1000)

    began = time.perf_counter()
    await asyncio.gather(*(work(give) for give in desks))
    return len(taken_ms) / (time.perf_counter() - began), taken_ms


def _by_use_case(application: Application, place: Stage) -> Given:
    asked = tokens.IssueToken(QUEUE)

    async def give() -> None:
        await application.do(place.desk, tokens.issue, asked)

    return give


@dataclass(frozen=True, slots=True)
class _Statement:
    """One recorded statement, its values, and where the values of each token go."""

    sql: str
    values: tuple[Any, ...]
    columns: tuple[str, ...]

    def values_of(self, own: dict[str, Any]) -> list[Any]:
        """Return the values with those of this token put in."""
        values = list(self.values)
        for place, column in enumerate(self.columns):
            if column in own:
                values[place] = own[column]
        return values


async def _recorded(place: Stage) -> list[_Statement]:
    """Give a token and return what the database was asked for it."""
    asked: list[_Statement] = []

    def note(_db: Connection, _cursor: Any, sql: str, values: Any, *_: Any) -> None:
        asked.append(_Statement(sql, tuple(values), _columns(sql)))

    give = _by_use_case(place.application, place)
    await give()
    event.listen(Engine, "before_cursor_execute", note)
    try:
        await give()
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    return asked


def _columns(sql: str) -> tuple[str, ...]:
    if "WHERE token.id" in sql:
        return ("token_id",)
    return tuple(column for part in _COLUMNS.findall(sql) for column in part.split(", "))


def _by_hand(connection: Any, recorded: list[_Statement]) -> Given:
    async def give() -> None:
        own: dict[str, Any] = {"op_id": ids.op_id()}
        async with connection.transaction():
            for statement in recorded:
                found = await connection.fetch(statement.sql, *statement.values_of(own))
                if "INTO token_counter" in statement.sql:
                    own["number"] = found[0][0]
                    own["code"] = f"{QUEUE}-{found[0][0]:03d}"
                elif "INTO token " in statement.sql:
                    own["token_id"] = own["object_id"] = own["subject_id"] = found[0][0]

    return give
