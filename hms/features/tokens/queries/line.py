"""The line of a queue in the order it will be called, whatever its policy."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, func, select, tuple_

from hms.features.tokens import rules
from hms.features.tokens.model import Token, in_state
from hms.features.tokens.rules import Policy, TokenClass
from hms.infra.tables import table_of

_token = table_of(Token)
_EMERGENCY, _NORMAL = TokenClass.EMERGENCY.value, TokenClass.NORMAL.value
_IN_LINE = (
    _token.c.queue_id == bindparam("queue"),
    in_state(rules.Status.WAITING),
)
_FIRST = (
    select(_token.c.code)
    .where(*_IN_LINE)
    .order_by(_token.c.rank, _token.c.id)
    .limit(bindparam("most"))
)
_CLASSES = (
    select(_token.c.code, _token.c.id, _token.c.token_class)
    .where(*_IN_LINE)
    .order_by(_token.c.rank, _token.c.id)
)
_AHEAD = select(func.count()).where(
    *_IN_LINE, tuple_(_token.c.rank, _token.c.id) < tuple_(bindparam("rank"), bindparam("id"))
)
# The newest day of the hospital, so that the day's index answers it.
_LAST_CLASS = (
    select(_token.c.token_class)
    .where(
        _token.c.hospital_id == bindparam("hospital"),
        _token.c.service_day
        == select(func.max(_token.c.service_day))
        .where(_token.c.hospital_id == bindparam("hospital"))
        .scalar_subquery(),
        _token.c.queue_id == bindparam("queue"),
        _token.c.last_called_at.is_not(None),
    )
    .order_by(_token.c.last_called_at.desc(), _token.c.id.desc())
    .limit(1)
)


def next_codes(
    db: Connection, hospital_id: int, queue_id: int, policy: str, most: int
) -> tuple[str, ...]:
    """Return the codes of the next ``most`` tokens of a queue in call order."""
    if policy == Policy.ALTERNATE:
        return tuple(code for code, _ in _in_turn(db, hospital_id, queue_id)[:most])
    return tuple(db.execute(_FIRST, {"queue": queue_id, "most": most}).scalars())


def place_of(
    db: Connection, hospital_id: int, queue_id: int, policy: str, rank: int, token_id: int
) -> int:
    """Return how many of the queue will be called before this waiting token."""
    if policy == Policy.ALTERNATE:
        ids = [one for _, one in _in_turn(db, hospital_id, queue_id)]
        return ids.index(token_id) if token_id in ids else len(ids)
    found = db.execute(_AHEAD, {"queue": queue_id, "rank": rank, "id": token_id})
    return int(found.scalar_one())


def in_call_order(
    db: Connection, hospital_id: int, queue_id: int, policy: str, ids: Iterable[int]
) -> list[int]:
    """Return waiting tokens, given by rank, in the order in which they will be called."""
    if policy != Policy.ALTERNATE:
        return list(ids)
    wanted = set(ids)
    return [one for _, one in _in_turn(db, hospital_id, queue_id) if one in wanted]


def priority_is_due(db: Connection, hospital_id: int, queue_id: int) -> bool:
    """Return whether an ``alternate`` queue calls a priority token next, when it has one."""
    last = db.execute(_LAST_CLASS, {"hospital": hospital_id, "queue": queue_id}).scalar()
    return last is None or last == _NORMAL


def _in_turn(db: Connection, hospital_id: int, queue_id: int) -> list[tuple[str, int]]:
    rows = db.execute(_CLASSES, {"queue": queue_id}).all()
    urgent = [(code, key) for code, key, kind in rows if kind == _EMERGENCY]
    normal = [(code, key) for code, key, kind in rows if kind == _NORMAL]
    priority = [(code, key) for code, key, kind in rows if kind not in (_EMERGENCY, _NORMAL)]
    first = not urgent and priority_is_due(db, hospital_id, queue_id)
    return [*urgent, *rules.in_turn(priority, normal, priority_first=first)]
