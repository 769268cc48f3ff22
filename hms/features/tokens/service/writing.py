"""One guarded change of one token, with its event, its audit entry and the way back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache, reduce
from typing import Any

from sqlalchemy import Update, bindparam, update
from sqlalchemy.exc import IntegrityError

from hms.features.staff.queries import whereabouts as staff
from hms.features.tokens import events, rules
from hms.features.tokens.errors import AlreadyQueued, RoomBusy, WrongState
from hms.features.tokens.model import Token
from hms.features.tokens.queries.queues import doctors_of
from hms.features.tokens.queries.tokens import OF_TOKEN, TokenView, token_by_id, written
from hms.infra.tables import table_of
from hms.infra.uow import Work
from hms.kernel.actor import Actor, Role
from hms.kernel.clock import iso
from hms.kernel.i18n import phrase, word

token_table = table_of(Token)
_DATES = frozenset(
    {"called_at", "last_called_at", "started_at", "ended_at", "arrived_at", "issued_at"}
)


def change(
    work: Work,
    actor: Actor,
    token: TokenView,
    move: rules.Move,
    event: type[events.TokenEvent],
    values: Mapping[str, Any],
) -> TokenView:
    """Make ``move`` on ``token`` and return what it is now.

    The update holds only if the token is still as it was read: two desks cannot
    both succeed.  What it replaces is kept for the undo.

    Raises:
        WrongState: the state does not allow the move, or another desk was first.
        RoomBusy: the room took another token in the meantime.
        AlreadyQueued: the patient has an active token in this queue.
    """
    target = legal_target(token, move)
    new = {"status": target.value, **values}
    new["undo"] = way_back(work, token, move.value, new)
    after = write(work, token, new)
    record(work, actor, after, f"tokens.{move.value}", event, token)
    return after


def legal_target(token: TokenView, move: rules.Move) -> rules.Status:
    """Return the state that ``move`` leads to.

    Raises:
        WrongState: the token's state does not allow it.
    """
    sources, target = rules.LEGAL[move]
    if token.status not in sources:
        states = [word(name.replace("_", " ")) for name in sorted(s.value for s in sources)]
        allowed = reduce(
            lambda one, other: phrase("{one} or {other}", one=one, other=other), states
        )
        raise WrongState(
            phrase(
                "{code} is {replace}", code=token.code, replace=word(token.status.replace("_", " "))
            ),
            hint=phrase(
                "to {replace} it must be {allowed}",
                replace=word(move.value.replace("_", " ")),
                allowed=allowed,
            ),
        )
    return target


def write(work: Work, token: TokenView, new: dict[str, Any]) -> TokenView:
    """Update the token's row if its state is still the one that was read; return what it is now.

    Raises:
        WrongState: another desk was first.
        RoomBusy: the counter has another token.
        AlreadyQueued: the patient has an active token in the queue.
    """
    key = {"token_id": token.id, "old_status": token.status}
    try:
        row = work.db.execute(_update(tuple(sorted(new))), {**new, **key}).first()
    except IntegrityError as error:
        raise conflict(error, token.code) from error
    if row is None:
        raise WrongState(
            phrase("{code} was just changed by another desk", code=token.code), hint="look again"
        )
    return written(row, token)


@lru_cache(maxsize=128)
def _update(columns: tuple[str, ...]) -> Update:
    return (
        update(token_table)
        .where(
            token_table.c.id == bindparam("token_id"),
            token_table.c.status == bindparam("old_status"),
        )
        .values({name: bindparam(name) for name in columns})
        .returning(*OF_TOKEN)
    )


def conflict(error: IntegrityError, code: str) -> Exception:
    """Return the plain refusal that a broken constraint of the token table stands for."""
    said = str(error.orig).lower()
    if "uq_token_counter_serving" in said or "token.counter" in said:
        return RoomBusy("the room has another token", hint="finish that one first")
    if "uq_token_patient_active" in said or "token.patient_id" in said:
        return AlreadyQueued("the patient has an active token in this queue")
    if "cannot move so" in said:
        return WrongState(phrase("{code} cannot change so", code=code))
    return error


def way_back(work: Work, token: TokenView, verb: str, new: Mapping[str, Any]) -> dict[str, Any]:
    """Return what ``undo`` needs to take a change back: verb, instant, replaced values."""
    before = {
        name: _plain(getattr(token, name, None)) for name in new if name not in ("undo", "counter")
    }
    return {"verb": verb, "at": iso(work.now), "before": before}


def restored(before: Mapping[str, Any]) -> dict[str, Any]:
    """Return replaced values as the columns take them."""
    return {
        name: _instant(value) if name in _DATES and value else value
        for name, value in before.items()
    }


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)  # as SQLite keeps it in the row


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def reread(work: Work, token: TokenView) -> TokenView:
    """Return the token as it stands now in this transaction."""
    after = token_by_id(work.db, token.id)
    assert after is not None
    return after


def record(
    work: Work,
    actor: Actor,
    after: TokenView,
    action: str,
    event: type[events.TokenEvent],
    before: TokenView | None = None,
) -> None:
    """Say what happened to the token, and who did it."""
    work.emit(
        event(
            topic=after.queue_id,
            subject_id=after.id,
            token=after.code,
            status=after.status,
            room=after.room,
            call_no=after.call_count,
        ),
        hospital_id=actor.hospital_id,
    )
    work.audit(
        actor,
        action,
        "token",
        after.id,
        before={"status": before.status, "room": before.room} if before else None,
        after={"status": after.status, "room": after.room, "code": after.code},
    )
    if after.patient_id is not None and after.status in rules.SERVING:
        take_into_care(work, actor, after.queue_id, after.room, after.patient_id)


def take_into_care(
    work: Work, actor: Actor, queue_id: int, room: str | None, patient_id: int
) -> None:
    """Let the doctor who serves a patient find and see that patient's record.

    Whoever called: a nurse calls for the queue's doctor in that room; where none
    of them sits there, for each doctor of the queue.
    """
    from hms.features.patients.service import take_into_care as take

    if actor.role is Role.DOCTOR and actor.user_id is not None:
        take(work, actor.user_id, patient_id)
        return
    own = doctors_of(work.db, queue_id)
    there = staff.users_in_room(work.db, actor.hospital_id, room) if room else ()
    for user_id in [user for user in there if not own or user in own] or own:
        take(work, user_id, patient_id)
