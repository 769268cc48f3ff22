"""Giving out tokens: a number from the series, a place in the line, a patient or none yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib import import_module
from typing import Any

from sqlalchemy import bindparam, case, func, insert, select
from sqlalchemy.exc import IntegrityError

from hms.features.patients import queries as patients
from hms.features.tokens import events, rules
from hms.features.tokens.errors import (
    AlreadyAttached,
    AlreadyQueued,
    ClockBack,
    DailyLimit,
    QueueClosed,
    WrongState,
)
from hms.features.tokens.model import TokenCounter, in_state
from hms.features.tokens.model_aside import NumbersLeftOut
from hms.features.tokens.queries.queues import QueueRow
from hms.features.tokens.queries.tokens import OF_TOKEN, TokenView, written
from hms.features.tokens.rules import Move, Policy, Status, TokenClass
from hms.features.tokens.service.access import (
    QueueRef,
    TokenRef,
    queue_named,
    reason_of,
    require_on_queue,
    token_named,
)
from hms.features.tokens.service.slips import request_slip
from hms.features.tokens.service.writing import (
    change,
    conflict,
    record,
    reread,
    take_into_care,
    token_table,
)
from hms.infra.tables import table_of
from hms.infra.uow import Work
from hms.kernel.actor import Actor
from hms.kernel.clock import iso
from hms.kernel.errors import NotFound
from hms.kernel.i18n import phrase
from hms.kernel.text import show

CLOCK_TOLERANCE = timedelta(minutes=5)
SAME_MOMENT = timedelta(seconds=2)

_counter = table_of(TokenCounter)
_left_out = table_of(NumbersLeftOut)
_INSERT_TOKEN = insert(token_table).returning(*OF_TOKEN)
_ACTIVE_OF_PATIENT = select(token_table.c.code).where(
    token_table.c.queue_id == bindparam("queue"),
    token_table.c.patient_id == bindparam("patient"),
    in_state(*rules.ACTIVE),
)
_SERIES = select(token_table.c.series_queue_id, token_table.c.series).where(
    token_table.c.id == bindparam("token_id")
)
_CAME_FROM = select(token_table.c.came_from_id).where(token_table.c.id == bindparam("token_id"))
_LEFT_OUT = select(func.coalesce(func.sum(_left_out.c.last - _left_out.c.first + 1), 0)).where(
    _left_out.c.queue_id == bindparam("queue"),
    _left_out.c.service_day == bindparam("day"),
)
_SET_PATIENT = (
    token_table.update()
    .where(token_table.c.id == bindparam("token_id"), token_table.c.patient_id.is_(None))
    .values(patient_id=bindparam("patient"))
)


@cache
def _next_number(dialect: str) -> Any:
    """Return the statement that takes the next number and tells the series' latest instant.

    Later days count too: a clock set back over the cut-off is found as well.
    """
    insert_into = import_module(f"sqlalchemy.dialects.{dialect}").insert
    new = insert_into(_counter)
    later = _counter.alias("later")
    ahead = (
        select(func.max(later.c.issued_at))
        .where(
            later.c.queue_id == bindparam("of_queue"),
            later.c.service_day > bindparam("after_day"),
        )
        .scalar_subquery()
    )
    latest = case(
        (new.excluded.issued_at > _counter.c.issued_at, new.excluded.issued_at),
        else_=_counter.c.issued_at,
    )
    return new.on_conflict_do_update(
        index_elements=["queue_id", "service_day", "series"],
        set_={"last": _counter.c.last + 1, "issued_at": latest},
    ).returning(_counter.c.last, _counter.c.issued_at, ahead)


@dataclass(frozen=True, slots=True)
class IssueToken:
    """A walk-in asks for a place in ``queue`` (code or id).

    ``patient`` is an MRN or a patient id; None gives a token without a patient,
    attached later.  ``token_class`` is a name of rules.TokenClass.
    """

    queue: QueueRef
    patient: str | int | None = None
    token_class: str = TokenClass.NORMAL.value


class PatientNotFound(NotFound):
    """No patient has this MRN."""

    code = "patients.not_found"


def issue(work: Work, actor: Actor, command: IssueToken) -> TokenView:
    """Give out the next number of the queue's series.

    Raises:
        NotPermitted: the role gives out no tokens.
        QueueNotFound: there is no such queue.
        PatientNotFound: there is no such patient.
        AlreadyQueued: the patient has an active token in this queue; it is named.
        DailyLimit: the queue's numbers of today are used up.
        ClockBack: the clock is before the last issued token.
    """
    queue = queue_named(work, actor, command.queue)
    require_on_queue(work, actor, "tokens.issue", queue.id)
    token_class = rules.parse_class(command.token_class)
    refuse_closed(queue)
    patient_id = patient_named(work, actor, command.patient)
    if patient_id is not None:
        refuse_second(work, queue.id, queue.code, patient_id)
    number, arrived_at = _number(work, queue)
    place = place_in_line(work, queue, token_class, arrived_at)
    row = {
        "hospital_id": queue.hospital_id,
        "queue_id": queue.id,
        "series_queue_id": queue.id,
        "series": queue.prefix,
        "service_day": work.service_day(),
        "number": number,
        "code": rules.token_code(queue.prefix, number),
        "leg": 1,
        "patient_id": patient_id,
        "arrived_at": arrived_at,
        "came_from_id": None,
        **place,
    }
    after = insert_token(work, row, queue)
    record(work, actor, after, "tokens.issue", events.TokenIssued)
    if work.settings.printing.on:
        request_slip(work, actor, after)
    return after


def transfer(
    work: Work, actor: Actor, ref: TokenRef, to: QueueRef, reason: str | None = None
) -> TokenView:
    """Close this leg and open one in another queue; code, number and arrival are kept.

    Returns the new leg.

    Raises:
        WrongState: the token is finished, or ``to`` is its own queue.
        AlreadyQueued: the patient has an active token there.
    """
    token = token_named(work, actor, ref)
    require_on_queue(work, actor, "tokens.transfer", token.queue_id)
    queue = queue_named(work, actor, to)
    refuse_closed(queue)
    if queue.id == token.queue_id:
        raise WrongState(
            phrase("{code} is in {queue} already", code=token.code, queue=queue.code),
            hint="choose another queue",
        )
    if token.patient_id is not None:
        refuse_second(work, queue.id, queue.code, token.patient_id)
    token_class = TokenClass(token.token_class)
    values = {
        "ended_at": work.now,
        "reason": reason_of(reason),
    }
    closed = change(work, actor, token, Move.TRANSFER, events.TokenTransferred, values)
    series_queue_id, series = work.db.execute(_SERIES, {"token_id": token.id}).one()
    row = {
        "hospital_id": token.hospital_id,
        "queue_id": queue.id,
        "series_queue_id": series_queue_id,
        "series": series,
        "service_day": work.service_day(),  # or nobody could call who came before the cut-off
        "number": token.number,
        "code": token.code,
        "leg": token.leg + 1,
        "patient_id": token.patient_id,
        "arrived_at": token.arrived_at,
        "came_from_id": closed.id,
        **place_in_line(work, queue, token_class, token.arrived_at),
    }
    after = insert_token(work, row, queue)
    record(work, actor, after, "tokens.issue", events.TokenIssued, token)
    return after


def attach_patient(work: Work, actor: Actor, ref: TokenRef, patient: str | int) -> TokenView:
    """Say whose token this is, all its legs, when it was given out without a patient.

    Raises:
        AlreadyAttached: it has a patient.
        AlreadyQueued: the patient has an active token in this queue.
    """
    token = token_named(work, actor, ref)
    require_on_queue(work, actor, "tokens.issue", token.queue_id)
    if token.patient_id is not None:
        raise AlreadyAttached(phrase("{code} has a patient", code=token.code))
    patient_id = patient_named(work, actor, patient)
    assert patient_id is not None
    if token.status in rules.ACTIVE:
        refuse_second(work, token.queue_id, token.queue, patient_id)
    try:
        for leg in _legs(work, token):
            work.db.execute(_SET_PATIENT, {"token_id": leg, "patient": patient_id})
    except IntegrityError as error:
        raise conflict(error, token.code) from error
    work.emit(
        events.PatientAttached(topic=None, subject_id=token.id, token=token.code),
        hospital_id=actor.hospital_id,
    )
    if token.status in rules.SERVING:
        take_into_care(work, actor, token.queue_id, token.room, patient_id)
    work.audit(actor, "tokens.attach_patient", "token", token.id, after={"patient_id": patient_id})
    return reread(work, token)


def _legs(work: Work, token: TokenView) -> list[int]:
    legs = [token.id]
    before = token.came_from_id
    while before is not None:
        legs.append(before)
        before = work.db.execute(_CAME_FROM, {"token_id": before}).scalar()
    return legs


def refuse_closed(queue: QueueRow) -> None:
    """Refuse a queue that is no longer used.

    Raises:
        QueueClosed: it is not.
    """
    if not queue.active:
        raise QueueClosed(phrase("queue {code} is no longer used", code=queue.code), field="queue")


def patient_named(work: Work, actor: Actor, patient: str | int | None) -> int | None:
    """Return the id of the patient that an MRN or an id means, None for none.

    Raises:
        PatientNotFound: there is no such patient.
    """
    if patient is None:
        return None
    if isinstance(patient, int):
        here = patients.is_here(work.db, actor.hospital_id, patient)
        found: int | None = patient if here else None
    else:
        found = patients.id_of_mrn(work.db, actor.hospital_id, patient)
    if found is None:
        raise PatientNotFound(
            phrase("there is no patient {patient}", patient=show(patient)),
            hint="see: hms patient search TEXT",
            field="patient",
        )
    return found


def refuse_second(work: Work, queue_id: int, queue_code: str, patient_id: int) -> None:
    """Refuse a patient a second active token in a queue.

    Raises:
        AlreadyQueued: there is one; it is named.
    """
    key = {"queue": queue_id, "patient": patient_id}
    code = work.db.execute(_ACTIVE_OF_PATIENT, key).scalar()
    if code is not None:
        raise AlreadyQueued(
            phrase(
                "the patient has {code} in {queue_code} already", code=code, queue_code=queue_code
            ),
            field="patient",
        )


def _number(work: Work, queue: QueueRow) -> tuple[int, datetime]:
    """Return the next number and when its holder came.

    Desks that give numbers at the same moment began in another order than they got
    them, and their clocks differ: who has the later number came no earlier.
    """
    last, today, later = work.db.execute(
        _next_number(work.db.dialect.name),
        {
            "queue_id": queue.id,
            "service_day": work.service_day(),
            "series": queue.prefix,
            "last": queue.start_number,
            "issued_at": work.now,
            "of_queue": queue.id,
            "after_day": work.service_day(),
        },
    ).one()
    latest = max(later or today, today)
    if latest > work.now + CLOCK_TOLERANCE:
        raise ClockBack(
            phrase(
                "the clock is before the last token of {code} ({latest})",
                code=queue.code,
                latest=iso(latest),
            )
        )
    if queue.daily_limit is not None and last - queue.start_number >= queue.daily_limit:
        _refuse_over_limit(work, queue, last)
    return int(last), today if work.now < today <= work.now + SAME_MOMENT else work.now


def _refuse_over_limit(work: Work, queue: QueueRow, last: int) -> None:
    """Refuse ``last`` when as many were given out here; what a restore left out does not count."""
    of_today = {"queue": queue.id, "day": work.service_day()}
    left_out = work.db.execute(_LEFT_OUT, of_today).scalar_one()
    if last - left_out - queue.start_number >= (queue.daily_limit or 0):
        raise DailyLimit(
            phrase(
                "{code} gave out its {daily_limit} numbers of today",
                code=queue.code,
                daily_limit=queue.daily_limit,
            ),
            hint="choose another queue, or ask a manager to raise the limit",
            field="queue",
        )


def place_in_line(
    work: Work, queue: QueueRow, token_class: TokenClass, arrived_at: datetime
) -> Mapping[str, Any]:
    """Return the columns that make a token's place in the line of ``queue``."""
    head_start = work.settings.queues.head_start_minutes.get(token_class.value, 0)
    return {
        "status": Status.WAITING.value,
        "token_class": token_class.value,
        "head_start_minutes": head_start,
        "rank": rules.rank_of(token_class, arrived_at, head_start, Policy(queue.policy)),
        "issued_at": work.now,
        "undo": {"verb": "issue", "at": iso(work.now), "before": {}},
    }


def insert_token(work: Work, row: dict[str, Any], queue: QueueRow) -> TokenView:
    """Write a new token's row, of ``queue``, and return it.

    Raises:
        AlreadyQueued: the patient got one in the meantime.
    """
    try:
        return written(work.db.execute(_INSERT_TOKEN, row).one(), queue)
    except IntegrityError as error:
        raise conflict(error, row["code"]) from error
