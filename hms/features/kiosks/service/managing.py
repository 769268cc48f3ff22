"""Making a screen a kiosk, locking it, sending it away."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import insert, update

from hms.features.displays import queries as screens
from hms.features.displays import service as displays
from hms.features.displays.queries import ScreenView
from hms.features.displays.service import PairScreen
from hms.features.kiosks import model, queries, rules
from hms.features.kiosks.errors import KioskUnknown, NameOfScreen
from hms.features.kiosks.events import KioskLocked, KioskUnlocked
from hms.features.kiosks.queries import KioskView
from hms.infra.tables import table_of
from hms.infra.uow import Work
from hms.kernel.actor import Actor
from hms.kernel.clock import iso
from hms.kernel.i18n import phrase
from hms.kernel.text import show

_kiosk = table_of(model.Kiosk)


@dataclass(frozen=True, slots=True)
class KioskCode:
    """A code that makes one screen a kiosk; told once."""

    name: str
    code: str = field(repr=False)
    expires_at: datetime
    server: str = ""  # how its browser reaches the display server, where the hospital said it

    @property
    def address(self) -> str:
        """Return what to open once on the kiosk."""
        return f"{self.server}/kiosk?pair={self.code}"

    def as_json(self) -> dict[str, object]:
        """Return the code as the command prints it."""
        return {
            "name": self.name,
            "code": self.code,
            "expires_at": iso(self.expires_at),
            "address": self.address,
        }


def pair_kiosk(work: Work, actor: Actor, name: str) -> KioskCode:
    """Give out a code by which a screen becomes the kiosk ``name``; an older code for it ends.

    Raises:
        NotPermitted: the actor may not manage kiosks.
        InvalidInput: the name cannot be one.
        NameOfScreen: a screen of the wall has this name.
        TooManyCodes: too many codes are open.
    """
    actor.require("kiosks.manage")
    there = _screen(work, actor, name)
    is_kiosk = there is not None and queries.kiosk_of(work.db, actor.hospital_id, there.id)
    if there is not None and not is_kiosk:
        said = phrase("a screen of the wall is named {name}", name=show(there.name))
        raise NameOfScreen(said, field="name")
    given = displays.pair_screen(work, actor, PairScreen(name))
    if not is_kiosk:
        made = _screen(work, actor, given.name)
        assert made is not None
        row = {
            "display_id": made.id,
            "hospital_id": actor.hospital_id,
            "wrong_cards": 0,
            "created_at": work.now,
        }
        work.db.execute(insert(_kiosk), row)
        work.audit(actor, "kiosks.add", "kiosk", made.id, after={"name": given.name})
    server = work.settings.display.public_url
    return KioskCode(given.name, given.code, given.expires_at, server)


def revoke_kiosk(work: Work, actor: Actor, name: str) -> str:
    """Send a kiosk away: it gives out nothing before it is paired again; return its name.

    Raises:
        NotPermitted: the actor may not manage kiosks.
        KioskUnknown: there is no such kiosk.
    """
    actor.require("kiosks.manage")
    return displays.revoke_screen(work, actor, _kiosk_named(work, actor, name).name)


def lock_kiosk(work: Work, actor: Actor, name: str) -> str:
    """Let a kiosk give out nothing until it is opened again; return its name.

    Raises:
        NotPermitted: the actor may not lock kiosks.
        KioskUnknown: there is no such kiosk.
    """
    actor.require("kiosks.lock")
    screen = _kiosk_named(work, actor, name)
    open_ = (_kiosk.c.display_id == screen.id) & _kiosk.c.locked_at.is_(None)
    if work.db.execute(update(_kiosk).where(open_).values(locked_at=work.now)).rowcount:
        work.audit(actor, "kiosks.lock", "kiosk", screen.id, after={"name": screen.name})
        work.emit(KioskLocked(topic=None, subject_id=screen.id))
    return screen.name


def unlock_kiosk(work: Work, actor: Actor, name: str) -> str:
    """Let a locked kiosk give out numbers again; return its name.

    Raises:
        NotPermitted: the actor may not lock kiosks.
        KioskUnknown: there is no such kiosk.
    """
    actor.require("kiosks.lock")
    screen = _kiosk_named(work, actor, name)
    locked = (_kiosk.c.display_id == screen.id) & _kiosk.c.locked_at.is_not(None)
    if work.db.execute(update(_kiosk).where(locked).values(locked_at=None)).rowcount:
        work.audit(actor, "kiosks.unlock", "kiosk", screen.id, after={"name": screen.name})
        work.emit(KioskUnlocked(topic=None, subject_id=screen.id))
    return screen.name


def list_kiosks(work: Work, actor: Actor) -> list[KioskView]:
    """Return every kiosk, how it is and what it gave out today, by name.

    Raises:
        NotPermitted: the actor may not see the kiosks.
    """
    actor.require("kiosks.see")
    day, settings = work.service_day(), work.settings.kiosk
    return queries.all_kiosks(work.db, actor.hospital_id, work.now, day, settings)


def _screen(work: Work, actor: Actor, name: str) -> ScreenView | None:
    every = screens.all_screens(work.db, work.now, actor.hospital_id)
    return next((one for one in every if rules.same(one.name, name)), None)


def _kiosk_named(work: Work, actor: Actor, name: str) -> ScreenView:
    screen = _screen(work, actor, name)
    if screen is None or queries.kiosk_of(work.db, actor.hospital_id, screen.id) is None:
        said = phrase("there is no kiosk {name}", name=show(name)[:80])
        raise KioskUnknown(said, field="name")
    return screen
