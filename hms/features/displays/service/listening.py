"""Who listens on the staff channel: their session verified, and what they may be told.

The display server asks this of the worker again and again while somebody listens,
so that it never holds a signing key and an ended session ends there, too.
"""

from __future__ import annotations

from dataclasses import dataclass

from hms.features.displays.rules import Token
from hms.features.staff import service as staff
from hms.features.tokens import queries as tokens
from hms.infra.sessions import SignedIn
from hms.infra.uow import Work
from hms.kernel.actor import Actor, Role, Scope
from hms.kernel.errors import NotSignedIn


@dataclass(frozen=True, slots=True)
class Listener:
    """What somebody on the staff channel may be told.

    ``queues`` are the ids of their own queues, None for every queue; ``over`` says
    why they may be told nothing (any more).
    """

    over: str = ""
    permitted: bool = False
    queues: tuple[int, ...] | None = ()
    displays: bool = False
    alarms: bool = False

    def as_json(self) -> dict[str, object]:
        """Return it as the display server reads it."""
        return {
            "over": self.over,
            "permitted": self.permitted,
            "queues": None if self.queues is None else list(self.queues),
            "displays": self.displays,
            "alarms": self.alarms,
        }


def listener(work: Work, actor: Actor, token: Token) -> Listener:
    """Return what the bearer of an access token may be told on the staff channel.

    Raises:
        NotPermitted: the actor is not the display server's worker.
    """
    actor.require("displays.report")
    bearer = SignedIn(name="", role=Role.DISPATCHER, access_token=token.text)
    try:
        who = staff.actor_of(work, bearer)
    except NotSignedIn as error:
        return Listener(over=error.message)
    if who.hospital_id != actor.hospital_id:  # this server shows one hospital
        return Listener()
    displays, alarms = who.may("displays.see"), who.may("accesses.acknowledge")
    queues = _queues(work, who)
    permitted = queues != () or displays or alarms
    return Listener("", permitted, queues, displays, alarms)


def _queues(work: Work, who: Actor) -> tuple[int, ...] | None:
    if who.scope("tokens.see") is Scope.OWN:
        own = tokens.own_queue_ids(work.db, who.hospital_id, who.user_id or 0)
        return tuple(sorted(own))
    return None if who.may("queues.see") else ()
