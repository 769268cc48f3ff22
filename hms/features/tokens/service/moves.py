"""What happens to a token after its call, and what takes it out of the line."""

from __future__ import annotations

from hms.features.tokens import events, rules
from hms.features.tokens.errors import RoomBusy
from hms.features.tokens.queries.tokens import TokenView
from hms.features.tokens.rules import Move, Policy, Rejoin
from hms.features.tokens.service.access import (
    TokenRef,
    queue_named,
    reason_of,
    require_callable_day,
    require_on_queue,
    token_named,
)
from hms.features.tokens.service.writing import change, legal_target
from hms.infra.uow import Work
from hms.kernel.actor import Actor
from hms.kernel.i18n import phrase

_CALL, _CANCEL = "tokens.call", "tokens.cancel"


def start(work: Work, actor: Actor, ref: TokenRef) -> TokenView:
    """Note that the called patient came in.

    Raises:
        WrongState: the token is not called.
    """
    token = _token(work, actor, ref, _CALL)
    values = {"started_at": work.now}
    return change(work, actor, token, Move.START, events.TokenStarted, values)


def complete(work: Work, actor: Actor, ref: TokenRef) -> TokenView:
    """Note that the service ended; the room is free.

    Raises:
        WrongState: the token is neither called nor in progress.
    """
    token = _token(work, actor, ref, _CALL)
    values = {"ended_at": work.now}
    return change(work, actor, token, Move.COMPLETE, events.TokenCompleted, values)


def hold(work: Work, actor: Actor, ref: TokenRef, reason: str | None = None) -> TokenView:
    """Put the token aside (the patient comes back with papers); call-next never picks it.

    Raises:
        WrongState: the token is neither called nor in progress.
    """
    token = _token(work, actor, ref, _CALL)
    values = {"reason": reason_of(reason)}
    return change(work, actor, token, Move.HOLD, events.TokenHeld, values)


def resume(work: Work, actor: Actor, ref: TokenRef) -> TokenView:
    """Go on with a held token in the room it was held from.

    Raises:
        WrongState: the token is not on hold.
        RoomBusy: the room has another token.
    """
    token = _token(work, actor, ref, _CALL)
    values = {"started_at": token.started_at or work.now}
    try:
        return change(work, actor, token, Move.RESUME, events.TokenResumed, values)
    except RoomBusy as busy:
        raise RoomBusy(
            phrase("{place} has another token", place=token.place), hint=busy.hint
        ) from busy


def put_back(work: Work, actor: Actor, ref: TokenRef) -> TokenView:
    """Let a called or held token wait again in its old place; the wall withdraws the call.

    Raises:
        WrongState: the token is neither called nor on hold, or of another day.
    """
    token = _token(work, actor, ref, _CALL)
    legal_target(token, Move.PUT_BACK)
    require_callable_day(work, token, queue_named(work, actor, token.queue_id))
    values = {"room": None, "counter": None, "called_because": None}
    return change(work, actor, token, Move.PUT_BACK, events.TokenPutBack, values)


def no_show(work: Work, actor: Actor, ref: TokenRef) -> TokenView:
    """Note that nobody came to the call; the patient may rejoin.

    Raises:
        WrongState: the token is not called.
    """
    token = _token(work, actor, ref, _CALL)
    return change(work, actor, token, Move.NO_SHOW, events.TokenNoShow, {"ended_at": work.now})


def rejoin(work: Work, actor: Actor, ref: TokenRef) -> TokenView:
    """Let who missed the call wait again: in the old place, or at the end, as the queue says.

    Raises:
        WrongState: the token is not a no-show, or of another day.
        AlreadyQueued: the patient took another token in this queue.
    """
    token = _token(work, actor, ref, _CALL)
    legal_target(token, Move.REJOIN)
    queue = queue_named(work, actor, token.queue_id)
    require_callable_day(work, token, queue)
    rank = token.rank
    if queue.rejoin == Rejoin.END:
        token_class = rules.TokenClass(token.token_class)
        rank = rules.rank_of(token_class, work.now, 0, Policy(queue.policy))
    values = {
        "ended_at": None,
        "room": None,
        "counter": None,
        "called_because": None,
        "rank": rank,
    }
    return change(work, actor, token, Move.REJOIN, events.TokenRejoined, values)


def cancel(work: Work, actor: Actor, ref: TokenRef, reason: str | None = None) -> TokenView:
    """Give the token up; its number is not used again.

    Raises:
        WrongState: it is in progress or finished.
    """
    token = _token(work, actor, ref, _CANCEL)
    values = {"ended_at": work.now, "reason": reason_of(reason)}
    return change(work, actor, token, Move.CANCEL, events.TokenCancelled, values)


def leave(work: Work, actor: Actor, ref: TokenRef) -> TokenView:
    """Note that the patient left before being served.

    Raises:
        WrongState: the token is in progress or finished.
    """
    token = _token(work, actor, ref, _CANCEL)
    values = {"ended_at": work.now}
    return change(work, actor, token, Move.LEAVE, events.TokenLeft, values)


def _token(work: Work, actor: Actor, ref: TokenRef, permission: str) -> TokenView:
    token = token_named(work, actor, ref)
    require_on_queue(work, actor, permission, token.queue_id)
    return token
