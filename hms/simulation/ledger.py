"""The proof after a run: the events of the outbox add up to what the tables hold."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from hms.features.tokens.model import Token
from hms.infra import outbox
from hms.infra.tables import table_of
from hms.infra.uow import Work
from hms.kernel.events import Recorded
from hms.kernel.i18n import phrase
from hms.simulation.errors import LogDisagrees

_token = table_of(Token)
_ROWS = select(_token.c.id, _token.c.code, _token.c.status, _token.c.room, _token.c.call_count)
_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a token stands, by the log or by its row."""

    code: str
    status: str
    room: str | None
    calls: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """How many events were added up, and to how many tokens."""

    events: int
    tokens: int


def prove(work: Work) -> Agreement:
    """Add up the event log and compare the sum with the table of tokens.

    Raises:
        LogDisagrees: they differ; the first token that does is named.
    """
    by_log: dict[int, Standing] = {}
    events = cursor = 0
    while batch := outbox.read_after(work.db, cursor, _BATCH):
        for event in batch:
            _add(by_log, event)
        events += len(batch)
        cursor = batch[-1].id
    by_row = {row[0]: Standing(*row[1:]) for row in work.db.execute(_ROWS)}
    for token_id in sorted(by_log.keys() | by_row.keys()):
        logged, kept = by_log.get(token_id), by_row.get(token_id)
        if logged != kept:
            raise LogDisagrees(
                phrase(
                    "token {token_id}: the log says {logged}, its row {kept}",
                    token_id=token_id,
                    logged=logged,
                    kept=kept,
                )
            )
    return Agreement(events, len(by_row))


def _add(standings: dict[int, Standing], event: Recorded) -> None:
    said = event.payload
    if "token" in said and "status" in said:
        standings[event.subject_id] = Standing(
            said["token"], said["status"], said["room"], said["call_no"]
        )
