"""The screens in the halls: who they are, how they are, and what became of a call on each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, select

from hms.features.displays import model, rules
from hms.infra.settings import DisplaySettings
from hms.infra.tables import Outbox, table_of
from hms.kernel.clock import iso

_display = table_of(model.Display)
_state = table_of(model.DisplayState)
_call = table_of(model.DisplayCall)
_outbox = table_of(Outbox)

_CALL_KINDS = ("TokenCalled", "TokenRecalled")
_LOOK_BACK = 2_000  # calls of a kind; one older than these is of no interest to its desk

_SCREENS: Select[Any] = (
    select(
        _display.c.id,
        _display.c.name,
        _display.c.zone,
        _display.c.languages,
        _display.c.paired_at,
        _display.c.revoked_at,
        _state.c.seen_at,
        _state.c.screens,
        _state.c.sound,
        _state.c.zone.label("shown_zone"),
        _state.c.languages.label("shown_languages"),
    )
    .select_from(_display.outerjoin(_state, _state.c.display_id == _display.c.id))
    .where(_display.c.hospital_id == bindparam("hospital_id"))
    .order_by(_display.c.name_key)
)
_LAST_CALL = (
    select(_call.c.display_id, func.max(_call.c.call_id).label("call_id"))
    .group_by(_call.c.display_id)
    .subquery()
)
_LAST_CALLS = select(_call).join(
    _LAST_CALL,
    (_LAST_CALL.c.display_id == _call.c.display_id) & (_LAST_CALL.c.call_id == _call.c.call_id),
)
_CALLS_SHOWN = select(_call).where(_call.c.call_id == bindparam("call_id"))
_earlier = _outbox.alias()
_TOO_OLD = (  # counted in calls, which only the staff makes; others may fill the outbox
    select(_earlier.c.id)
    .where(_earlier.c.kind == bindparam("kind"))
    .order_by(_earlier.c.id.desc())
    .offset(_LOOK_BACK)
    .limit(1)
    .scalar_subquery()
)
_CALL_OF_TOKEN = (
    select(_outbox.c.id, _outbox.c.at, _outbox.c.payload)
    .where(
        _outbox.c.kind == bindparam("kind"),
        _outbox.c.id > func.coalesce(_TOO_OLD, 0),
        _outbox.c.subject_id == bindparam("token_id"),
    )
    .order_by(_outbox.c.id.desc())
    .limit(1)
)
_DEVICE = select(_display.c.id, _display.c.name, _display.c.zone, _display.c.languages).where(
    _display.c.token_hash == bindparam("token_hash"),
    _display.c.hospital_id == bindparam("hospital_id"),
)
_STANDING = select(_display.c.paired_at, _display.c.revoked_at).where(
    _display.c.hospital_id == bindparam("hospital_id"),
    _display.c.name_key == bindparam("name_key"),
)


@dataclass(frozen=True, slots=True)
class ShownCall:
    """That a screen showed a call, after how long, and whether it was heard there."""

    call_id: int
    at: datetime
    shown_ms: int
    spoken: bool

    def as_json(self) -> dict[str, object]:
        """Return it as commands print it."""
        return {
            "call_id": self.call_id,
            "at": iso(self.at),
            "shown_ms": self.shown_ms,
            "spoken": self.spoken,
        }


@dataclass(frozen=True, slots=True)
class ScreenView:
    """A screen as desks see it; ``state`` is live, stale, never seen or revoked.

    ``volume`` is what its zone is set to, in percent.
    """

    id: int
    name: str
    zone: str | None
    languages: str
    paired: bool
    state: str
    last_seen_at: datetime | None
    screens: int
    sound: str | None
    last_call: ShownCall | None
    volume: int | None = None

    def as_json(self) -> dict[str, object]:
        """Return the screen as commands print it."""
        return {
            "name": self.name,
            "zone": self.zone,
            "languages": [word for word in self.languages.split(",") if word],
            "paired": self.paired,
            "state": self.state,
            "last_seen_at": iso(self.last_seen_at),
            "screens": self.screens,
            "sound": self.sound,
            "volume": self.volume,
            "last_call": None if self.last_call is None else self.last_call.as_json(),
        }


@dataclass(frozen=True, slots=True)
class Device:
    """A paired screen, known by its token; ``zone`` is what it was paired for."""

    id: int
    name: str
    zone: str | None
    languages: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a name is that of a paired screen, or of one that was sent away."""

    paired: bool = False
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class LastCall:
    """The last time a token was called."""

    call_id: int
    at: datetime
    code: str


def all_screens(
    db: Connection,
    now: datetime,
    hospital_id: int = 1,
    display: DisplaySettings | None = None,
) -> list[ScreenView]:
    """Return every screen that is known, by name; with its volume when ``display`` is given."""
    calls = {row.display_id: _shown(row) for row in db.execute(_LAST_CALLS)}
    rows = db.execute(_SCREENS, {"hospital_id": hospital_id})
    return [_view(row, calls, now, display) for row in rows]


def call_of_token(db: Connection, token_id: int) -> LastCall | None:
    """Return the last call of the token, None when it was not called lately."""
    asked = [{"token_id": token_id, "kind": kind} for kind in _CALL_KINDS]
    found = [row for one in asked if (row := db.execute(_CALL_OF_TOKEN, one).first()) is not None]
    if not found:
        return None
    last = max(found, key=lambda row: int(row.id))
    return LastCall(last.id, last.at, str(last.payload.get("token", "")))


def shown_calls(db: Connection, call_id: int) -> dict[int, ShownCall]:
    """Return which screens showed the call, by their id."""
    rows = db.execute(_CALLS_SHOWN, {"call_id": call_id})
    return {row.display_id: _shown(row) for row in rows}


def device_of(db: Connection, token: str, hospital_id: int = 1) -> Device | None:
    """Return the hospital's screen that the device token stands for."""
    key = {"token_hash": rules.hash_device(token), "hospital_id": hospital_id}
    row = db.execute(_DEVICE, key).first()
    return None if row is None else Device(row[0], row[1], row[2], row[3])


def standing_of(db: Connection, name: str, hospital_id: int = 1) -> Standing:
    """Return how it stands with the screen of that name; one never heard of is neither."""
    place = {"hospital_id": hospital_id, "name_key": rules.name_key(name)}
    row = db.execute(_STANDING, place).first()
    return Standing() if row is None else Standing(row[0] is not None, row[1] is not None)


def revoked_names(db: Connection, hospital_id: int = 1) -> frozenset[str]:
    """Return the names of all screens that were told to show nothing any more."""
    query = select(_display.c.name).where(
        _display.c.hospital_id == hospital_id, _display.c.revoked_at.is_not(None)
    )
    return frozenset(db.execute(query).scalars())


def screen_names(db: Connection, ids: Iterable[int], hospital_id: int = 1) -> dict[int, str]:
    """Return the names of those of the screens ``ids`` that are the hospital's."""
    query = select(_display.c.id, _display.c.name).where(
        _display.c.id.in_(list(ids)), _display.c.hospital_id == hospital_id
    )
    return {row[0]: row[1] for row in db.execute(query)}


def _view(
    row: Row[Any], calls: Mapping[int, ShownCall], now: datetime, display: DisplaySettings | None
) -> ScreenView:
    zone = row.zone if row.seen_at is None else row.shown_zone
    return ScreenView(
        id=row.id,
        name=row.name,
        zone=zone,
        languages=row.languages if row.seen_at is None else row.shown_languages,
        paired=row.paired_at is not None,
        state=_state_of(row, now),
        last_seen_at=row.seen_at,
        screens=row.screens or 0,
        sound=row.sound,
        last_call=calls.get(row.id),
        volume=_volume(display, zone),
    )


def _volume(display: DisplaySettings | None, zone: str | None) -> int | None:
    if display is None:
        return None
    own = display.zones.get(zone or "")
    return display.volume if own is None or own.volume is None else own.volume


def _state_of(row: Row[Any], now: datetime) -> str:
    if row.revoked_at is not None:
        return "revoked"
    if row.seen_at is None:
        return "never seen"
    return "live" if row.screens and now - row.seen_at <= rules.LIVE_FOR else "stale"


def _shown(row: Row[Any]) -> ShownCall:
    return ShownCall(row.call_id, row.at, row.shown_ms, bool(row.spoken))
