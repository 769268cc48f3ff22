"""Finding the queue or token that was named, and whether this actor may act on it."""

from __future__ import annotations

from hms.features.tokens import rules
from hms.features.tokens.errors import QueueClosed, QueueNotFound, TokenNotFound, WrongState
from hms.features.tokens.queries.queues import (
    QueueRow,
    QueueView,
    is_own,
    overview,
    queue_by_code,
    queue_by_id,
)
from hms.features.tokens.queries.tokens import TokenView, find_token, token_by_id
from hms.infra.uow import Work
from hms.kernel.actor import Actor, Scope
from hms.kernel.errors import InvalidInput, NotPermitted
from hms.kernel.i18n import phrase
from hms.kernel.text import clean, show

QueueRef = str | int
TokenRef = str | int


def queue_named(work: Work, actor: Actor, ref: QueueRef) -> QueueRow:
    """Return the queue that ``ref`` (its code, or its id) means.

    Raises:
        QueueNotFound: the hospital has no such queue.
    """
    if isinstance(ref, int):
        row = queue_by_id(work.db, ref)
    else:
        row = queue_by_code(work.db, actor.hospital_id, rules.parse_queue_code(ref))
    if row is None or row.hospital_id != actor.hospital_id:
        raise QueueNotFound(phrase("there is no queue {ref}", ref=show(ref)), field="queue")
    return row


def queue_in_use(work: Work, actor: Actor, row: QueueRow) -> QueueView:
    """Return the queue with who waits and who is served.

    Raises:
        QueueClosed: the queue is no longer used.
    """
    for view in overview(work.db, actor.hospital_id):
        if view.row.id == row.id:
            return view
    raise QueueClosed(phrase("queue {code} is no longer used", code=row.code), field="queue")


def token_named(work: Work, actor: Actor, ref: TokenRef) -> TokenView:
    """Return the token that ``ref`` (a code of today, or an id) means.

    Raises:
        TokenNotFound: no token of today has this code.
        InvalidInput: ``ref`` is neither a code nor an id.
    """
    token_id = ref if isinstance(ref, int) else _as_id(ref)
    if token_id is not None:
        view = token_by_id(work.db, token_id)
    else:
        code = rules.parse_token_code(clean(str(ref), field="token", max_length=40))
        if code is None:
            raise InvalidInput(
                "this is no token code", hint="a code looks like GM-042", field="token"
            )
        view = find_token(work.db, actor.hospital_id, code, work.service_day())
    if view is None or view.hospital_id != actor.hospital_id:
        raise TokenNotFound(
            phrase("there is no token {ref} today", ref=show(ref)),
            hint="see: hms token list",
            field="token",
        )
    return view


def _as_id(ref: str) -> int | None:
    typed = ref.strip()
    if not (typed.isascii() and typed.isdecimal()):
        return None
    return int(typed) if len(typed) < 10 else -1  # a token has at most nine digits


def require_on_queue(
    work: Work, actor: Actor, permission: str, queue_id: int, *, desk_calls: bool | None = None
) -> Scope:
    """Return the scope by which ``actor`` may do this on the queue.

    ``desk_calls`` is the queue's setting that lets the front desk call, read
    when it is needed and not given.

    Raises:
        NotPermitted: the role does not hold it, or not for this queue.
    """
    scope = actor.require(permission)
    if scope is Scope.OWN and not is_own(work.db, queue_id, actor.user_id):
        raise NotPermitted(
            "this is another doctor's queue", hint="ask a nurse, or have the queue given to you"
        )
    if scope is Scope.ALLOWED:
        if desk_calls is None:
            row = queue_by_id(work.db, queue_id)
            desk_calls = row is not None and row.desk_calls
        if not desk_calls:
            raise NotPermitted(
                "the front desk does not call for this queue",
                hint="a queue made with --desk-calls lets it",
            )
    return scope


def require_callable_day(work: Work, token: TokenView, queue: QueueRow) -> None:
    """Refuse to let a token of another day wait or be called.

    Raises:
        WrongState: it is of an earlier day, and its queue does not run 24 hours.
    """
    if token.service_day < work.service_day() and not queue.is_24h:
        raise WrongState(
            phrase(
                "{code} is of {isoformat}", code=token.code, isoformat=token.service_day.isoformat()
            ),
            hint="give out a new token",
        )


def reason_of(reason: str | None) -> str:
    """Return the reason as it is recorded; a missing one is "none given"."""
    return clean(reason or "", field="reason", max_length=200) or "none given"
