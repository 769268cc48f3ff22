"""The kiosks as desks and the worker read them; no permission is checked here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, bindparam, func, select

from hms.features.displays import queries as displays
from hms.features.displays.queries import ScreenView
from hms.features.kiosks import model, rules
from hms.infra.settings import KioskSettings
from hms.infra.tables import table_of
from hms.kernel.clock import iso

_kiosk = table_of(model.Kiosk)
_number = table_of(model.KioskNumber)
_COLUMNS = (_kiosk.c.display_id, _kiosk.c.locked_at, _kiosk.c.wrong_cards, _kiosk.c.wrong_since)
_ALL = select(*_COLUMNS).where(_kiosk.c.hospital_id == bindparam("hospital"))
_ONE = _ALL.where(_kiosk.c.display_id == bindparam("display_id"))
_HELD = _ONE.with_for_update()  # the next wish of the same kiosk waits for this one
_GIVEN = (
    select(_number.c.display_id, func.count())
    .where(_number.c.service_day == bindparam("day"))
    .group_by(_number.c.display_id)
)
_GIVEN_HERE = select(func.count()).where(
    _number.c.display_id == bindparam("display_id"), _number.c.service_day == bindparam("day")
)
_GIVEN_SINCE = _GIVEN_HERE.where(_number.c.at > bindparam("since"))
_OF_TOUCH = select(_number.c.token_id).where(
    _number.c.display_id == bindparam("display_id"), _number.c.touch == bindparam("touch")
)


@dataclass(frozen=True, slots=True)
class KioskRow:
    """A kiosk's own row."""

    id: int
    locked_at: datetime | None
    wrong_cards: int
    wrong_since: datetime | None


@dataclass(frozen=True, slots=True)
class KioskView:
    """A kiosk as desks see it; ``state`` is that of its screen, or ``locked``."""

    id: int
    name: str
    paired: bool
    state: str
    locked_at: datetime | None
    last_seen_at: datetime | None
    given_today: int
    offer: rules.Offer

    def as_json(self) -> dict[str, object]:
        """Return the kiosk as commands print it."""
        return {
            "name": self.name,
            "paired": self.paired,
            "state": self.state,
            "locked_at": iso(self.locked_at),
            "last_seen_at": iso(self.last_seen_at),
            "given_today": self.given_today,
            "daily_limit": self.offer.daily_limit,
            "hours": self.offer.hours or None,
            "queues": list(self.offer.queues),
            "languages": list(self.offer.languages),
        }


def kiosk_of(
    db: Connection, hospital_id: int, display_id: int, *, hold: bool = False
) -> KioskRow | None:
    """Return the kiosk that is this screen, None for any other; ``hold`` keeps it till the end."""
    key = {"hospital": hospital_id, "display_id": display_id}
    row = db.execute(_HELD if hold else _ONE, key).first()
    return None if row is None else KioskRow(*row)


def token_of_touch(db: Connection, display_id: int, touch: str) -> int | None:
    """Return the id of the token that was given out for a touch."""
    return db.execute(_OF_TOUCH, {"display_id": display_id, "touch": touch}).scalar()


def given_out(db: Connection, display_id: int, day: date, since: datetime | None = None) -> int:
    """Return how many numbers a kiosk gave out on ``day``, after the instant ``since``."""
    key: dict[str, object] = {"display_id": display_id, "day": day}
    if since is None:
        return int(db.execute(_GIVEN_HERE, key).scalar_one())
    return int(db.execute(_GIVEN_SINCE, {**key, "since": since}).scalar_one())


def all_kiosks(
    db: Connection, hospital_id: int, now: datetime, day: date, settings: KioskSettings
) -> list[KioskView]:
    """Return every kiosk by name, with what it gave out on ``day``."""
    rows = {row[0]: KioskRow(*row) for row in db.execute(_ALL, {"hospital": hospital_id})}
    given = {row[0]: int(row[1]) for row in db.execute(_GIVEN, {"day": day})}
    return [
        _view(screen, rows[screen.id], given, settings)
        for screen in displays.all_screens(db, now, hospital_id)
        if screen.id in rows
    ]


def _view(
    screen: ScreenView, row: KioskRow, given: Mapping[int, int], settings: KioskSettings
) -> KioskView:
    locked = row.locked_at is not None and screen.state != "revoked"
    return KioskView(
        id=row.id,
        name=screen.name,
        paired=screen.paired,
        state="locked" if locked else screen.state,
        locked_at=row.locked_at,
        last_seen_at=screen.last_seen_at,
        given_today=given.get(row.id, 0),
        offer=rules.offer_of(settings, screen.name),
    )
