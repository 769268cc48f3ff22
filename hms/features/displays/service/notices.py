"""Putting notices on the walls of the hospital, and taking them off."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, insert, update

from hms.features.displays import model, rules
from hms.features.displays.events import NoticesChanged
from hms.features.displays.queries import notices as queries
from hms.features.displays.queries.notices import NoticeView
from hms.infra.tables import table_of
from hms.infra.uow import Work
from hms.kernel.actor import Actor
from hms.kernel.errors import NotFound, Refused
from hms.kernel.events import HOSPITAL_TOPIC
from hms.kernel.text import clean

_notice = table_of(model.Notice)
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


@dataclass(frozen=True, slots=True)
class AddNotice:
    """A line for the public; an ``urgent`` one stands before the others and looks it."""

    text: str
    urgent: bool = False


def add_notice(work: Work, actor: Actor, wanted: AddNotice) -> NoticeView:
    """Put a notice on every wall.

    Raises:
        NotPermitted: the actor may not write notices.
        InvalidInput: the text is empty, too long, or holds characters that cannot be shown.
        NoticeRepeated: it is on the wall already.
        WallIsFull: there are as many as a wall can show.
    """
    actor.require("notices.write")
    text = clean(wanted.text, field="text", max_length=rules.NOTICE_LENGTH, required=True)
    there = queries.shown(work.db, actor.hospital_id)
    if any(notice.text == text for notice in there):
        raise NoticeRepeated("this notice is on the wall already")
    if len(there) >= rules.NOTICES_AT_ONCE:
        raise WallIsFull(f"there are {len(there)} notices on the wall, the most it can show")
    row = {
        "hospital_id": actor.hospital_id,
        "text": text,
        "urgent": wanted.urgent,
        "created_at": work.now,
    }
    notice_id = int(work.db.execute(_INSERT, row).scalar_one())
    after = {"text": text, "urgent": wanted.urgent}
    work.audit(actor, "notices.add", "notice", notice_id, after=after)
    work.emit(NoticesChanged(topic=HOSPITAL_TOPIC, subject_id=notice_id))
    return NoticeView(notice_id, text, wanted.urgent, work.now)


def remove_notice(work: Work, actor: Actor, notice_id: int) -> NoticeView:
    """Take a notice off every wall; return what it said.

    Raises:
        NotPermitted: the actor may not write notices.
        NoticeNotFound: there is no such notice on the wall.
    """
    actor.require("notices.write")
    place = {"notice_id": notice_id, "hospital": actor.hospital_id, "at": work.now}
    row = work.db.execute(_TAKE_OFF, place).first()
    if row is None:
        raise NoticeNotFound(f"no notice {notice_id} is on the wall")
    work.audit(actor, "notices.remove", "notice", notice_id, before={"text": row[1]})
    work.emit(NoticesChanged(topic=HOSPITAL_TOPIC, subject_id=notice_id))
    return NoticeView(row[0], row[1], bool(row[2]), row[3])


def list_notices(work: Work, actor: Actor) -> list[NoticeView]:
    """Return the notices on the wall.

    Raises:
        NotPermitted: the actor may not see notices.
    """
    actor.require("notices.see")
    return queries.shown(work.db, actor.hospital_id)
