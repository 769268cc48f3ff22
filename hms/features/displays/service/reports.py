"""Taking what screens report, through the display server and the worker; nobody signs in as these.

Reports come in batches, at most one a second: how each screen is, and which calls
it showed.  They are facts about machines and are not audited one by one; a screen
that appears for the first time is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, bindparam, delete, func, insert, select, text

from hms.features.displays import model, rules
from hms.features.displays.events import ScreenChanged
from hms.infra.tables import table_of
from hms.infra.uow import Work
from hms.kernel.actor import Actor

_display = table_of(model.Display)
_state = table_of(model.DisplayState)
_call = table_of(model.DisplayCall)

_KNOWN: Select[Any] = (
    select(
        _display.c.id,
        _display.c.revoked_at,
        _state.c.display_id.label("reported"),
        _state.c.screens,
        _state.c.sound,
        _state.c.zone,
        _state.c.languages,
    )
    .select_from(_display.outerjoin(_state, _state.c.display_id == _display.c.id))
    .where(
        _display.c.hospital_id == bindparam("hospital_id"),
        _display.c.name_key == bindparam("name_key"),
    )
)
_KEEP_STATE = text(
    "INSERT INTO display_state (display_id, seen_at, screens, sound, zone, languages)"
    " VALUES (:display_id, :seen_at, :screens, :sound, :zone, :languages)"
    " ON CONFLICT (display_id) DO UPDATE SET seen_at = excluded.seen_at,"
    " screens = excluded.screens, sound = excluded.sound, zone = excluded.zone,"
    " languages = excluded.languages"
).bindparams(bindparam("seen_at", type_=_state.c.seen_at.type))
_KEEP_CALL = text(
    "INSERT INTO display_call (call_id, display_id, at, shown_ms, spoken)"
    " VALUES (:call_id, :display_id, :at, :shown_ms, :spoken)"
    " ON CONFLICT (call_id, display_id) DO UPDATE"
    " SET spoken = (display_call.spoken OR excluded.spoken)"
).bindparams(bindparam("at", type_=_call.c.at.type), bindparam("spoken", type_=_call.c.spoken.type))


def take_reports(work: Work, actor: Actor, reports: Sequence[rules.Report]) -> int:
    """Keep what screens report; return how many reports were taken.

    A screen that was sent away is not listened to; of screens that come by name
    alone so many are kept, since anybody on the network may invent names.

    Raises:
        NotPermitted: the actor is not the display server's worker.
    """
    actor.require("displays.report")
    changed: set[int] = set()
    taken = 0
    for report in reports:
        known = _known(work, actor, report)
        if known is None or known.revoked_at is not None:
            continue
        taken += 1
        if _keep(work, known, report):
            changed.add(known.id)
    if changed:  # one for all: anybody on the network may flip a name's sound
        work.emit(ScreenChanged(topic=None, subject_id=min(changed)))
    return taken


def forget_old_reports(work: Work, actor: Actor) -> int:
    """Forget what became of single calls after some days; return how many.

    Raises:
        NotPermitted: the actor is not one of our own processes.
    """
    actor.require("displays.report")
    old = delete(_call).where(_call.c.at < work.now - rules.FORGET_AFTER)
    return work.db.execute(old).rowcount


def _keep(work: Work, known: Row[Any], report: rules.Report) -> bool:
    """Keep one report; return whether a desk sees something new by it."""
    state = {
        "display_id": known.id,
        "seen_at": work.now,
        "screens": report.screens,
        "sound": report.sound,
        "zone": report.zone,
        "languages": report.languages,
    }
    work.db.execute(_KEEP_STATE, state)
    if report.call_id is not None:
        call = {
            "call_id": report.call_id,
            "display_id": known.id,
            "at": work.now,
            "shown_ms": report.shown_ms or 0,
            "spoken": report.spoken,
        }
        work.db.execute(_KEEP_CALL, call)
        return True
    before = (bool(known.screens), known.sound, known.zone, known.languages)
    after = (report.screens > 0, report.sound, report.zone, report.languages)
    return known.reported is None or before != after


def _known(work: Work, actor: Actor, report: rules.Report) -> Row[Any] | None:
    place = {"hospital_id": actor.hospital_id, "name_key": rules.name_key(report.name)}
    found = work.db.execute(_KNOWN, place).first()
    if found is not None or not place["name_key"]:
        return found
    if not _room_for_one_more(work):
        return None
    row = {**place, "name": report.name, "languages": "", "created_at": work.now}
    made = insert(_display).values(row).returning(_display.c.id)
    display_id = work.db.execute(made).scalar_one()
    after = {"name": report.name}
    work.audit(actor, "displays.appeared", "display", display_id, after=after)
    return work.db.execute(_KNOWN, place).one()


def _room_for_one_more(work: Work) -> bool:
    """Return whether one more unpaired name is kept; one long unseen makes room."""
    by_name = (_display.c.token_hash.is_(None)) & (_display.c.revoked_at.is_(None))
    count = select(func.count()).select_from(_display).where(by_name)
    if work.db.execute(count).scalar_one() < rules.MAX_UNPAIRED:
        return True
    oldest = (
        select(_display.c.id)
        .join(_state, _state.c.display_id == _display.c.id)
        .where(by_name, _state.c.seen_at < work.now - rules.EXPECTED_FOR)
        .order_by(_state.c.seen_at)
        .limit(1)
    )
    unseen = work.db.execute(oldest).scalar()
    if unseen is None:
        return False
    for table, column in (
        (_call, _call.c.display_id),
        (_state, _state.c.display_id),
        (_display, _display.c.id),
    ):
        work.db.execute(delete(table).where(column == unseen))
    return True
