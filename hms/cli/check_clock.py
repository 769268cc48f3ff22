"""The check of ``hms check`` that compares this machine's clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from hms.cli.checks import Finding, Grade, look_into
from hms.infra.settings import Settings
from hms.kernel.i18n import phrase

if TYPE_CHECKING:
    from hms.infra.uow import Work


def clock(settings: Settings) -> Finding:
    """Compare this machine's clock with the last thing recorded, and with the database's."""
    from sqlalchemy import func, select

    from hms.features.tokens.service.issuing import CLOCK_TOLERANCE, SAME_MOMENT
    from hms.infra.tables import Outbox, table_of
    from hms.kernel.clock import iso, local_hm

    newest = select(func.max(table_of(Outbox).c.at))

    def look(work: Work) -> tuple[datetime, datetime | None, timedelta]:
        return work.now, work.db.scalar(newest), _ahead(work)

    now, last, ahead = look_into(settings, look)
    zone = settings.hospital.timezone
    if last is not None and now < last - CLOCK_TOLERANCE:
        return Finding(
            "clock",
            Grade.PROBLEM,
            phrase(
                "it is {now} here, but the last event was at {last}", now=iso(now), last=iso(last)
            ),
            "set the clock (timedatectl), then look again",
        )
    if abs(ahead) > SAME_MOMENT:
        seconds = round(abs(ahead).total_seconds())
        found = (
            phrase(
                "{seconds} s ahead of the database's: who comes here waits longer", seconds=seconds
            )
            if ahead > timedelta(0)
            else phrase(
                "{seconds} s behind the database's: who comes here waits less", seconds=seconds
            )
        )
        return Finding(
            "clock",
            Grade.PROBLEM,
            found,
            "let both machines keep the time: timedatectl set-ntp true",
        )
    return Finding(
        "clock",
        Grade.OK,
        phrase("{now}, {now2} in {zone}", now=iso(now), now2=local_hm(now, zone), zone=zone),
    )


def _ahead(work: Work) -> timedelta:
    """Return how far this machine's clock is ahead of that of PostgreSQL's; SQLite's is the same.

    Halfway between asking and hearing is when the server looked at its clock.
    """
    from sqlalchemy import func, select

    from hms.kernel.clock import now

    if work.db.dialect.name != "postgresql":
        return timedelta(0)
    asked = now()
    there: datetime = work.db.execute(select(func.clock_timestamp())).scalar_one()
    return asked + (now() - asked) / 2 - there
