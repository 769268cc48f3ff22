"""Putting notices on the walls of the hospital, and taking them off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import bindparam, insert, select, update

from hms.features.displays import model, rules
from hms.features.displays.events import NoticesChanged
from hms.features.displays.queries import notices as queries
from hms.features.displays.queries.notices import NoticeView
from hms.infra.tables import table_of
from hms.infra.uow import Work
from hms.kernel.actor import Actor
from hms.kernel.errors import InvalidInput, NotFound, Refused
from hms.kernel.events import HOSPITAL_TOPIC
from hms.kernel.i18n import phrase
from hms.kernel.text import clean, show

_notice = table_of(model.Notice)
_reach = table_of(model.NoticeReach)
_INSERT = insert(_notice).returning(_notice.c.id)
_TAKE_OFF = (
    update(_notice)
    .where(
        _notice.c.id == bindparam("notice_id"),
        _notice.c.hospital_id == bindparam("hospital"),
        _notice.c.removed_at.is_(None),
    )
    .values(removed_at=bindparam("at"))
    .returning(_notice.c.id, _notice.c.text, _notice.c.urgent, _notice.c.created_at)
)
_OVER = (
    select(_notice.c.id)
    .join(_reach, _reach.c.notice_id == _notice.c.id)
    .where(_notice.c.removed_at.is_(None), _reach.c.until <= bindparam("now"))
    .order_by(_notice.c.id)
)


class NoticeNotFound(NotFound):
    """No notice on the wall has this number."""

    code = "notices.not_found"
    hint = "see: hms notice list"


class WallIsFull(Refused):
    """More notices than anybody would read."""

    code = "notices.full"
    hint = "take one off first: hms notice remove ID"


class NoticeRepeated(Refused):
    """The same words are on the wall already."""

    code = "notices.repeated"


class ZoneUnknown(NotFound):
    """The settings name no such zone."""

    code = "displays.zone_unknown"
    hint = "zones are named in [zones] of hms.toml; see: hms config show"


@dataclass(frozen=True, slots=True)
class AddNotice:
    """A line for the public; an ``urgent`` one stands before the others and looks it.

    An ``emergency`` stands over everything else on the wall.  ``zone`` None is every
    wall; after ``minutes`` it leaves by itself, None: it stays until it is taken off.
    """

    text: str
    urgent: bool = False
    emergency: bool = False
    zone: str | None = None
    minutes: int | None = None


def add_notice(work: Work, actor: Actor, wanted: AddNotice) -> NoticeView:
    """Put a notice on the walls.

    Raises:
        NotPermitted: the actor may not write notices.
        InvalidInput: the text is empty, too long, or holds characters that cannot be shown;
            the minutes are none, or more than a week.
        ZoneUnknown: there is no such zone.
        NoticeRepeated: it is on the wall already.
        WallIsFull: there are as many as a wall can show.
    """
    actor.require("notices.write")
    text = clean(wanted.text, field="text", max_length=rules.NOTICE_LENGTH, required=True)
    if wanted.zone is not None and wanted.zone not in work.settings.zones:
        raise ZoneUnknown(
            phrase("there is no zone {name}", name=show(wanted.zone)[:80]), field="zone"
        )
    if wanted.minutes is not None and not 1 <= wanted.minutes <= rules.NOTICE_MINUTES:
        most = rules.NOTICE_MINUTES
        raise InvalidInput(
            phrase("minutes must be 1 to {most} (a week)", most=most), field="minutes"
        )
    _refuse_too_much(queries.shown(work.db, actor.hospital_id), text, wanted)
    urgent = wanted.urgent or wanted.emergency
    until = None if wanted.minutes is None else work.now + timedelta(minutes=wanted.minutes)
    row = {
        "hospital_id": actor.hospital_id,
        "text": text,
        "urgent": urgent,
        "created_at": work.now,
    }
    notice_id = int(work.db.execute(_INSERT, row).scalar_one())
    reach = {"zone": wanted.zone, "emergency": wanted.emergency, "until": until}
    if any(reach.values()):
        work.db.execute(insert(_reach), {"notice_id": notice_id, **reach})
    after = {"text": text, "urgent": urgent, "emergency": wanted.emergency, "zone": wanted.zone}
    work.audit(actor, "notices.add", "notice", notice_id, after=after)
    work.emit(NoticesChanged(topic=HOSPITAL_TOPIC, subject_id=notice_id))
    return NoticeView(notice_id, text, urgent, work.now, wanted.emergency, wanted.zone, until)


def _refuse_too_much(there: list[NoticeView], text: str, wanted: AddNotice) -> None:
    """Refuse what is there already; an emergency always finds room beside the notices."""
    alike = [one for one in there if one.emergency is wanted.emergency]
    if any((one.text, one.zone) == (text, wanted.zone) for one in alike):
        raise NoticeRepeated("this notice is on the wall already")
    most = rules.EMERGENCIES_AT_ONCE if wanted.emergency else rules.NOTICES_AT_ONCE
    if len(alike) >= most:
        words = (
            "there are {many} emergencies on the wall, the most it can show"
            if wanted.emergency
            else "there are {many} notices on the wall, the most it can show"
        )
        raise WallIsFull(phrase(words, many=len(alike)))


def remove_notice(work: Work, actor: Actor, notice_id: int) -> NoticeView:
    """Take a notice off every wall; return what it said.

    Raises:
        NotPermitted: the actor may not write notices.
        NoticeNotFound: there is no such notice on the wall.
    """
    actor.require("notices.write")
    there = {one.id: one for one in queries.shown(work.db, actor.hospital_id)}
    place = {"notice_id": notice_id, "hospital": actor.hospital_id, "at": work.now}
    if notice_id not in there or work.db.execute(_TAKE_OFF, place).first() is None:
        raise NoticeNotFound(phrase("no notice {number} is on the wall", number=notice_id))
    before = {"text": there[notice_id].text}
    work.audit(actor, "notices.remove", "notice", notice_id, before=before)
    work.emit(NoticesChanged(topic=HOSPITAL_TOPIC, subject_id=notice_id))
    return there[notice_id]


def remove_old_notices(work: Work, actor: Actor) -> int:
    """Take off the notices whose time is over; return how many.

    The walls themselves leave them out from the minute on; this lets everybody else know.

    Raises:
        NotPermitted: the actor may not write notices.
    """
    actor.require("notices.write")
    over = list(work.db.execute(_OVER, {"now": work.now}).scalars())
    for notice_id in over:
        remove_notice(work, actor, notice_id)
    return len(over)


def list_notices(work: Work, actor: Actor) -> list[NoticeView]:
    """Return the notices on the wall.

    Raises:
        NotPermitted: the actor may not see notices.
    """
    actor.require("notices.see")
    return queries.shown(work.db, actor.hospital_id)
