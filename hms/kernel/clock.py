"""Now, and the hospital's service day.

Instants are aware datetimes in UTC.  The clock can be replaced for a simulation
or a test, for this process only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_now: Callable[[], datetime] | None = None


def now() -> datetime:
    """Return the present instant in UTC."""
    return _now() if _now is not None else datetime.now(UTC)


@contextmanager
def replaced(source: Callable[[], datetime]) -> Iterator[None]:
    """Let ``now`` ask ``source``, which gives aware UTC datetimes, inside the block."""
    global _now
    before = _now
    _now = source
    try:
        yield
    finally:
        _now = before


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """Return the IANA time zone ``name``."""
    return ZoneInfo(name)


def service_day(at: datetime, zone_name: str, day_starts_at: time) -> date:
    """Return the date that ``at`` belongs to in the hospital.

    A service day is the date in the hospital's zone after its own cut-off: with
    a cut-off of 03:00, 02:59 still belongs to the day before.  The wall clock
    decides, so a day of 23 or 25 hours needs no special case.
    """
    local = at.astimezone(zone(zone_name)).replace(tzinfo=None)
    return (local - timedelta(hours=day_starts_at.hour, minutes=day_starts_at.minute)).date()


def iso(at: datetime | None) -> str | None:
    """Return ``at`` as ISO 8601 in UTC with ``Z`` and milliseconds, or None."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def local_hm(at: datetime, zone_name: str) -> str:
    """Return ``at`` as hours and minutes of the hospital's wall clock."""
    return at.astimezone(zone(zone_name)).strftime("%H:%M")
