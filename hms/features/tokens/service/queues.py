"""Defining queues, pausing and opening them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from hms.features.staff import service as staff_service
from hms.features.staff.queries import views as staff
from hms.features.tokens import events, rules
from hms.features.tokens.errors import QueueExists
from hms.features.tokens.model import (
    IS_OPEN,
    Queue,
    QueueDoctor,
    QueueRoom,
    Token,
    TokenCounter,
    in_state,
)
from hms.features.tokens.queries.queues import QueueView, queue_by_id
from hms.features.tokens.rules import Policy, QueueKind, Rejoin, TokenClass
from hms.features.tokens.service.access import (
    QueueRef,
    queue_in_use,
    queue_named,
    reason_of,
    require_on_queue,
)
from hms.features.tokens.service.paper import refuse_paper_series
from hms.infra.tables import table_of
from hms.infra.uow import Work
from hms.kernel.actor import Actor
from hms.kernel.clock import iso
from hms.kernel.errors import InvalidInput, NotFound, Refused
from hms.kernel.events import Event
from hms.kernel.i18n import phrase
from hms.kernel.text import clean, show

_queue = table_of(Queue)
_room = table_of(QueueRoom)
_doctor = table_of(QueueDoctor)
_counter = table_of(TokenCounter)
_token = table_of(Token)
_SET_RANK = update(_token).where(_token.c.id == bindparam("token_id")).values(rank=bindparam("new"))


class QueueStillUsed(Refused):
    """Patients still wait in the queue."""

    code = "queues.still_used"
    hint = "call, transfer or cancel them first"


class DoctorNotFound(NotFound):
    """No doctor signs in with this name."""

    code = "doctors.not_found"
    hint = "see: hms doctor list"


@dataclass(frozen=True, slots=True)
class AddQueue:
    """A new queue; ``doctors`` are sign-in names, ``prefix`` defaults to the code."""

    code: str
    name: str
    rooms: tuple[str, ...] = ()
    doctors: tuple[str, ...] = ()
    desk_calls: bool = False
    prefix: str | None = None
    start_number: int = 1
    daily_limit: int | None = None
    is_24h: bool = False
    policy: str = Policy.DUE.value
    rejoin: str = Rejoin.KEEP.value
    kind: str | None = None
    department_id: int | None = None


@dataclass(frozen=True, slots=True)
class EditQueue:
    """What to change of a queue; None leaves it as it is."""

    name: str | None = None
    rooms: tuple[str, ...] | None = None
    doctors: tuple[str, ...] | None = None
    desk_calls: bool | None = None
    daily_limit: int | None = None
    no_limit: bool = False
    is_24h: bool | None = None
    policy: str | None = None
    rejoin: str | None = None


@dataclass(frozen=True, slots=True)
class ClockConfirmed:
    """The instant that was confirmed, and how many series had a later one."""

    at: datetime
    series: int

    def as_json(self) -> dict[str, Any]:
        """Return the result as the command prints it."""
        return {"at": iso(self.at), "series": self.series}


def add_queue(work: Work, actor: Actor, command: AddQueue) -> QueueView:
    """Make a queue.

    Raises:
        QueueExists: another queue has this code or prefix.
        SeriesTaken: numbers on paper begin with this prefix.
        InvalidInput: a value nobody could mean; ``field`` names it.
        DoctorNotFound: no such doctor.
    """
    actor.require("queues.define")
    code = rules.parse_queue_code(command.code)
    prefix = rules.parse_queue_code(command.prefix) if command.prefix else code
    refuse_paper_series(work, actor, prefix)
    doctors = _doctor_ids(work, actor, command.doctors)
    kind = command.kind or (QueueKind.DOCTOR if doctors else QueueKind.SERVICE).value
    values: dict[str, Any] = {
        "hospital_id": actor.hospital_id,
        "department_id": command.department_id,
        "code": code,
        "name": clean(command.name, field="name", max_length=80, required=True),
        "kind": _one_of(kind, [k.value for k in QueueKind], "kind"),
        "prefix": prefix,
        "start_number": _at_least_one(command.start_number, "start"),
        "daily_limit": _limit(command.daily_limit),
        "is_24h": command.is_24h,
        "desk_calls": command.desk_calls,
        "policy": _one_of(command.policy, [p.value for p in Policy], "policy"),
        "rejoin": _one_of(command.rejoin, [r.value for r in Rejoin], "rejoin"),
        "active": True,
        "position": _next_position(work, actor.hospital_id),
    }
    try:
        key = work.db.execute(insert(_queue), values).inserted_primary_key
    except IntegrityError as error:
        raise QueueExists(
            phrase("a queue has the code or prefix {code} already", code=code),
            hint="choose another code; see: hms queue list",
            field="code",
        ) from error
    queue_id = int(key[0]) if key else 0
    _set_rooms(work, actor, queue_id, command.rooms)
    _set_doctors(work, queue_id, doctors)
    _record(work, actor, events.QueueAdded(topic=queue_id, subject_id=queue_id, code=code), "add")
    return _view(work, actor, queue_id)


def edit_queue(work: Work, actor: Actor, ref: QueueRef, command: EditQueue) -> QueueView:
    """Change a queue's name, rooms, doctors or rules.

    Raises:
        QueueNotFound: there is no such queue.
        InvalidInput: a value nobody could mean.
    """
    actor.require("queues.define")
    row = queue_named(work, actor, ref)
    values: dict[str, Any] = {}
    if command.name is not None:
        values["name"] = clean(command.name, field="name", max_length=80, required=True)
    if command.desk_calls is not None:
        values["desk_calls"] = command.desk_calls
    if command.no_limit or command.daily_limit is not None:
        values["daily_limit"] = None if command.no_limit else _limit(command.daily_limit)
    if command.is_24h is not None:
        values["is_24h"] = command.is_24h
    if command.policy is not None:
        values["policy"] = _one_of(command.policy, [p.value for p in Policy], "policy")
    if command.rejoin is not None:
        values["rejoin"] = _one_of(command.rejoin, [r.value for r in Rejoin], "rejoin")
    if values:
        work.db.execute(update(_queue).where(_queue.c.id == row.id).values(**values))
    if values.get("policy", row.policy) != row.policy:
        _rank_again(work, row.id, Policy(values["policy"]))
    if command.rooms is not None:
        _set_rooms(work, actor, row.id, command.rooms)
    if command.doctors is not None:
        _set_doctors(work, row.id, _doctor_ids(work, actor, command.doctors))
    event = events.QueueChanged(topic=row.id, subject_id=row.id, code=row.code)
    _record(work, actor, event, "edit", after=values)
    return _view(work, actor, row.id)


def pause_queue(work: Work, actor: Actor, ref: QueueRef, reason: str | None = None) -> QueueView:
    """Stop calling for a queue, with a reason for the staff; tokens are still given out."""
    row = queue_named(work, actor, ref)
    require_on_queue(work, actor, "queues.pause", row.id)
    values = {"paused_at": row.paused_at or work.now, "paused_reason": reason_of(reason)}
    work.db.execute(update(_queue).where(_queue.c.id == row.id).values(**values))
    event = events.QueuePaused(topic=row.id, subject_id=row.id, code=row.code)
    _record(work, actor, event, "pause", after={"reason": values["paused_reason"]})
    return _view(work, actor, row.id)


def open_queue(work: Work, actor: Actor, ref: QueueRef) -> QueueView:
    """Let a paused queue call again; opening an open queue changes nothing."""
    row = queue_named(work, actor, ref)
    require_on_queue(work, actor, "queues.pause", row.id)
    if row.paused_at is not None:
        values = {"paused_at": None, "paused_reason": None}
        work.db.execute(update(_queue).where(_queue.c.id == row.id).values(**values))
        event = events.QueueOpened(topic=row.id, subject_id=row.id, code=row.code)
        _record(work, actor, event, "open")
    return _view(work, actor, row.id)


def may_define_queues(_work: Work, actor: Actor) -> None:
    """Refuse whoever may not change queues, before they are asked whether they mean it."""
    actor.require("queues.define")


def close_queue(work: Work, actor: Actor, ref: QueueRef) -> QueueView:
    """Take a queue out of use; its history stays.

    Raises:
        QueueStillUsed: somebody waits, is served or was put aside there.
        QueueClosed: it is out of use already.
    """
    actor.require("queues.define")
    row = queue_named(work, actor, ref)
    inside = select(func.count()).where(
        _token.c.queue_id == row.id, IS_OPEN, in_state(*rules.ACTIVE)
    )
    patients = work.db.execute(inside).scalar_one()
    if patients:
        raise QueueStillUsed(
            phrase("{patients} patients are in {code}", patients=patients, code=row.code)
        )
    queue_in_use(work, actor, row)
    work.db.execute(update(_queue).where(_queue.c.id == row.id).values(active=False))
    event = events.QueueChanged(topic=row.id, subject_id=row.id, code=row.code)
    _record(work, actor, event, "close")
    return QueueView(replace(row, active=False))


def confirm_clock(work: Work, actor: Actor) -> ClockConfirmed:
    """Say that the clock is right although tokens were given out at later instants.

    Those instants came from a clock that was wrong; numbers go on where they were.
    """
    actor.require("queues.define")
    ahead = _counter.c.issued_at > work.now
    mine = _counter.c.queue_id.in_(
        select(_queue.c.id).where(_queue.c.hospital_id == actor.hospital_id)
    )
    changed = work.db.execute(
        update(_counter).where(ahead, mine).values(issued_at=work.now)
    ).rowcount
    work.audit(
        actor, "queues.confirm_clock", "hospital", actor.hospital_id, after={"series": changed}
    )
    return ClockConfirmed(work.now, changed)


def _view(work: Work, actor: Actor, queue_id: int) -> QueueView:
    row = queue_by_id(work.db, queue_id)
    assert row is not None
    return queue_in_use(work, actor, row)


def _rank_again(work: Work, queue_id: int, policy: Policy) -> None:
    """Give every open token of the queue the rank that ``policy`` gives it."""
    columns = (
        _token.c.id,
        _token.c.token_class,
        _token.c.arrived_at,
        _token.c.head_start_minutes,
    )
    open_ones = select(*columns).where(_token.c.queue_id == queue_id, IS_OPEN)
    ranks = [
        {"token_id": key, "new": rules.rank_of(TokenClass(kind), arrived, head_start, policy)}
        for key, kind, arrived, head_start in work.db.execute(open_ones)
    ]
    if ranks:
        work.db.execute(_SET_RANK, ranks)


def _record(
    work: Work, actor: Actor, event: Event, verb: str, after: dict[str, Any] | None = None
) -> None:
    work.emit(event, hospital_id=actor.hospital_id)
    work.audit(actor, f"queues.{verb}", "queue", event.subject_id, after=after)


def _next_position(work: Work, hospital_id: int) -> int:
    most = select(func.coalesce(func.max(_queue.c.position), 0)).where(
        _queue.c.hospital_id == hospital_id
    )
    return int(work.db.execute(most).scalar_one()) + 1


def _set_rooms(work: Work, actor: Actor, queue_id: int, rooms: tuple[str, ...]) -> None:
    work.db.execute(delete(_room).where(_room.c.queue_id == queue_id))
    names = [clean(room, field="room", max_length=40) for room in rooms]
    for position, name in enumerate(dict.fromkeys(filter(None, names))):
        staff_service.ensure_room(work, actor, name)
        work.db.execute(insert(_room), {"queue_id": queue_id, "room": name, "position": position})


def _set_doctors(work: Work, queue_id: int, user_ids: tuple[int, ...]) -> None:
    work.db.execute(delete(_doctor).where(_doctor.c.queue_id == queue_id))
    if user_ids:
        work.db.execute(
            insert(_doctor), [{"queue_id": queue_id, "user_id": user} for user in user_ids]
        )


def _doctor_ids(work: Work, actor: Actor, names: tuple[str, ...]) -> tuple[int, ...]:
    if not names:
        return ()
    known = {d.name.casefold(): d.user_id for d in staff.doctors(work.db, actor.hospital_id)}
    ids = []
    for name in names:
        user_id = known.get(clean(name, field="doctor").casefold())
        if user_id is None:
            raise DoctorNotFound(
                phrase("no doctor signs in as {name}", name=show(name)), field="doctor"
            )
        ids.append(user_id)
    return tuple(dict.fromkeys(ids))


def _one_of(value: str, names: list[str], field: str) -> str:
    if value not in names:
        raise InvalidInput(
            phrase("there is no such {field}", field=field),
            hint=phrase("use one of: {join}", join=", ".join(names)),
            field=field,
        )
    return value


def _at_least_one(value: int, field: str) -> int:
    if not 1 <= value <= 999_999:
        raise InvalidInput(phrase("{field} must be 1 to 999999", field=field), field=field)
    return value


def _limit(value: int | None) -> int | None:
    return None if value is None else _at_least_one(value, "limit")
