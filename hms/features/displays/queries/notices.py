"""The notices as desks and walls read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from hms.features.displays import model
from hms.infra.tables import table_of
from hms.kernel import board
from hms.kernel.clock import iso

_notice = table_of(model.Notice)
_SHOWN = (
    select(_notice.c.id, _notice.c.text, _notice.c.urgent, _notice.c.created_at)
    .where(_notice.c.hospital_id == bindparam("hospital_id"), _notice.c.removed_at.is_(None))
    .order_by(_notice.c.urgent.desc(), _notice.c.id)
)


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice that is on the wall."""

    id: int
    text: str
    urgent: bool
    created_at: datetime

    def as_json(self) -> dict[str, object]:
        """Return the notice as commands print it."""
        return {
            "id": self.id,
            "text": self.text,
            "urgent": self.urgent,
            "created_at": iso(self.created_at),
        }


def shown(db: Connection, hospital_id: int = 1) -> list[NoticeView]:
    """Return the notices on the wall, the urgent ones first, then in the order of writing."""
    rows = db.execute(_SHOWN, {"hospital_id": hospital_id})
    return [NoticeView(row[0], row[1], bool(row[2]), row[3]) for row in rows]


def current_notices(db: Connection, hospital_id: int = 1) -> tuple[board.Notice, ...]:
    """Return the notices as a wall is told them."""
    return tuple(board.Notice(view.id, view.text, view.urgent) for view in shown(db, hospital_id))
