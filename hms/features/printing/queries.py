"""Print jobs as desks, commands and the one who prints see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, func, or_, select

from hms.features.printing import rules
from hms.features.printing.model import PrintJob
from hms.features.printing.rules import JobStatus
from hms.infra.tables import table_of
from hms.kernel.clock import iso

_job = table_of(PrintJob)


@dataclass(frozen=True, slots=True)
class JobView:
    """One print job."""

    id: int
    hospital_id: int
    service_day: date
    station: str
    kind: str
    object_id: int
    label: str
    copy_no: int
    status: str
    reason: str | None
    tries: int
    created_at: datetime
    ended_at: datetime | None

    def as_json(self) -> dict[str, Any]:
        """Return the job as the commands print it."""
        return {
            "id": self.id,
            "kind": self.kind,
            "label": self.label,
            "copy": self.copy_no,
            "status": self.status,
            "reason": self.reason,
            "tries": self.tries,
            "station": self.station,
            "service_day": self.service_day.isoformat(),
            "created_at": iso(self.created_at),
            "ended_at": iso(self.ended_at),
        }


_COLUMNS = tuple(_job.c[name] for name in JobView.__slots__)
_UNSETTLED = _job.c.status.in_(["queued", "failed", "printing", "doubtful"])
_HERE = (_job.c.hospital_id == bindparam("hospital"), _job.c.station == bindparam("at_station"))
_WAITING = _job.c.status.in_([status.value for status in rules.WAITING])
_DUE = (
    select(_job.c.id)
    .where(
        *_HERE,
        _UNSETTLED,
        or_(
            and_(
                _WAITING,
                or_(_job.c.next_at <= bindparam("now"), _job.c.service_day < bindparam("today")),
            ),
            and_(_job.c.status == JobStatus.PRINTING.value, _job.c.lease_until < bindparam("now")),
        ),
    )
    .limit(1)
)
_STATE = select(
    func.count(case((_WAITING, 1))),
    func.count(case((_job.c.status == JobStatus.DOUBTFUL.value, 1))),
    func.count(case((_job.c.status == JobStatus.FAILED.value, 1))),
    func.min(case((_WAITING, _job.c.created_at))),
).where(*_HERE, _UNSETTLED, _job.c.service_day == bindparam("today"))
_REASON = (
    select(_job.c.reason)
    .where(*_HERE, _UNSETTLED, _job.c.status == JobStatus.FAILED.value)
    .order_by(_job.c.id)
    .limit(1)
)
_BY_ID = select(*_COLUMNS).where(
    _job.c.hospital_id == bindparam("hospital"), _job.c.id == bindparam("job_id")
)
_LAST_COPY = (
    select(*_COLUMNS)
    .where(_job.c.kind == bindparam("of_kind"), _job.c.object_id == bindparam("of_object"))
    .order_by(_job.c.copy_no.desc())
    .limit(1)
)


def is_due(db: Connection, hospital_id: int, station: str, today: date, now: datetime) -> bool:
    """Return whether there is anything to print, or to tidy, at a station."""
    key = {"hospital": hospital_id, "at_station": station, "today": today, "now": now}
    return db.execute(_DUE, key).first() is not None


def sentence_of(db: Connection, hospital_id: int, station: str, today: date, now: datetime) -> str:
    """Return what a desk says of the printer of ``station``, "" when all is well."""
    key = {"hospital": hospital_id, "at_station": station, "today": today}
    waiting, doubtful, failed, oldest = db.execute(_STATE, key).one()
    if not waiting and not doubtful:
        return ""
    reason = db.execute(_REASON, key).scalar() if failed else None
    undriven = oldest is not None and now - oldest > timedelta(seconds=rules.UNDRIVEN_SECONDS)
    return rules.sentence(waiting, doubtful, reason or "", undriven=undriven)


def job_by_id(db: Connection, hospital_id: int, job_id: int) -> JobView | None:
    """Return the job, None when there is none."""
    row = db.execute(_BY_ID, {"hospital": hospital_id, "job_id": job_id}).first()
    return JobView(*row) if row else None


def last_copy(db: Connection, kind: str, object_id: int) -> JobView | None:
    """Return the job that printed a thing last, None when it never was."""
    row = db.execute(_LAST_COPY, {"of_kind": kind, "of_object": object_id}).first()
    return JobView(*row) if row else None


def jobs_of(
    db: Connection, hospital_id: int, *, day: date | None, status: str | None, limit: int
) -> list[JobView]:
    """Return the newest jobs, the newest first; of one service day, of one state."""
    query = select(*_COLUMNS).where(_job.c.hospital_id == hospital_id)
    if day is not None:
        query = query.where(_job.c.service_day == day)
    if status is not None:
        query = query.where(_job.c.status == status)
    rows = db.execute(query.order_by(_job.c.id.desc()).limit(limit))
    return [JobView(*row) for row in rows]
