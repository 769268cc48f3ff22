"""Making a screen a paired one, sending it away, telling it to load again or to say its name."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, delete, func, insert, select, update

from hms.features.displays import model, rules
from hms.features.displays.events import (
    ScreenIdentifyAsked,
    ScreenPaired,
    ScreenReloadAsked,
    ScreenRevoked,
)
from hms.features.displays.service.notices import ZoneUnknown
from hms.infra.tables import table_of
from hms.infra.uow import Work
from hms.kernel import ids
from hms.kernel.actor import Actor
from hms.kernel.clock import iso, local_hm
from hms.kernel.errors import InvalidInput, NotFound, Refused
from hms.kernel.events import Event
from hms.kernel.i18n import phrase
from hms.kernel.text import clean, show

_display = table_of(model.Display)
_pairing = table_of(model.DisplayPairing)
_state = table_of(model.DisplayState)


class ScreenUnknown(NotFound):
    """No screen has this name."""

    code = "displays.unknown"
    hint = "see: hms display list"


class ScreenSentAway(Refused):
    """The screen was sent away; it takes no order until it is paired again."""

    code = "displays.revoked"
    hint = "pair it again: hms display pair NAME"


class ScreenAway(Refused):
    """The screen is not connected just now, so nobody would see what is asked of it."""

    code = "displays.away"
    hint = "is it switched on, and does it show the wall? see: hms display list"


class TooManyCodes(Refused):
    """More pairing codes are open than anybody installs screens at once."""

    code = "displays.too_many_codes"
    hint = "wait ten minutes, or use those that were given out"


@dataclass(frozen=True, slots=True)
class PairScreen:
    """A screen to be paired: its name, its zone (None: every queue), its languages."""

    name: str
    zone: str | None = None
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PairingCode:
    """A code that makes one screen a paired one; told once.

    ``address`` opens the wall with it: a whole one where ``[display] public_url`` is set.
    """

    name: str
    zone: str | None
    languages: str
    code: str = field(repr=False)
    expires_at: datetime
    address: str = field(repr=False)

    def as_json(self) -> dict[str, object]:
        """Return the code as the command prints it."""
        return {
            "name": self.name,
            "zone": self.zone,
            "languages": [word for word in self.languages.split(",") if word],
            "code": self.code,
            "expires_at": iso(self.expires_at),
            "address": self.address,
        }


def pair_screen(work: Work, actor: Actor, wanted: PairScreen) -> PairingCode:
    """Give out a code by which a screen becomes ``wanted``; an older code for it ends.

    Raises:
        NotPermitted: the actor may not manage screens.
        InvalidInput: the name or a language cannot be one.
        ZoneUnknown: there is no such zone.
        TooManyCodes: too many codes are open.
    """
    actor.require("displays.manage")
    name = clean(wanted.name, field="name", max_length=rules.NAME_LENGTH, required=True)
    if wanted.zone is not None and wanted.zone not in work.settings.zones:
        raise ZoneUnknown(
            phrase("there is no zone {name}", name=show(wanted.zone)[:80]), field="zone"
        )
    languages = _languages(wanted.languages)
    _forget_old_codes(work)
    display_id = _ensure(work, actor, name)
    work.db.execute(delete(_pairing).where(_pairing.c.display_id == display_id))
    open_codes = select(func.count()).select_from(_pairing)
    if work.db.execute(open_codes).scalar_one() >= rules.CODES_OPEN:
        raise TooManyCodes(phrase("{many} pairing codes are open", many=rules.CODES_OPEN))
    code, expires = rules.new_code(), work.now + rules.CODE_LIVES
    row = {
        "hospital_id": actor.hospital_id,
        "display_id": display_id,
        "code_hash": rules.hash_code(code),
        "zone": wanted.zone,
        "languages": languages,
        "expires_at": expires,
        "wrong_tries": 0,
    }
    work.db.execute(insert(_pairing), row)
    after = {"name": name, "zone": wanted.zone}
    work.audit(actor, "displays.pair", "display", display_id, after=after)
    address = f"{work.settings.display.public_url}/?pair={code}"
    return PairingCode(name, wanted.zone, languages, code, expires, address)


def claim_pairing(work: Work, actor: Actor, claim: rules.Claim) -> dict[str, Any]:
    """Make the screen that knows a code a paired one; return its device token, told once.

    A wrong code is counted, so it is an answer and no error: ``{"refused": …}``.  Guessing is
    slowed down at the display server, by address; see ``rules.new_code`` for what is left.

    Raises:
        NotPermitted: the actor is not the display server's worker.
    """
    actor.require("displays.report")
    good = (_pairing.c.expires_at > work.now) & (_pairing.c.wrong_tries < rules.WRONG_TRIES)
    good &= _pairing.c.hospital_id == actor.hospital_id
    meant = select(_pairing).where(_pairing.c.code_hash == claim.code_hash, good)
    row = work.db.execute(meant).first()
    if row is None:
        more = {"wrong_tries": _pairing.c.wrong_tries + 1}
        tried = work.db.execute(update(_pairing).where(good).values(more))
        if tried.rowcount:
            work.audit(actor, "displays.pair_refused", "display", None)
        return {"refused": "this code is wrong, used or too old"}
    token = ids.secret()
    given = {
        "token_hash": rules.hash_device(token),
        "paired_at": work.now,
        "revoked_at": None,
        "zone": row.zone,
        "languages": row.languages,
    }
    work.db.execute(delete(_pairing).where(_pairing.c.id == row.id))
    renewed = update(_display).where(_display.c.id == row.display_id).values(given)
    name = work.db.execute(renewed.returning(_display.c.name)).scalar_one()
    work.audit(actor, "displays.paired", "display", row.display_id, after={"name": name})
    work.emit(ScreenPaired(topic=None, subject_id=row.display_id))
    return {"device": token, "name": name, "zone": row.zone, "languages": row.languages}


def revoke_screen(work: Work, actor: Actor, name: str) -> str:
    """Send a screen away at once; its name is refused until it is paired again.

    Raises:
        NotPermitted: the actor may not manage screens.
        ScreenUnknown: there is no such screen.
    """
    actor.require("displays.manage")
    row = _find(work, actor, name)
    gone = {"token_hash": None, "paired_at": None, "revoked_at": work.now}
    work.db.execute(delete(_pairing).where(_pairing.c.display_id == row.id))
    work.db.execute(update(_display).where(_display.c.id == row.id).values(gone))
    _tell(work, actor, row, "displays.revoke", ScreenRevoked)
    return str(row.name)


def reload_screen(work: Work, actor: Actor, name: str) -> str:
    """Let a screen load its page again.

    Raises:
        NotPermitted: the actor may not manage screens.
        ScreenUnknown: there is no such screen.
        ScreenSentAway: it was revoked.
        ScreenAway: it is not connected just now.
    """
    actor.require("displays.manage")
    row = _find_live(work, actor, name)
    _tell(work, actor, row, "displays.reload", ScreenReloadAsked)
    return str(row.name)


def reload_every_screen(work: Work, actor: Actor) -> list[str]:
    """Let every screen that shows something load its page again; return their names.

    Raises:
        NotPermitted: the actor may not manage screens.
    """
    actor.require("displays.manage")
    query: Select[Any] = (
        select(_display.c.id, _display.c.name)
        .join(_state, _state.c.display_id == _display.c.id)
        .where(_display.c.hospital_id == actor.hospital_id, _display.c.revoked_at.is_(None))
        .where(_state.c.seen_at > work.now - rules.EXPECTED_FOR)
        .order_by(_display.c.name_key)
    )
    rows = work.db.execute(query).all()
    for row in rows:
        _tell(work, actor, row, "displays.reload", ScreenReloadAsked)
    return [str(row.name) for row in rows]


def identify_screen(work: Work, actor: Actor, name: str) -> str:
    """Let a screen show its name, large, for a moment.

    Raises:
        NotPermitted: the actor may not manage screens.
        ScreenUnknown: there is no such screen.
        ScreenSentAway: it was revoked.
        ScreenAway: it is not connected just now.
    """
    actor.require("displays.manage")
    row = _find_live(work, actor, name)
    _tell(work, actor, row, "displays.identify", ScreenIdentifyAsked)
    return str(row.name)


def _tell(work: Work, actor: Actor, row: Row[Any], action: str, event: type[Event]) -> None:
    work.audit(actor, action, "display", row.id, after={"name": row.name})
    work.emit(event(topic=None, subject_id=row.id))


def _find(work: Work, actor: Actor, name: str) -> Row[Any]:
    query: Select[Any] = (
        select(
            _display.c.id,
            _display.c.name,
            _display.c.revoked_at,
            _state.c.seen_at,
            _state.c.screens,
        )
        .select_from(_display.outerjoin(_state, _state.c.display_id == _display.c.id))
        .where(
            _display.c.hospital_id == actor.hospital_id,
            _display.c.name_key == rules.name_key(name),
        )
    )
    row = work.db.execute(query).first()
    if row is None:
        raise ScreenUnknown(phrase("there is no screen {name}", name=show(name)[:80]), field="name")
    return row


def _find_live(work: Work, actor: Actor, name: str) -> Row[Any]:
    """Return a screen that can be told something now."""
    row = _find(work, actor, name)
    shown = show(row.name)
    if row.revoked_at is not None:
        raise ScreenSentAway(phrase("{name} was sent away", name=shown), field="name")
    if row.seen_at is None:
        raise ScreenAway(phrase("{name} has never been there", name=shown), field="name")
    if not row.screens or work.now - row.seen_at > rules.LIVE_FOR:
        seen = local_hm(row.seen_at, work.settings.hospital.timezone)
        raise ScreenAway(
            phrase("{name} is not there; last seen at {time}", name=shown, time=seen), field="name"
        )
    return row


def _ensure(work: Work, actor: Actor, name: str) -> int:
    place = {"hospital_id": actor.hospital_id, "name_key": rules.name_key(name)}
    if not place["name_key"]:
        raise InvalidInput("name needs a letter or a digit", field="name")
    query = select(_display.c.id).filter_by(**place)
    found = work.db.execute(query).scalar()
    if found is not None:
        return int(found)
    row = {**place, "name": name, "languages": "", "created_at": work.now}
    made = insert(_display).values(row).returning(_display.c.id)
    return int(work.db.execute(made).scalar_one())


def _languages(tags: tuple[str, ...]) -> str:
    wanted = [tag.strip().lower() for tag in tags if tag.strip()]
    for tag in wanted:
        plain = len(tag) <= 12 and tag.isascii() and tag.replace("-", "").isalnum()
        if not plain or tag.partition("-")[0] not in rules.LANGUAGES:
            known = ", ".join(rules.LANGUAGES)
            raise InvalidInput(
                phrase("{tag} is no language of the wall", tag=show(tag)[:20]),
                hint=phrase("the wall speaks {languages}; write en,hi", languages=known),
                field="lang",
            )
    return clean(",".join(wanted), field="lang", max_length=rules.LANGUAGES_LENGTH)


def _forget_old_codes(work: Work) -> None:
    over = (_pairing.c.expires_at <= work.now) | (_pairing.c.wrong_tries >= rules.WRONG_TRIES)
    work.db.execute(delete(_pairing).where(over))
