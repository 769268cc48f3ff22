"""Paper: the slip of each token, the same once more, numbers on paper for when HMS is down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hms.features.tokens.queries.tokens import TokenView, first_leg_id
from hms.features.tokens.service.access import TokenRef, require_on_queue, token_named
from hms.infra.uow import Work
from hms.kernel.actor import Actor

if TYPE_CHECKING:
    from hms.features.printing.queries import JobView

TOKEN_SLIP = "token"  # noqa: S105 - a kind of slip


def request_slip(work: Work, actor: Actor, token: TokenView) -> None:
    """Save that the slip of a token just given out is to be printed."""
    from hms.features.printing import service as printing

    printing.request(work, actor, printing.What(TOKEN_SLIP, token.id, token.code))


def reprint(work: Work, actor: Actor, ref: TokenRef) -> JobView:
    """Print a token's slip once more, marked as such; the number stays the same.

    Raises:
        TokenNotFound: no token of today has this code.
        PrintingOff: no printer is configured.
    """
    from hms.features.printing import service as printing

    token = token_named(work, actor, ref)
    require_on_queue(work, actor, "tokens.see", token.queue_id)
    first = first_leg_id(work.db, token)
    return printing.reprint(work, actor, printing.What(TOKEN_SLIP, first, token.code))
