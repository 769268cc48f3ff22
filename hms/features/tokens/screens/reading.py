"""What the reception desk reads, each in one hop to the database."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hms.features.patients import service as patients
from hms.features.patients.queries import PatientView
from hms.features.tokens import rules, service
from hms.features.tokens.errors import TokenNotFound
from hms.features.tokens.queries import QueueView, TokenView
from hms.infra.uow import Work
from hms.kernel.actor import Actor, Scope

MOST_HITS = 40
LATEST = 60


@dataclass(frozen=True, slots=True)
class Hit:
    """One row of what was found: a patient with the newest open token, or a token.

    ``holder`` is whose token it is, where this desk may see patients.
    """

    patient: PatientView | None
    token: TokenView | None
    holder: PatientView | None = None

    @property
    def key(self) -> str:
        """Return what stays the same while the row's cells change."""
        if self.patient is not None:
            return f"p{self.patient.id}"
        return f"t{self.token.id if self.token else 0}"

    @property
    def mrn(self) -> str | None:
        """Return whose row it is, when it is known."""
        if self.patient is not None:
            return self.patient.mrn
        return self.token.mrn if self.token is not None else None


@dataclass(frozen=True, slots=True)
class Found:
    """What a search line found; ``text`` is the line."""

    text: str
    hits: tuple[Hit, ...] = ()

    @property
    def by_token(self) -> bool:
        """Return whether the line was a token's code."""
        return len(self.hits) == 1 and self.hits[0].patient is None


@dataclass(frozen=True, slots=True)
class Queues:
    """All queues as they stand, which of them this desk may call, and the undo's length.

    ``prints`` says that slips are printed, ``printer`` what is wrong with the printer.
    """

    boards: tuple[QueueView, ...]
    callable_ids: frozenset[int]
    undo_seconds: int
    prints: bool = False
    printer: str = ""


@dataclass(frozen=True, slots=True)
class Detail:
    """One patient with the tokens of today, the newest first; a token may have no patient yet."""

    patient: PatientView | None
    tokens: tuple[TokenView, ...]


def find(work: Work, actor: Actor, text: str) -> Found:
    """Return what ``text`` finds: the token of that code, otherwise patients.

    Raises:
        InvalidInput: nothing to search for, or a mistyped MRN.
        TokenNotFound: it is a token's code, but no such token was given out today.
    """
    unknown: TokenNotFound | None = None
    if rules.parse_token_code(text) is not None:
        try:
            token = service.show_token(work, actor, text)
            return Found(text, (Hit(None, token, _holder(work, actor, token)),))
        except TokenNotFound as error:
            unknown = error
    views = patients.search(work, actor, text, MOST_HITS)
    if unknown is not None and not views:
        raise unknown
    open_tokens = service.open_tokens(work, actor, [view.id for view in views])
    hits = (Hit(view, next(iter(open_tokens.get(view.id, ())), None)) for view in views)
    return Found(text, tuple(hits))


def _holder(work: Work, actor: Actor, token: TokenView) -> PatientView | None:
    if token.mrn is None or not actor.may("patients.search"):
        return None
    return next(iter(patients.search(work, actor, token.mrn, 1)), None)


def latest(work: Work, actor: Actor) -> tuple[TokenView, ...]:
    """Return the tokens given out last."""
    return tuple(service.newest_tokens(work, actor, LATEST))


def queues(work: Work, actor: Actor) -> Queues:
    """Return the state of every queue."""
    may_call = actor.scope("tokens.call")
    boards = tuple(service.list_queues(work, actor))
    mine = frozenset(v.row.id for v in boards if may_call is Scope.HOSPITAL or v.row.desk_calls)
    undo_seconds = work.settings.queues.undo_seconds
    shown = Queues(boards, mine if may_call is not None else frozenset(), undo_seconds)
    if not work.settings.printing.on or not actor.may("printing.see"):
        return shown
    from hms.features.printing.service import printer_sentence

    return replace(shown, prints=True, printer=printer_sentence(work, actor))


def detail(work: Work, actor: Actor, mrn: str | None, token_id: int | None) -> Detail:
    """Return a patient by MRN with the tokens of today; only the token when it has no patient."""
    if mrn is None:
        token = service.show_token(work, actor, token_id) if token_id is not None else None
        return Detail(None, (token,) if token is not None else ())
    view = next(iter(patients.search(work, actor, mrn, 1)), None)
    if view is None:
        return Detail(None, ())
    tokens = service.patient_tokens_today(work, actor, view.id)
    shown = [service.show_token(work, actor, t.id) if t.open else t for t in tokens]
    return Detail(view, tuple(shown))
