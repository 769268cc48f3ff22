"""The notices as desks and walls read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, false, func, select

from hms.features.displays import model
from hms.infra.tables import table_of
from hms.kernel import board
from hms.kernel.clock import iso

_notice = table_of(model.Notice)
_reach = table_of(model.NoticeReach)
_emergency = func.coalesce(_reach.c.emergency, false())
_SHOWN: Select[Any] = (
    select(
        _notice.c.id,
        _notice.c.text,
        _notice.c.urgent,
        _notice.c.created_at,
        _emergency,
        _reach.c.zone,
        _reach.c.until,
    )
    .select_from(_notice.outerjoin(_reach, _reach.c.notice_id == _notice.c.id))
    .where(_notice.c.hospital_id == bindparam("hospital_id"), _notice.c.removed_at.is_(None))
    .order_by(_emergency.desc(), _notice.c.urgent.desc(), _notice.c.id)
)


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice that is on the wall.

    ``zone`` None is every wall; one with ``until`` leaves by itself then.
    """

    id: int
    text: str
    urgent: bool
    created_at: datetime
    emergency: bool = False
    zone: str | None = None
    until: datetime | None = None

    def as_json(self) -> dict[str, object]:
        """Return the notice as commands print it."""
        return {
            "id": self.id,
            "text": self.text,
            "urgent": self.urgent,
            "emergency": self.emergency,
            "zone": self.zone,
            "until": iso(self.until),
            "created_at": iso(self.created_at),
        }


def shown(db: Connection, hospital_id: int = 1) -> list[NoticeView]:
    """Return the notices on the wall: emergencies, urgent ones, then in the order of writing."""
    return [
        NoticeView(key, text, bool(urgent), written, bool(emergency), zone, until)
        for key, text, urgent, written, emergency, zone, until in db.execute(
            _SHOWN, {"hospital_id": hospital_id}
        )
    ]


def current_notices(db: Connection, hospital_id: int = 1) -> tuple[board.Notice, ...]:
    """Return the notices as walls are told them."""
    return tuple(
        board.Notice(one.id, one.text, one.urgent, one.emergency, one.zone, iso(one.until))
        for one in shown(db, hospital_id)
    )
