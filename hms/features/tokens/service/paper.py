"""Numbers on paper for when HMS is down: reserved in a series of their own, entered afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, insert, select

from hms.features.tokens import events, rules
from hms.features.tokens.errors import PaperEntered, PaperUnknown, SeriesTaken
from hms.features.tokens.model import Queue
from hms.features.tokens.model_aside import PaperBlock
from hms.features.tokens.queries.queues import queue_by_id
from hms.features.tokens.queries.tokens import TokenView
from hms.features.tokens.rules import TokenClass
from hms.features.tokens.service.access import QueueRef, queue_named, require_on_queue
from hms.features.tokens.service.issuing import (
    insert_token,
    patient_named,
    place_in_line,
    refuse_closed,
    refuse_second,
)
from hms.features.tokens.service.writing import record, token_table
from hms.infra.tables import table_of
from hms.infra.uow import Work
from hms.kernel import clock
from hms.kernel.actor import Actor
from hms.kernel.errors import InvalidInput
from hms.kernel.i18n import phrase
from hms.kernel.text import clean, show

MOST_NUMBERS = 200
_LETTERS = "PQXZ"
_DAYS_AHEAD = 7

_block = table_of(PaperBlock)
_queue = table_of(Queue)
_INSERT = insert(_block)
_OF_QUEUE = select(_block.c.series).where(
    _block.c.hospital_id == bindparam("hospital"),
    _block.c.queue_id == bindparam("queue"),
    _block.c.service_day == bindparam("day"),
)
_LAST = select(func.coalesce(func.max(_block.c.last), 0)).where(
    _block.c.hospital_id == bindparam("hospital"),
    _block.c.series == bindparam("of_series"),
    _block.c.service_day == bindparam("day"),
)
_TAKEN = select(_block.c.id).where(
    _block.c.hospital_id == bindparam("hospital"),
    _block.c.series == bindparam("of_series"),
    _block.c.service_day >= bindparam("day"),
)
_OTHERS = _TAKEN.where(_block.c.queue_id != bindparam("queue"))
_PREFIX_TAKEN = select(_queue.c.id).where(
    _queue.c.hospital_id == bindparam("hospital"), _queue.c.prefix == bindparam("of_series")
)
_HOLDING = select(_block.c.queue_id).where(
    _block.c.hospital_id == bindparam("hospital"),
    _block.c.series == bindparam("of_series"),
    _block.c.service_day == bindparam("day"),
    _block.c.first <= bindparam("number"),
    _block.c.last >= bindparam("number"),
)
_ENTERED = select(token_table.c.id).where(
    token_table.c.series_queue_id == bindparam("queue"),
    token_table.c.service_day == bindparam("day"),
    token_table.c.series == bindparam("of_series"),
    token_table.c.number == bindparam("of_number"),
    token_table.c.leg == 1,
)


@dataclass(frozen=True, slots=True)
class ReservePaper:
    """``count`` numbers on paper for a queue; ``day`` is an ISO date, None is today."""

    queue: QueueRef
    count: int = 50
    day: str | None = None


@dataclass(frozen=True, slots=True)
class EnterPaper:
    """A number that was given out on paper; ``arrived`` is the hospital's time, such as 10:42."""

    code: str
    arrived: str
    patient: str | int | None = None
    token_class: str = TokenClass.NORMAL.value


@dataclass(frozen=True, slots=True)
class PaperView:
    """A block of numbers on paper."""

    id: int
    queue: str
    queue_name: str
    service_day: date
    series: str
    first: int
    last: int

    @property
    def codes(self) -> list[str]:
        """Return the codes of the block."""
        return [rules.token_code(self.series, n) for n in range(self.first, self.last + 1)]

    def as_json(self) -> dict[str, Any]:
        """Return the block as the command prints it."""
        return {
            "id": self.id,
            "queue": self.queue,
            "service_day": self.service_day.isoformat(),
            "first": self.codes[0],
            "last": self.codes[-1],
            "count": len(self.codes),
        }


def reserve_paper(work: Work, actor: Actor, command: ReservePaper) -> PaperView:
    """Reserve numbers of a queue's paper series; no desk and no other block ever gives them.

    Raises:
        NotPermitted: the role gives out no tokens.
        QueueNotFound: there is no such queue.
        InvalidInput: too many, or a day that is past or far off.
        SeriesTaken: no series is left that no queue has.
    """
    queue = queue_named(work, actor, command.queue)
    require_on_queue(work, actor, "tokens.issue", queue.id)
    refuse_closed(queue)
    if not 1 <= command.count <= MOST_NUMBERS:
        raise InvalidInput(
            phrase("the count must be 1 to {most_numbers}", most_numbers=MOST_NUMBERS),
            field="count",
        )
    day = _day(work, command.day)
    series = _series(work, actor, queue.id, queue.prefix, day)
    key = {"hospital": actor.hospital_id, "of_series": series, "day": day}
    first = int(work.db.execute(_LAST, key).scalar_one()) + 1
    row = {
        "hospital_id": queue.hospital_id,
        "queue_id": queue.id,
        "service_day": day,
        "series": series,
        "first": first,
        "last": first + command.count - 1,
        "reserved_at": work.now,
    }
    made_key = work.db.execute(_INSERT, row).inserted_primary_key
    assert made_key is not None
    last = first + command.count - 1
    made = PaperView(int(made_key[0]), queue.code, queue.name, day, series, first, last)
    work.audit(actor, "tokens.reserve_paper", "paper_block", made.id, after=made.as_json())
    if work.settings.printing.on:
        from hms.features.printing import service as printing

        label = f"{made.codes[0]} to {made.codes[-1]}"
        printing.request(work, actor, printing.What("paper_block", made.id, label))
    return made


def enter_paper(work: Work, actor: Actor, command: EnterPaper) -> TokenView:
    """Make the token of a number that was given out on paper today; it takes its fair place.

    Raises:
        NotPermitted: the role gives out no tokens.
        PaperUnknown: no block of today has this number.
        PaperEntered: it was entered already.
        InvalidInput: the time is none, or lies ahead.
        PatientNotFound, AlreadyQueued: as for any token.
    """
    actor.require("tokens.issue")
    series, number = _parsed(command.code)
    today = work.service_day()
    holding = {"hospital": actor.hospital_id, "of_series": series, "day": today, "number": number}
    queue_id = work.db.execute(_HOLDING, holding).scalar()
    queue = queue_by_id(work.db, queue_id) if queue_id is not None else None
    if queue is None:
        raise PaperUnknown(
            phrase(
                "{token_code} is on no paper of today", token_code=rules.token_code(series, number)
            )
        )
    require_on_queue(work, actor, "tokens.issue", queue.id)
    refuse_closed(queue)
    code = rules.token_code(series, number)
    entered = {"queue": queue.id, "day": today, "of_series": series, "of_number": number}
    if work.db.execute(_ENTERED, entered).first() is not None:
        raise PaperEntered(phrase("{code} was entered already", code=code))
    patient_id = patient_named(work, actor, command.patient)
    if patient_id is not None:
        refuse_second(work, queue.id, queue.code, patient_id)
    arrived = _arrival(work, command.arrived)
    row = {
        "hospital_id": queue.hospital_id,
        "queue_id": queue.id,
        "series_queue_id": queue.id,
        "series": series,
        "service_day": today,
        "number": number,
        "code": code,
        "leg": 1,
        "patient_id": patient_id,
        "arrived_at": arrived,
        "came_from_id": None,
        **place_in_line(work, queue, rules.parse_class(command.token_class), arrived),
    }
    after = insert_token(work, row, queue)
    record(work, actor, after, "tokens.enter_paper", events.TokenIssued)
    return after


def block_by_id(work: Work, actor: Actor, block_id: int) -> PaperView | None:
    """Return a block, None when there is none."""
    actor.require("printing.slips")
    query = select(_block, _queue.c.code, _queue.c.name).join(
        _queue, _queue.c.id == _block.c.queue_id
    )
    row = work.db.execute(
        query.where(_block.c.id == block_id, _block.c.hospital_id == actor.hospital_id)
    ).first()
    if row is None:
        return None
    return PaperView(row.id, row.code, row.name, row.service_day, row.series, row.first, row.last)


def refuse_paper_series(work: Work, actor: Actor, prefix: str) -> None:
    """Refuse a queue's prefix under which numbers are on paper.

    Raises:
        SeriesTaken: there are such, of today or later.
    """
    key = {"hospital": actor.hospital_id, "of_series": prefix, "day": work.service_day()}
    if work.db.execute(_TAKEN, key).first() is not None:
        raise SeriesTaken(
            phrase("numbers on paper begin with {prefix}", prefix=prefix),
            hint="choose another prefix",
        )


def _series(work: Work, actor: Actor, queue_id: int, prefix: str, day: date) -> str:
    """Return the queue's series for paper: its prefix and a letter that make no other prefix."""
    key = {"hospital": actor.hospital_id, "queue": queue_id, "day": day}
    there = work.db.execute(_OF_QUEUE, key).scalar()
    if there is not None:
        return str(there)
    for letter in _LETTERS:
        series = f"{prefix[:7]}{letter}"
        taken = {"hospital": actor.hospital_id, "of_series": series}
        if (
            work.db.execute(_PREFIX_TAKEN, taken).first() is None
            and work.db.execute(_OTHERS, {**taken, **key, "day": work.service_day()}).first()
            is None
        ):
            return series
    raise SeriesTaken(phrase("no letter is free to mark paper numbers of {prefix}", prefix=prefix))


def _parsed(typed: str) -> tuple[str, int]:
    code = rules.parse_token_code(clean(typed, field="token", max_length=40))
    if code is None:
        raise InvalidInput(
            "this is no number on paper", hint="it looks like GMP-017", field="token"
        )
    series, _, number = code.rpartition("-")
    return series, int(number)


def _day(work: Work, typed: str | None) -> date:
    today = work.service_day()
    if typed is None:
        return today
    try:
        day = date.fromisoformat(typed.strip())
    except ValueError:
        raise InvalidInput(
            phrase("{typed} is no date", typed=show(typed)[:40]), hint="use 2031-03-04", field="day"
        ) from None
    if not today <= day <= today + timedelta(days=_DAYS_AHEAD):
        raise InvalidInput(
            phrase(
                "the day must be today or at most {days_ahead} days ahead", days_ahead=_DAYS_AHEAD
            ),
            field="day",
        )
    return day


def _arrival(work: Work, typed: str) -> datetime:
    hospital = work.settings.hospital
    try:
        at = datetime.strptime(typed.strip(), "%H:%M").time()  # noqa: DTZ007 - a time of day
    except ValueError:
        raise InvalidInput(
            phrase("{typed} is no time of day", typed=show(typed)[:20]),
            hint="use 10:42",
            field="arrived",
        ) from None
    day = work.service_day() + timedelta(days=1 if at < hospital.day_starts_at else 0)
    arrived = datetime.combine(day, at, clock.zone(hospital.timezone)).astimezone(work.now.tzinfo)
    if arrived > work.now:
        raise InvalidInput(phrase("{strip} lies ahead", strip=typed.strip()), field="arrived")
    return arrived
