"""Today's numbers over a restore: what people hold on their slips is not given out again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from hms.features.tokens.model import Queue, TokenCounter
from hms.features.tokens.model_aside import NumbersLeftOut, PaperBlock
from hms.infra.backup.numbers import GoesOn, Jump, Numbers
from hms.infra.tables import table_of
from hms.infra.uow import Work

_counter = table_of(TokenCounter)
_queue = table_of(Queue)
_block = table_of(PaperBlock)
_left_out = table_of(NumbersLeftOut)
_COUNTERS = (
    select(_queue.c.code, _counter.c.series, _counter.c.last, _counter.c.issued_at)
    .select_from(_counter.join(_queue, _queue.c.id == _counter.c.queue_id))
    .where(_counter.c.service_day == bindparam("day"))
)
_BLOCKS = (
    select(_block, _queue.c.code)
    .select_from(_block.join(_queue, _queue.c.id == _block.c.queue_id))
    .where(_block.c.service_day >= bindparam("day"))
)
_QUEUES = select(_queue.c.id, _queue.c.code, _queue.c.prefix, _queue.c.start_number)


@dataclass(frozen=True, slots=True)
class Given:
    """The numbers of a service day in a database: by queue and series, and those on paper."""

    last: Mapping[tuple[str, str], tuple[int, datetime]]
    paper: tuple[Mapping[str, Any], ...]


def numbers_given(work: Work) -> Given:
    """Return what was given out on the present service day, paper of later days too."""
    day = {"day": work.service_day()}
    rows = work.db.execute(_COUNTERS, day)
    blocks = work.db.execute(_BLOCKS, day).mappings()
    return Given(
        {(row.code, row.series): (row.last, row.issued_at) for row in rows},
        tuple(dict(block) for block in blocks),
    )


def go_on_behind(work: Work, given: Given | None, jump: Jump) -> list[GoesOn]:
    """Put today's counters behind ``given``, and behind what ``jump`` leaves out besides.

    Queues that the restored database does not know have nothing to go on with.
    """
    here = numbers_given(work)
    seen = given or Given({}, ())
    found = []
    for queue in work.db.execute(_QUEUES).all():
        series = {queue.prefix, *(s for code, s in seen.last if code == queue.code)}
        for one in sorted(series):
            key = (queue.code, one)
            before = here.last.get(key, (queue.start_number - 1, work.now))
            known = max(before, seen.last.get(key, before), key=lambda said: said[0])
            last = jump(known[0]) if one == queue.prefix else known[0]
            if last > before[0]:
                _set_last(work, queue.id, one, before[0], (last, min(known[1], work.now)))
                found.append(GoesOn(one, last, last - before[0]))
    _reserve_paper(work, here, seen)
    return found


def _set_last(
    work: Work, queue: int, series: str, before: int, after: tuple[int, datetime]
) -> None:
    key = {"queue_id": queue, "service_day": work.service_day(), "series": series}
    values = {"last": after[0], "issued_at": after[1]}
    mine = [_counter.c[name] == value for name, value in key.items()]
    if not work.db.execute(update(_counter).where(*mine).values(values)).rowcount:
        work.db.execute(insert(_counter).values({**key, **values}))
    left_out = {**key, "first": before + 1, "last": after[0]}
    work.db.execute(insert(_left_out).values(left_out))


def _reserve_paper(work: Work, here: Given, seen: Given) -> None:
    """Reserve again the numbers that lie printed in a drawer."""
    queues = {row.code: row.id for row in work.db.execute(_QUEUES)}
    name = ("service_day", "series", "first")
    there = {tuple(block[part] for part in name) for block in here.paper}
    for block in seen.paper:
        if block["code"] in queues and tuple(block[part] for part in name) not in there:
            row = {key: value for key, value in block.items() if key not in ("id", "code")}
            row["queue_id"] = queues[block["code"]]
            work.db.execute(insert(_block).values(row))


NUMBERS = Numbers(numbers_given, go_on_behind)
