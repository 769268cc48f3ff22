"""When the backup of the night is due, so that one that was missed is made up for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from hms.infra.backup.folder import last_good
from hms.infra.settings import Settings
from hms.infra.tables import Audit, table_of
from hms.infra.uow import Work
from hms.kernel import clock

_audit = table_of(Audit)
_FIRST = select(_audit.c.at).order_by(_audit.c.id).limit(1)


def is_due(work: Work) -> bool:
    """Return whether the last time of the settings passed without a backup since.

    A hospital that was set up after that time waits for the next.
    """
    passed = last_time(work.settings, work.now)
    newest = last_good(work.settings)
    if newest is not None:
        return newest.made_at < passed
    first: datetime | None = work.db.execute(_FIRST).scalar()
    return first is not None and first < passed


def last_time(settings: Settings, now: datetime) -> datetime:
    """Return the newest instant, not after ``now``, at which a backup was to be made."""
    zone = clock.zone(settings.hospital.timezone)
    today = now.astimezone(zone).date()
    at = datetime.combine(today, settings.backup.at, tzinfo=zone)
    if at.astimezone(UTC) > now:
        at = datetime.combine(today - timedelta(days=1), settings.backup.at, tzinfo=zone)
    return at.astimezone(UTC)
