"""Tokens as the desks and commands see them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, case, null, or_, select

from hms.features.tokens import rules
from hms.features.tokens.model import IS_OPEN, Queue, Token, in_state
from hms.features.tokens.queries.line import place_of
from hms.features.tokens.queries.queues import QueueRow
from hms.features.tokens.queries.waits import queue_wait
from hms.infra.tables import table_of
from hms.kernel.clock import iso

_token = table_of(Token)
_queue = table_of(Queue)


@dataclass(frozen=True, slots=True)
class TokenView:
    """One leg of a token; times are aware UTC, waits whole minutes or None when unknown.

    ``ahead`` and the wait are filled for waiting tokens by ``placed``.
    """

    id: int
    hospital_id: int
    code: str
    number: int
    leg: int
    queue_id: int
    status: str
    token_class: str
    head_start_minutes: int
    rank: int
    patient_id: int | None
    service_day: date
    arrived_at: datetime
    issued_at: datetime
    called_at: datetime | None
    last_called_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    room: str | None
    call_count: int
    recalls: int
    called_because: str | None
    reason: str | None
    came_from_id: int | None
    undo: dict[str, Any] | None
    queue: str
    queue_name: str
    policy: str
    mrn: str | None = None
    patient_name: str | None = None
    ahead: int | None = None
    wait_low_minutes: int | None = None
    wait_high_minutes: int | None = None

    @property
    def open(self) -> bool:
        """Return whether something can still happen to it today."""
        return self.status in {status.value for status in rules.OPEN}

    @property
    def place(self) -> str:
        """Return where it is called to, in words: its room, or the queue where it has none."""
        return rules.room_words(self.room) if self.room else self.queue_name

    def as_json(self) -> dict[str, Any]:
        """Return the token as contracts.md 2 names its keys, and a few more."""
        return {
            "id": self.id,
            "code": self.code,
            "number": self.number,
            "queue": self.queue,
            "status": self.status,
            "class": self.token_class,
            "patient": {"mrn": self.mrn} if self.mrn else None,
            "service_day": self.service_day.isoformat(),
            "arrived_at": iso(self.arrived_at),
            "issued_at": iso(self.issued_at),
            "called_at": iso(self.called_at),
            "started_at": iso(self.started_at),
            "ended_at": iso(self.ended_at),
            "room": self.room,
            "call_count": self.call_count,
            "ahead": self.ahead,
            "wait_low_minutes": self.wait_low_minutes,
            "wait_high_minutes": self.wait_high_minutes,
            "leg": self.leg,
            "came_from": self.came_from_id,
        }


OF_TOKEN = (
    _token.c.id,
    _token.c.hospital_id,
    _token.c.code,
    _token.c.number,
    _token.c.leg,
    _token.c.queue_id,
    _token.c.status,
    _token.c.token_class,
    _token.c.head_start_minutes,
    _token.c.rank,
    _token.c.patient_id,
    _token.c.service_day,
    _token.c.arrived_at,
    _token.c.issued_at,
    _token.c.called_at,
    _token.c.last_called_at,
    _token.c.started_at,
    _token.c.ended_at,
    _token.c.room,
    _token.c.call_count,
    _token.c.recalls,
    _token.c.called_because,
    _token.c.reason,
    _token.c.came_from_id,
    _token.c.undo,
)
_COLUMNS = (*OF_TOKEN, _queue.c.code, _queue.c.name, _queue.c.policy)
# What is of a person or for the staff alone: the wall does not read it, and on PostgreSQL
# its role may not (hms.infra.roles).
_OF_STAFF = frozenset({"patient_id", "called_because", "reason", "came_from_id", "undo"})
_OPEN_FIRST = case((IS_OPEN, 0), else_=1)


@dataclass(frozen=True, slots=True)
class _Ways:
    """The ways to one token."""

    by_id: Select[Any]
    by_code: Select[Any]
    still_open: Select[Any]


def _ways(every: Select[Any]) -> _Ways:
    of_code = every.where(
        _token.c.code == bindparam("code"), _token.c.hospital_id == bindparam("hospital")
    )
    still_open = or_(in_state(*rules.STARTED), and_(_queue.c.is_24h, IS_OPEN))
    return _Ways(
        by_id=every.where(_token.c.id == bindparam("id")),
        by_code=of_code.where(_token.c.service_day == bindparam("day"))
        .order_by(_OPEN_FIRST, _token.c.leg.desc(), _token.c.id.desc())
        .limit(1),
        still_open=of_code.where(still_open).order_by(_token.c.id.desc()).limit(1),
    )


def _join_queue(columns: Iterable[Any]) -> Select[Any]:
    return select(*columns).select_from(_token.join(_queue, _queue.c.id == _token.c.queue_id))


_SELECT = _join_queue(_COLUMNS)
_WHOLE = _ways(_SELECT)
_PUBLIC = _ways(
    _join_queue(
        null().label(column.name) if column.table is _token and column.name in _OF_STAFF else column
        for column in _COLUMNS
    )
)
_CAME_FROM = select(_token.c.came_from_id).where(_token.c.id == bindparam("id"))

_NEWEST = (
    _SELECT.where(
        _token.c.hospital_id == bindparam("hospital"), _token.c.service_day == bindparam("day")
    )
    .order_by(_token.c.id.desc())
    .limit(bindparam("most"))
)
_OPEN_OF_PATIENTS = _SELECT.where(
    _token.c.patient_id.in_(bindparam("ids", expanding=True)),
    in_state(*rules.ACTIVE),
).order_by(_token.c.id.desc())


def token_by_id(db: Connection, token_id: int) -> TokenView | None:
    """Return the token ``token_id``, None when there is none."""
    return _found(db, _WHOLE.by_id, {"id": token_id})


def written(row: Sequence[Any], queue: QueueRow | TokenView) -> TokenView:
    """Return the token whose columns ``OF_TOKEN`` a change of its row returned.

    ``queue`` is its queue, or the token as it was before the change.
    """
    if isinstance(queue, TokenView):
        return _view((*row, queue.queue, queue.queue_name, queue.policy))
    return _view((*row, queue.code, queue.name, queue.policy))


def first_leg_id(db: Connection, view: TokenView) -> int:
    """Return the id of the leg that a token began with: the one its slip is of."""
    first, before = view.id, view.came_from_id
    while before is not None:
        first, before = before, db.execute(_CAME_FROM, {"id": before}).scalar()
    return first


def leg_now(db: Connection, token_id: int, *, public: bool = False) -> TokenView | None:
    """Return where the token that began as ``token_id`` is now, None when there is none.

    ``public`` leaves out whose it is and what only the staff knows.
    """
    ways = _PUBLIC if public else _WHOLE
    first = _found(db, ways.by_id, {"id": token_id})
    if first is None or first.status != rules.Status.TRANSFERRED:
        return first
    return _of_code(db, ways, first.hospital_id, first.code, first.service_day)


def find_token(db: Connection, hospital_id: int, code: str, day: date) -> TokenView | None:
    """Return the token that ``code`` means on service day ``day``.

    The open leg of a transferred token.  Of earlier days also one whose patient is
    still with us, and any open one of a queue that runs 24 hours.
    """
    return _of_code(db, _WHOLE, hospital_id, code, day)


def _of_code(
    db: Connection, ways: _Ways, hospital_id: int, code: str, day: date
) -> TokenView | None:
    key = {"code": code, "hospital": hospital_id}
    return _found(db, ways.by_code, {**key, "day": day}) or _found(db, ways.still_open, key)


def _found(db: Connection, query: Select[Any], key: dict[str, Any]) -> TokenView | None:
    row = db.execute(query, key).first()
    return _view(row) if row else None


def tokens_of_day(
    db: Connection,
    hospital_id: int,
    day: date,
    *,
    queue_ids: Iterable[int] | None = None,
    status: str | None = None,
    limit: int | None = None,
) -> list[TokenView]:
    """Return the tokens of a service day (of these queues) in the order they were issued."""
    query = _SELECT.where(
        _token.c.hospital_id == bindparam("hospital"), _token.c.service_day == bindparam("day")
    ).order_by(_token.c.id)
    if queue_ids is not None:
        query = query.where(_token.c.queue_id.in_(sorted(queue_ids)))
    if status is not None:
        query = query.where(_token.c.status == status)
    if limit is not None:
        query = query.limit(limit)
    return _views(db, query, {"hospital": hospital_id, "day": day})


def tokens_of_queue(
    db: Connection, queue_id: int, statuses: Sequence[rules.Status], limit: int = 500
) -> list[TokenView]:
    """Return the tokens of a queue in these open states, by rank."""
    query = (
        _SELECT.where(_token.c.queue_id == queue_id, IS_OPEN, in_state(*statuses))
        .order_by(_token.c.rank, _token.c.id)
        .limit(limit)
    )
    return _views(db, query, {})


def tokens_of_patient(db: Connection, patient_id: int, day: date) -> list[TokenView]:
    """Return a patient's tokens of a service day, the newest first."""
    query = _SELECT.where(_token.c.patient_id == patient_id, _token.c.service_day == day).order_by(
        _token.c.id.desc()
    )
    return _views(db, query, {})


def newest_of_day(
    db: Connection,
    hospital_id: int,
    day: date,
    limit: int,
    *,
    queue_ids: Iterable[int] | None = None,
) -> list[TokenView]:
    """Return the tokens of a day (of these queues) that were given out last, newest first."""
    query = _NEWEST
    if queue_ids is not None:
        query = query.where(_token.c.queue_id.in_(sorted(queue_ids)))
    return _views(db, query, {"hospital": hospital_id, "day": day, "most": limit})


def open_of_patients(db: Connection, patient_ids: Iterable[int]) -> dict[int, list[TokenView]]:
    """Return the open tokens of each of these patients, the newest first; of any day."""
    found: dict[int, list[TokenView]] = {}
    for row in db.execute(_OPEN_OF_PATIENTS, {"ids": sorted(set(patient_ids))}):
        view = _view(row)
        if view.patient_id is not None:
            found.setdefault(view.patient_id, []).append(view)
    return found


def _views(db: Connection, query: Select[Any], key: dict[str, Any]) -> list[TokenView]:
    return with_patients(db, [_view(row) for row in db.execute(query, key)])


def with_patients(db: Connection, views: Iterable[TokenView]) -> list[TokenView]:
    """Return ``views`` with the MRN and the name of their patients."""
    tokens = list(views)
    ids = {view.patient_id for view in tokens if view.patient_id is not None}
    if not ids:
        return tokens
    from hms.features.patients import queries as patients  # six tables; the wall never asks

    briefs = patients.briefs(db, ids)
    return [
        view
        if view.patient_id is None or view.patient_id not in briefs
        else replace(
            view,
            mrn=briefs[view.patient_id].mrn,
            patient_name=briefs[view.patient_id].name,
        )
        for view in tokens
    ]


def placed(db: Connection, view: TokenView) -> TokenView:
    """Return a waiting token with how many are ahead of it and its wait range."""
    if view.status != rules.Status.WAITING:
        return view
    ahead = place_of(db, view.hospital_id, view.queue_id, view.policy, view.rank, view.id)
    wait = queue_wait(db, view.queue_id, ahead)
    if wait is None:
        return replace(view, ahead=ahead)
    return replace(view, ahead=ahead, wait_low_minutes=wait[0], wait_high_minutes=wait[1])


def _view(row: Sequence[Any]) -> TokenView:
    return TokenView(*row)
