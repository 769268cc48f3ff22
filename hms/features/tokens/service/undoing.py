"""Taking back the last change of a token, for as long as ``[queues] undo_seconds`` allows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from hms.features.tokens import events, rules
from hms.features.tokens.errors import UndoClosed
from hms.features.tokens.queries.tokens import TokenView, token_by_id
from hms.features.tokens.rules import Status
from hms.features.tokens.service.access import TokenRef, require_on_queue, token_named
from hms.features.tokens.service.writing import record, restored, token_table, write
from hms.infra.uow import Work
from hms.kernel.actor import Actor
from hms.kernel.i18n import phrase

_NEEDS = {
    "issue": "tokens.issue",
    "cancel": "tokens.cancel",
    "leave": "tokens.cancel",
    "transfer": "tokens.transfer",
    "recall": "tokens.recall",
}
_FINAL = frozenset({"expire"})


def undo(work: Work, actor: Actor, ref: TokenRef) -> TokenView:
    """Take back the last change of the token; the wall corrects itself.

    An issued token becomes entered in error (its number is not used again), a
    called one waits again, a finished one is in its room again.  A transfer is
    taken back on either leg while nobody has called the new one.

    Raises:
        UndoClosed: nothing to take back, or too late.
        RoomBusy: the room has another token by now.
        AlreadyQueued: the patient took another token in the queue by now.
    """
    token = token_named(work, actor, ref)
    if token.leg > 1 and token.undo and token.undo["verb"] == "issue":
        token = _first_leg(work, token)
    back = token.undo
    if not back or back["verb"] in _FINAL:
        raise UndoClosed(phrase("there is nothing to undo on {code}", code=token.code))
    require_on_queue(work, actor, _NEEDS.get(back["verb"], "tokens.call"), token.queue_id)
    seconds = work.settings.queues.undo_seconds
    if not rules.undo_open(datetime.fromisoformat(back["at"]), work.now, seconds):
        raise UndoClosed(
            phrase(
                "the last change of {code} is over {seconds} seconds ago",
                code=token.code,
                seconds=seconds,
            ),
            hint="change it the ordinary way",
        )
    if back["verb"] == "transfer":
        _close_new_leg(work, actor, token)
    after = write(work, token, {**_before(work, token, back), "undo": None})
    record(work, actor, after, "tokens.undo", events.TokenUndone, token)
    return after


def _before(work: Work, token: TokenView, back: dict[str, Any]) -> dict[str, Any]:
    verb = back["verb"]
    if verb == "issue":
        return {"status": Status.ENTERED_IN_ERROR.value, "ended_at": work.now}
    values = restored(back["before"])
    place = rules.counter_of(values.get("room", token.room), token.queue)
    values["counter"] = None if values["status"] == Status.WAITING else place
    return values


def _first_leg(work: Work, token: TokenView) -> TokenView:
    before = token_by_id(work.db, token.came_from_id) if token.came_from_id else None
    if before is None or before.status != Status.TRANSFERRED:
        raise UndoClosed(phrase("there is nothing to undo on {code}", code=token.code))
    return before


def _close_new_leg(work: Work, actor: Actor, token: TokenView) -> None:
    leg_id = work.db.execute(
        select(token_table.c.id).where(token_table.c.came_from_id == token.id)
        .order_by(token_table.c.id.desc()).limit(1)
    ).scalar()  # fmt: skip
    leg = token_by_id(work.db, leg_id) if leg_id else None
    if leg is None or leg.status != Status.WAITING:
        raise UndoClosed(phrase("{code} was called in its new queue already", code=token.code))
    ended = {"status": Status.ENTERED_IN_ERROR.value, "ended_at": work.now, "undo": None}
    after = write(work, leg, ended)
    record(work, actor, after, "tokens.undo", events.TokenUndone, leg)
