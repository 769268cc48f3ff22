"""What the desks and commands read, each by the permission of who asks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from hms.features.tokens import rules
from hms.features.tokens.queries.line import in_call_order, next_codes
from hms.features.tokens.queries.queues import QueueView, overview, own_queue_ids
from hms.features.tokens.queries.tokens import (
    TokenView,
    newest_of_day,
    open_of_patients,
    placed,
    token_by_id,
    tokens_of_day,
    tokens_of_patient,
    tokens_of_queue,
    with_patients,
)
from hms.features.tokens.rules import Policy, Status, TokenClass
from hms.features.tokens.service.access import (
    QueueRef,
    TokenRef,
    queue_in_use,
    queue_named,
    require_on_queue,
    token_named,
)
from hms.infra.uow import Work
from hms.kernel.actor import Actor, Scope
from hms.kernel.clock import local_hm
from hms.kernel.errors import InvalidInput, NotPermitted
from hms.kernel.i18n import phrase

MOST = 1_000_000
_CHOSEN = "chosen"


@dataclass(frozen=True, slots=True)
class QueueDesk:
    """All of one queue that its desk works with, each list in call order."""

    queue: QueueView
    waiting: tuple[TokenView, ...]
    serving: tuple[TokenView, ...]
    held: tuple[TokenView, ...]
    missed: tuple[TokenView, ...]


@dataclass(frozen=True, slots=True)
class Why:
    """Why a token has its place; ``before`` are the codes called ahead of it (at most 20)."""

    token: TokenView
    sentence: str
    before: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the explanation as the command prints it."""
        return {
            "token": self.token.as_json(),
            "why": self.sentence,
            "class": self.token.token_class,
            "policy": self.token.policy,
            "head_start_minutes": self.token.head_start_minutes,
            "before": list(self.before),
        }


def list_tokens(
    work: Work,
    actor: Actor,
    *,
    queue: QueueRef | None = None,
    status: str | None = None,
    limit: int | None = None,
) -> list[TokenView]:
    """Return the tokens of the service day in the order they were issued."""
    scope = actor.require("tokens.see")
    queue_ids = _own_only(work, actor, scope)
    if queue is not None:
        row = queue_named(work, actor, queue)
        require_on_queue(work, actor, "tokens.see", row.id)
        queue_ids = {row.id}
    if status is not None:
        status = _status(status)
    if limit is not None and not 1 <= limit <= MOST:
        raise InvalidInput(phrase("the limit must be 1 to {most}", most=MOST), field="limit")
    tokens = tokens_of_day(
        work.db,
        actor.hospital_id,
        work.service_day(),
        queue_ids=queue_ids,
        status=status,
        limit=limit,
    )
    return _seen(tokens, scope)


def _own_only(work: Work, actor: Actor, scope: Scope) -> set[int] | None:
    if scope is not Scope.OWN:
        return None
    return own_queue_ids(work.db, actor.hospital_id, actor.user_id or 0)


def show_token(work: Work, actor: Actor, ref: TokenRef) -> TokenView:
    """Return one token with its place and wait.

    Who sent a patient on still sees where the patient is.

    Raises:
        TokenNotFound: no token of today has this code.
        NotPermitted: not in this actor's queues.
    """
    token = token_named(work, actor, ref)
    sender = token_by_id(work.db, token.came_from_id) if token.came_from_id else None
    try:
        scope = require_on_queue(work, actor, "tokens.see", token.queue_id)
    except NotPermitted:
        if sender is None:
            raise
        scope = require_on_queue(work, actor, "tokens.see", sender.queue_id)
    return _seen(with_patients(work.db, [placed(work.db, token)]), scope)[0]


def why(work: Work, actor: Actor, ref: TokenRef) -> Why:
    """Explain a token's place in the line, or why it was called."""
    token = show_token(work, actor, ref)
    zone = work.settings.hospital.timezone
    token_class, policy = TokenClass(token.token_class), Policy(token.policy)
    line = rules.Line(
        token_class,
        policy,
        local_hm(token.arrived_at, zone),
        _due(token, zone),
        token.head_start_minutes,
        came_back=token.rank
        != rules.rank_of(token_class, token.arrived_at, token.head_start_minutes, policy),
    )
    sentence = rules.why_sentence(line)
    if token.called_because and token.called_because.startswith(_CHOSEN):
        sentence = phrase("called out of order, {reason}", reason=token.called_because)
    if token.status != Status.WAITING or not token.ahead:
        return Why(token, sentence, ())
    before = next_codes(
        work.db, token.hospital_id, token.queue_id, token.policy, min(token.ahead, 20)
    )
    return Why(token, sentence, before)


def list_queues(work: Work, actor: Actor) -> list[QueueView]:
    """Return every queue with who waits and who is served, as the wall shows it."""
    actor.require("queues.see")
    return overview(work.db, actor.hospital_id)


def my_queues(work: Work, actor: Actor) -> list[QueueView]:
    """Return the queues this actor may call for."""
    scope = actor.require("queues.see")
    views = overview(work.db, actor.hospital_id)
    scope = actor.scope("tokens.call") or scope
    if scope is Scope.OWN:
        own = own_queue_ids(work.db, actor.hospital_id, actor.user_id or 0)
        return [view for view in views if view.row.id in own]
    if scope is Scope.ALLOWED:
        return [view for view in views if view.row.desk_calls]
    return views


def queue_desk(work: Work, actor: Actor, queue: QueueRef) -> QueueDesk:
    """Return all of a queue that its desk works with."""
    row = queue_named(work, actor, queue)
    scope = require_on_queue(work, actor, "tokens.see", row.id)
    view = queue_in_use(work, actor, row)

    def of(*statuses: Status) -> tuple[TokenView, ...]:
        return tuple(_seen(tokens_of_queue(work.db, row.id, statuses), scope))

    today = work.service_day()
    line = {token.id: token for token in of(Status.WAITING)}
    order = in_call_order(work.db, row.hospital_id, row.id, row.policy, line)
    return QueueDesk(
        queue=view,
        waiting=tuple(line[token_id] for token_id in order),
        serving=of(Status.CALLED, Status.IN_PROGRESS),
        held=of(Status.ON_HOLD),
        missed=tuple(t for t in of(Status.NO_SHOW) if t.service_day == today),
    )


def patient_tokens_today(work: Work, actor: Actor, patient_id: int) -> list[TokenView]:
    """Return a patient's tokens of today, the newest first; none for who sees no patient."""
    scope = actor.require("tokens.see")
    if scope is Scope.MASKED:
        return []
    found = tokens_of_patient(work.db, patient_id, work.service_day())
    tokens = [token for token in found if token.hospital_id == actor.hospital_id]
    own = _own_only(work, actor, scope)
    if own is not None:
        tokens = [token for token in tokens if token.queue_id in own]
    return _seen(tokens, scope)


def newest_tokens(work: Work, actor: Actor, limit: int = 50) -> list[TokenView]:
    """Return the tokens that were given out last today, the newest first."""
    scope = actor.require("tokens.see")
    own = _own_only(work, actor, scope)
    day = work.service_day()
    return _seen(newest_of_day(work.db, actor.hospital_id, day, limit, queue_ids=own), scope)


def open_tokens(work: Work, actor: Actor, patient_ids: Iterable[int]) -> dict[int, list[TokenView]]:
    """Return the active tokens of each of these patients; nothing for who may not see whose."""
    if actor.require("tokens.see") is not Scope.HOSPITAL:
        return {}
    found = open_of_patients(work.db, patient_ids)
    return {
        patient_id: [token for token in tokens if token.hospital_id == actor.hospital_id]
        for patient_id, tokens in found.items()
    }


def _seen(tokens: list[TokenView], scope: Scope) -> list[TokenView]:
    if scope is not Scope.MASKED:
        return tokens
    return [_masked(token) for token in tokens]


def _masked(token: TokenView) -> TokenView:
    """Return the token without its patient, and without what somebody wrote about the patient."""
    because = token.called_because
    if because and because.startswith(_CHOSEN):
        because = _CHOSEN
    return replace(
        token, patient_id=None, mrn=None, patient_name=None, reason=None, undo=None,
        called_because=because,
    )  # fmt: skip


def _status(typed: str) -> str:
    value = typed.strip().lower().replace("-", "_")
    if value not in {status.value for status in Status}:
        names = ", ".join(status.value for status in Status)
        raise InvalidInput(
            "there is no such status",
            hint=phrase("use one of: {names}", names=names),
            field="status",
        )
    return value


def _due(token: TokenView, zone: str) -> str:
    if token.token_class == TokenClass.EMERGENCY:
        return "at once"
    return local_hm(rules.from_ms(max(token.rank, 0)), zone)
