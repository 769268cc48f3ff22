"""What a kiosk offers, and the number that somebody takes there: asked for by the display server.

A refusal is raised, so that nothing of the wish stays; a card that is none is counted,
so it is an answer and no error.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import insert, update

from hms.features.displays import queries as displays
from hms.features.displays.queries import Device
from hms.features.kiosks import model, queries, rules
from hms.features.kiosks.errors import (
    KioskLimit,
    KioskLocked,
    KioskUnknown,
    OutOfHours,
    QueueNotOffered,
    TooFast,
)
from hms.features.kiosks.queries import KioskRow
from hms.features.patients import queries as patients
from hms.features.tokens import queries as tokens
from hms.features.tokens import service as tokens_service
from hms.features.tokens.queries import QueueView, TokenView
from hms.infra import place_link
from hms.infra.tables import table_of
from hms.infra.uow import Work
from hms.kernel import clock
from hms.kernel.actor import Actor
from hms.kernel.errors import HmsError
from hms.kernel.i18n import phrase

_kiosk = table_of(model.Kiosk)
_number = table_of(model.KioskNumber)


@dataclass(frozen=True, slots=True)
class Menu:
    """What a kiosk shows; ``closed`` says why it gives out nothing, "" when it does."""

    name: str
    hospital: str
    closed: str
    offer: rules.Offer
    prints: bool
    queues: tuple[QueueView, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the menu as the display server passes it on."""
        return {
            "name": self.name,
            "hospital": self.hospital,
            "closed": self.closed,
            "hours": self.offer.hours,
            "languages": list(self.offer.languages),
            "idle_seconds": self.offer.idle_seconds,
            "cards": self.offer.cards,
            "prints": self.prints,
            "queues": [
                {
                    "code": queue.row.code,
                    "name": queue.row.name,
                    "paused": queue.paused,
                    "waiting": queue.waiting,
                    "wait_low_minutes": queue.wait_low_minutes,
                    "wait_high_minutes": queue.wait_high_minutes,
                }
                for queue in self.queues
            ],
        }


@dataclass(frozen=True, slots=True)
class Given:
    """The number that somebody got; ``card`` False: their card was none, and they got nothing."""

    token: TokenView | None
    room: str | None = None
    link: str = ""
    printed: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return what the page shows: nothing of it is of a person."""
        if self.token is None:
            return {"refused": "card"}
        return {
            "token": self.token.code,
            "queue": self.token.queue_name,
            "room": self.room,
            "ahead": self.token.ahead,
            "wait_low_minutes": self.token.wait_low_minutes,
            "wait_high_minutes": self.token.wait_high_minutes,
            "link": self.link,
            "printed": self.printed,
        }


def menu(work: Work, actor: Actor, look: rules.Look) -> Menu:
    """Return what the kiosk with this device token offers now.

    Raises:
        NotPermitted: the actor is not the display server's worker.
        KioskUnknown: the token is none of a kiosk.
    """
    actor.require("kiosks.serve")
    device, kiosk = _known(work, actor, look.device)
    offer = rules.offer_of(work.settings.kiosk, device.name)
    try:
        _refuse_closed(work, kiosk, offer)
        closed = ""
    except (KioskLocked, OutOfHours, KioskLimit) as refusal:
        closed = refusal.code.removeprefix("kiosks.")
    return Menu(
        name=device.name,
        hospital=work.settings.hospital.name,
        closed=closed,
        offer=offer,
        prints=_prints(work),
        queues=tuple(
            queue
            for queue in tokens.overview(work.db, actor.hospital_id)
            if offer.offers(queue.row.code)
        ),
    )


def take_number(work: Work, actor: Actor, take: rules.Take) -> Given:
    """Give out the next number of a queue at a kiosk; the same touch gives the same number.

    Raises:
        NotPermitted: the actor is not the display server's worker.
        KioskUnknown: the token is none of a kiosk.
        KioskLocked: the staff locked it.
        OutOfHours: it is closed at this time of day.
        KioskLimit: it gave out all its numbers of today.
        TooFast: it gave out too many in the last minute.
        QueueNotOffered: the queue has no button here or is paused.
        AlreadyQueued: whose card it is has a number in this queue.
        DailyLimit: the queue's numbers of today are used up.
    """
    actor.require("kiosks.serve")
    device, kiosk = _known(work, actor, take.device, hold=True)
    again = queries.token_of_touch(work.db, kiosk.id, take.touch)
    if again is not None:
        return _given(work, tokens.leg_now(work.db, again), again)
    offer = rules.offer_of(work.settings.kiosk, device.name)
    _refuse_closed(work, kiosk, offer)
    since = work.now - rules.RATE_WINDOW
    if queries.given_out(work.db, kiosk.id, work.service_day(), since) >= offer.per_minute:
        raise TooFast(phrase("{n} numbers were given out here in a minute", n=offer.per_minute))
    queue = tokens.queue_by_code(work.db, actor.hospital_id, take.queue.upper())
    if queue is None or not queue.active or queue.paused_at or not offer.offers(queue.code):
        raise QueueNotOffered("this queue gives out no numbers here now", field="queue")
    # The audit says which kiosk it was; its name is the terminal, as that of a desk would be.
    here = replace(actor, name="kiosk", terminal=f"kiosk {device.name}"[:80])
    patient_id = None
    if take.card:
        patient_id = _holder(work, here, kiosk, take.card) if offer.cards else None
        if patient_id is None:
            return Given(None)
    token = tokens_service.issue(work, here, tokens_service.IssueToken(queue.code, patient_id))
    row = {
        "display_id": kiosk.id,
        "touch": take.touch,
        "token_id": token.id,
        "service_day": work.service_day(),
        "at": work.now,
    }
    work.db.execute(insert(_number), row)
    return _given(work, token, token.id)


def _known(
    work: Work, actor: Actor, device_token: str, *, hold: bool = False
) -> tuple[Device, KioskRow]:
    device = displays.device_of(work.db, device_token, actor.hospital_id)
    found = device and queries.kiosk_of(work.db, actor.hospital_id, device.id, hold=hold)
    if device is None or not found:
        raise KioskUnknown("this screen is no kiosk")
    return device, found


def _refuse_closed(work: Work, kiosk: KioskRow, offer: rules.Offer) -> None:
    if kiosk.locked_at is not None:
        raise KioskLocked("the staff locked this kiosk")
    local = work.now.astimezone(clock.zone(work.settings.hospital.timezone)).time()
    if not offer.open_at(local):
        raise OutOfHours(phrase("this kiosk is open {hours}", hours=offer.hours))
    if queries.given_out(work.db, kiosk.id, work.service_day()) >= offer.daily_limit:
        raise KioskLimit(
            phrase("this kiosk gave out its {n} numbers of today", n=offer.daily_limit)
        )


def _holder(work: Work, actor: Actor, kiosk: KioskRow, card: str) -> int | None:
    """Return whose card it is; a broken card and one of nobody are the same, and are counted."""
    since = kiosk.wrong_since
    fresh = since is None or work.now - since >= rules.CARD_WINDOW
    tried = 0 if fresh else kiosk.wrong_cards
    if tried < rules.WRONG_CARDS:
        try:
            found = patients.id_of_mrn(work.db, actor.hospital_id, card)
        except HmsError:  # its check digit does not fit
            found = None
        if found is not None:
            return found
    counted = {"wrong_cards": tried + 1, "wrong_since": work.now if fresh else since}
    work.db.execute(update(_kiosk).where(_kiosk.c.display_id == kiosk.id).values(counted))
    work.audit(actor, "kiosks.card_refused", "kiosk", kiosk.id)
    return None


def _given(work: Work, token: TokenView | None, first_leg: int) -> Given:
    assert token is not None  # tokens are never removed
    token = tokens.placed(work.db, token)
    rooms = tokens.rooms_of(work.db, token.queue_id)
    url, link = work.settings.display.public_url, ""
    if url:
        secret = place_link.make_secret(work.settings)
        link = f"{url}/t/{place_link.sign(secret, first_leg, token.service_day)}"
    return Given(token, token.room or (rooms[0] if rooms else None), link, _prints(work))


def _prints(work: Work) -> bool:
    """Return whether the slip comes out beside the kiosk: not at the printer of a desk."""
    return work.settings.printing.on and not work.settings.printing.station
