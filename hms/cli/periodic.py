"""What comes due by itself: ``hms serve`` does it every minute, ``hms serve --once`` now."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hms.bootstrap import Application


async def do_what_is_due(application: Application) -> None:
    """Close past days, seal the audit, drop a signing key whose time is over."""
    from hms.features.displays.service import forget_old_reports, remove_old_notices
    from hms.features.staff.service import drop_ended_key
    from hms.features.tokens.service import close_past_days
    from hms.infra.keys import key_ring
    from hms.kernel import clock

    who = application.as_service("periodic work")
    await application.do(who, close_past_days)
    await application.do(who, forget_old_reports)
    await application.do(who, remove_old_notices)
    await application.seal()
    if key_ring(application.settings).ended(clock.now()):
        await application.do(who, drop_ended_key)


async def back_up_if_due(application: Application) -> str | None:
    """Make the nightly backup when its time has passed; return the name of its file."""
    from hms.bootstrap import invariants
    from hms.features.upkeep.service import record_backup
    from hms.infra.backup.make import make_backup
    from hms.infra.backup.nightly import is_due

    if not await application.db.read(is_due):
        return None
    settings = application.settings
    made = await asyncio.to_thread(make_backup, settings, invariants(), keep=settings.backup.keep)
    who, rows = application.as_service("nightly backup"), made.manifest.facts.rows
    await application.do(who, record_backup, made.file.name, made.bytes, rows)
    return made.file.name


async def work_once(application: Application) -> str | None:
    """Do all that is due and close ``application``; return the backup's name, if one was made."""
    try:
        await do_what_is_due(application)
        return await back_up_if_due(application)
    finally:
        await application.close()
