"""Calling: one token to one room, once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from sqlalchemy import (
    Boolean,
    String,
    Update,
    bindparam,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.exc import IntegrityError

from hms.features.staff import service as staff_service
from hms.features.staff.queries import whereabouts as staff
from hms.features.tokens import events, rules
from hms.features.tokens.errors import NothingWaiting, QueueIsPaused, RecallsUsed, RoomBusy
from hms.features.tokens.model import Queue, in_state
from hms.features.tokens.queries.line import priority_is_due
from hms.features.tokens.queries.queues import QueueRow
from hms.features.tokens.queries.tokens import OF_TOKEN, TokenView, token_by_id, written
from hms.features.tokens.rules import Move, Policy, Status, TokenClass
from hms.features.tokens.service.access import (
    QueueRef,
    TokenRef,
    queue_named,
    reason_of,
    require_callable_day,
    require_on_queue,
    token_named,
)
from hms.features.tokens.service.writing import (
    change,
    conflict,
    legal_target,
    record,
    token_table,
)
from hms.infra.tables import table_of
from hms.infra.uow import Work
from hms.kernel.actor import Actor, Role
from hms.kernel.clock import iso
from hms.kernel.errors import NotFound
from hms.kernel.i18n import phrase, word
from hms.kernel.text import clean

_queue = table_of(Queue)
_PRIORITY = [c.value for c in TokenClass if rules.is_priority(c)]

_AT_COUNTER = select(token_table.c.id).where(
    token_table.c.hospital_id == bindparam("hospital"),
    token_table.c.counter == bindparam("counter"),
    in_state(*rules.SERVING),
)
_there = token_table.alias("there")
_COUNTER_IS_FREE = ~exists().where(
    _there.c.hospital_id == bindparam("hospital"),
    _there.c.counter == bindparam("at_counter"),
    in_state(*rules.SERVING, of=_there),
)
_REPLACED = (
    "status", "called_at", "last_called_at", "call_count", "recalls", "room", "called_because",
)  # fmt: skip


def _way_back(make_object: Callable[..., Any]) -> Any:
    """Return the JSON that ``undo`` needs, made of the row as the claim finds it."""
    before = make_object(*(part for name in _REPLACED for part in (name, token_table.c[name])))
    verb = cast(literal("call_next"), String)
    made = make_object("verb", verb, "at", cast(bindparam("at"), String), "before", before)
    return type_coerce(made, token_table.c.undo.type)


_MAKE_OBJECT: dict[str, Callable[..., Any]] = {
    "sqlite": func.json_object,
    "postgresql": func.json_build_object,
}


@cache
def _claim(dialect: str, *classes: str) -> Update:
    """Return the one statement that takes the next waiting token, for nobody else.

    Only tokens of the day are called, unless the queue runs 24 hours.  ``classes``
    are the classes to choose from, all when there are none.
    """
    waiting = in_state(Status.WAITING)
    first = (
        select(token_table.c.id)
        .where(
            token_table.c.queue_id == bindparam("queue"),
            waiting,
            or_(token_table.c.service_day >= bindparam("day"), bindparam("is_24h", type_=Boolean)),
        )
        .order_by(token_table.c.rank, token_table.c.id)
        .limit(1)
    )
    if classes:
        first = first.where(token_table.c.token_class.in_(classes))
    return (
        update(token_table)
        .where(
            token_table.c.id == first.with_for_update(skip_locked=True).scalar_subquery(),
            waiting,
            _COUNTER_IS_FREE,
        )
        .values(
            status=Status.CALLED.value,
            called_at=func.coalesce(token_table.c.called_at, bindparam("now")),
            last_called_at=bindparam("now"),
            call_count=token_table.c.call_count + 1,
            recalls=0,
            counter=bindparam("at_counter"),
            room=bindparam("at_room"),
            called_because="first in line",
            undo=_way_back(_MAKE_OBJECT[dialect]),
        )
        .returning(*OF_TOKEN)
    )


def call_next(
    work: Work,
    actor: Actor,
    queue: QueueRef,
    *,
    room: str | None = None,
    finish: bool = False,
    no_show: bool = False,
) -> TokenView:
    """Call the first waiting token of the queue to a room.

    The room is the one given, the doctor's own, or the queue's usual one.
    ``finish`` completes the token still there, ``no_show`` marks it as not come.

    Raises:
        NothingWaiting: nobody waits; nothing was changed.
        RoomBusy: the room has a token; it is named.
        QueueIsPaused: the queue calls nobody now.
        NotPermitted: not this actor's queue.
    """
    row = queue_named(work, actor, queue)
    require_on_queue(work, actor, "tokens.call", row.id, desk_calls=row.desk_calls)
    _refuse_paused(row)
    place = _room(work, actor, row, room)
    counter = rules.counter_of(place, row.code)
    if finish or no_show:
        _clear_counter(work, actor, counter, finish=finish, no_show=no_show)
    after = _claim_next(work, row, place, counter)
    if after is None:
        _clear_counter(work, actor, counter, finish=False, no_show=False)  # is it in the way?
        raise NothingWaiting(phrase("nobody waits in {code}", code=row.code), field="queue")
    record(work, actor, after, "tokens.call", events.TokenCalled)
    return after


def call(
    work: Work,
    actor: Actor,
    ref: TokenRef,
    *,
    room: str | None = None,
    reason: str | None = None,
) -> TokenView:
    """Call a chosen waiting token out of order, with a reason.

    Raises:
        WrongState: it is not waiting, or of another day.
        RoomBusy: the room has a token.
    """
    token = token_named(work, actor, ref)
    row = queue_named(work, actor, token.queue_id)
    require_on_queue(work, actor, "tokens.call", row.id, desk_calls=row.desk_calls)
    _refuse_paused(row)
    legal_target(token, Move.CALL)
    require_callable_day(work, token, row)
    place = _room(work, actor, row, room)
    counter = rules.counter_of(place, row.code)
    _clear_counter(work, actor, counter, finish=False, no_show=False)
    why = reason_of(reason)
    values = {
        "called_at": token.called_at or work.now,
        "last_called_at": work.now,
        "call_count": token.call_count + 1,
        "recalls": 0,
        "counter": counter,
        "room": place,
        "called_because": f"chosen: {why}",
        "reason": why,
    }
    return change(work, actor, token, Move.CALL, events.TokenCalled, values)


def recall(work: Work, actor: Actor, ref: TokenRef) -> TokenView:
    """Call a called token once more.

    Raises:
        WrongState: it is not called.
        RecallsUsed: it was recalled as often as ``[queues] max_recalls`` allows.
    """
    token = token_named(work, actor, ref)
    require_on_queue(work, actor, "tokens.recall", token.queue_id)
    legal_target(token, Move.RECALL)
    most = work.settings.queues.max_recalls
    if token.recalls >= most:
        raise RecallsUsed(
            phrase("{code} was recalled {recalls} times", code=token.code, recalls=token.recalls)
        )
    values = {
        "last_called_at": work.now,
        "call_count": token.call_count + 1,
        "recalls": token.recalls + 1,
    }
    return change(work, actor, token, Move.RECALL, events.TokenRecalled, values)


def _refuse_paused(row: QueueRow) -> None:
    if row.paused_at is not None:
        raise QueueIsPaused(
            phrase("queue {code} is paused", code=row.code),
            hint=phrase("open it with: hms queue open {code}", code=row.code),
        )


def _room(work: Work, actor: Actor, row: QueueRow, given: str | None) -> str | None:
    if given is not None:
        place = clean(given, field="room", max_length=40)
        if place:
            return _as_written(work, actor, place)
    if actor.role is Role.DOCTOR and actor.user_id is not None:
        own = staff.room_of_doctor(work.db, actor.user_id)
        if own:
            return own
    return row.usual_room


def _as_written(work: Work, actor: Actor, place: str) -> str:
    """Return the room as it was defined, so that "room 3" and "Room 3" are one; else as typed."""
    try:
        return staff_service.find_room(work, actor, place).name
    except NotFound:
        return place


def _clear_counter(work: Work, actor: Actor, counter: str, *, finish: bool, no_show: bool) -> None:
    key = {"hospital": actor.hospital_id, "counter": counter}
    held_by = work.db.execute(_AT_COUNTER, key).scalar()
    if held_by is None:
        return
    current = token_by_id(work.db, held_by)
    assert current is not None
    if finish or no_show:
        require_on_queue(work, actor, "tokens.call", current.queue_id)
    if no_show:
        ended = {"ended_at": work.now}
        change(work, actor, current, Move.NO_SHOW, events.TokenNoShow, ended)
    elif finish:
        ended = {"ended_at": work.now}
        change(work, actor, current, Move.COMPLETE, events.TokenCompleted, ended)
    else:
        state = current.status.replace("_", " ")
        raise RoomBusy(
            phrase(
                "{code} is still {state} in {place}",
                code=current.code,
                state=word(state),
                place=current.place,
            ),
            hint=phrase(
                "complete {code} or mark it as no-show first (--finish, --no-show)",
                code=current.code,
            ),
            field="room",
        )


def _claim_next(work: Work, row: QueueRow, place: str | None, counter: str) -> TokenView | None:
    key: dict[str, Any] = {
        "queue": row.id,
        "hospital": row.hospital_id,
        "day": work.service_day(),
        "is_24h": row.is_24h,
        "now": work.now,
        "at_counter": counter,
        "at_room": place,
        "at": iso(work.now),
    }
    for statement in _claims(work, row):
        try:
            claimed = work.db.execute(statement, key).first()
        except IntegrityError as error:
            raise conflict(error, row.code) from error
        if claimed is not None:
            return written(claimed, row)
    return None


def _claims(work: Work, row: QueueRow) -> tuple[Update, ...]:
    dialect = work.db.dialect.name
    if row.policy != Policy.ALTERNATE:
        return (_claim(dialect),)
    emergency = _claim(dialect, TokenClass.EMERGENCY.value)
    priority, normal = _claim(dialect, *_PRIORITY), _claim(dialect, TokenClass.NORMAL.value)
    if priority_is_due(work.db, row.hospital_id, row.id):
        return emergency, priority, normal
    return emergency, normal, priority
