"""The spool: a slip is saved with what it is about, claimed by one who prints, and settled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import bindparam, insert, select, update

from hms.features.printing import queries, rules
from hms.features.printing.errors import JobNotFound, JobSettled, PrintingOff
from hms.features.printing.events import PrintingChanged
from hms.features.printing.model import PrintJob
from hms.features.printing.queries import JobView
from hms.features.printing.rules import JobStatus
from hms.infra.tables import table_of
from hms.infra.uow import Work
from hms.kernel.actor import Actor
from hms.kernel.errors import InvalidInput
from hms.kernel.i18n import phrase
from hms.kernel.text import show

MOST = 1_000

_job = table_of(PrintJob)
_INSERT = insert(_job)
_WAITING = [status.value for status in rules.WAITING]
_HERE = (_job.c.hospital_id == bindparam("hospital"), _job.c.station == bindparam("at_station"))
_FIRST = (
    select(_job.c.id)
    .where(
        *_HERE,
        _job.c.status.in_(_WAITING),
        _job.c.service_day == bindparam("today"),
        _job.c.next_at <= bindparam("now"),
    )
    .order_by(_job.c.id)
    .limit(1)
)
_CLAIM = (
    update(_job)
    .where(_job.c.id == _FIRST.scalar_subquery(), _job.c.status.in_(_WAITING))
    .values(
        status=JobStatus.PRINTING.value,
        worker=bindparam("by_worker"),
        lease_until=bindparam("until"),
        tries=_job.c.tries + 1,
    )
    .returning(_job.c.id)
)
_BUSY = select(_job.c.id).where(*_HERE, _job.c.status == JobStatus.PRINTING.value)
_ABANDONED = (
    update(_job)
    .where(
        *_HERE,
        _job.c.status == JobStatus.PRINTING.value,
        _job.c.lease_until < bindparam("now"),
    )
    .values(
        status=JobStatus.DOUBTFUL.value,
        reason="whoever printed it stopped in the middle",
        ended_at=bindparam("at"),
        worker=None,
        lease_until=None,
    )
    .returning(_job.c.id)
)
_OUTDATED = (
    update(_job)
    .where(*_HERE, _job.c.status.in_(_WAITING), _job.c.service_day < bindparam("today"))
    .values(status=JobStatus.DROPPED.value, reason="its day is over", ended_at=bindparam("at"))
)
_SETTLE = (
    update(_job)
    .where(
        _job.c.id == bindparam("job_id"),
        _job.c.status == JobStatus.PRINTING.value,
        _job.c.worker == bindparam("by_worker"),
    )
    .values(
        status=bindparam("new_status"),
        reason=bindparam("new_reason"),
        next_at=bindparam("again"),
        ended_at=bindparam("ended"),
        worker=None,
        lease_until=None,
    )
)
_HOLD = (
    update(_job)
    .where(
        _job.c.id == bindparam("job_id"),
        _job.c.status == JobStatus.PRINTING.value,
        _job.c.worker == bindparam("by_worker"),
    )
    .values(lease_until=bindparam("until"))
)
_MOVE = (
    update(_job)
    .where(_job.c.id == bindparam("job_id"), _job.c.status == bindparam("old_status"))
    .values(status=bindparam("new_status"), ended_at=bindparam("ended"), next_at=bindparam("again"))
)


@dataclass(frozen=True, slots=True)
class What:
    """What is printed: the feature's word for it, the row, and what people call it."""

    kind: str
    object_id: int
    label: str


def request(work: Work, actor: Actor, what: What) -> None:
    """Save that the original slip of ``what`` is to be printed, in the present transaction.

    Raises:
        NotPermitted: the role has no slips printed.
    """
    actor.require("printing.slips")
    _insert(work, actor, what, 0)


def reprint(work: Work, actor: Actor, what: What) -> JobView:
    """Have the slip of ``what`` printed once more, marked as such; return the new job.

    A slip that still waits is not printed twice: it is moved to this desk's printer.

    Raises:
        NotPermitted: the role has no slips printed.
        PrintingOff: no printer is configured.
    """
    require_printer(work, actor)
    before = queries.last_copy(work.db, what.kind, what.object_id)
    copy_no = 0
    if before is not None:
        copy_no = before.copy_no + 1
        if before.status == JobStatus.PRINTING:
            raise JobSettled(
                phrase("{label} is being printed now", label=before.label), hint="wait for it"
            )
        if before.status not in (JobStatus.REPRINTED, JobStatus.DROPPED):
            _move(work, before, JobStatus.REPRINTED)
    job_id = _insert(work, actor, what, copy_no)
    work.audit(
        actor, "printing.reprint", "print_job", job_id,
        after={"kind": what.kind, "label": what.label, "copy": copy_no},
    )  # fmt: skip
    _tell(work, actor, job_id, JobStatus.QUEUED)
    return _job_named(work, actor, job_id)


def require_printer(work: Work, actor: Actor) -> None:
    """Refuse where no printer is configured.

    Raises:
        NotPermitted: the role has no slips printed.
        PrintingOff: there is none.
    """
    actor.require("printing.slips")
    if not work.settings.printing.on:
        raise PrintingOff("no printer is configured")


def claim(
    work: Work, actor: Actor, station: str, worker: str, lease_seconds: float
) -> JobView | None:
    """Take the next slip of a station for ``worker``; None when there is none, or one is under way.

    One that somebody took and never settled becomes doubtful: it may be on paper.
    """
    actor.require("printing.drive")
    key = {"hospital": actor.hospital_id, "at_station": station, "now": work.now}
    today = work.service_day()
    for job_id in work.db.execute(_ABANDONED, {**key, "at": work.now}).scalars().all():
        _tell(work, actor, job_id, JobStatus.DOUBTFUL)
    outdated = {"hospital": actor.hospital_id, "at_station": station, "today": today}
    work.db.execute(_OUTDATED, {**outdated, "at": work.now})
    if work.db.execute(_BUSY, key).first() is not None:
        return None
    until = work.now + timedelta(seconds=lease_seconds)
    taken = {**key, "today": today, "by_worker": worker, "until": until}
    job_id = work.db.execute(_CLAIM, taken).scalar()
    return None if job_id is None else queries.job_by_id(work.db, actor.hospital_id, job_id)


def hold(work: Work, actor: Actor, job: JobView, worker: str, lease_seconds: float) -> None:
    """Keep a job of many slips for longer."""
    actor.require("printing.drive")
    until = work.now + timedelta(seconds=lease_seconds)
    work.db.execute(_HOLD, {"job_id": job.id, "by_worker": worker, "until": until})


def settle(
    work: Work,
    actor: Actor,
    job: JobView,
    worker: str,
    status: JobStatus,
    reason: str = "",
    *,
    again_seconds: float = 0.0,
) -> bool:
    """Write down what became of a slip that ``worker`` took; False when it holds it no longer.

    Desks hear of it unless it simply came out, or failed for the same reason again.
    """
    actor.require("printing.drive")
    ended = None if status is JobStatus.FAILED else work.now
    row = {
        "job_id": job.id,
        "by_worker": worker,
        "new_status": status.value,
        "new_reason": reason[:200] or None,
        "again": work.now + timedelta(seconds=again_seconds),
        "ended": ended,
    }
    if work.db.execute(_SETTLE, row).rowcount != 1:
        return False
    news = {
        JobStatus.DOUBTFUL: True,
        JobStatus.FAILED: reason != (job.reason or ""),
    }.get(status, job.tries > 1)
    if news:
        _tell(work, actor, job.id, status)
    return True


def retry(work: Work, actor: Actor, job_id: int) -> JobView:
    """Print a slip that failed at once, or a doubtful one again (marked as printed again).

    Raises:
        JobNotFound: there is no such job.
        JobSettled: it was printed, or waits already.
    """
    actor.require("printing.settle")
    job = _job_named(work, actor, job_id)
    if job.status == JobStatus.DOUBTFUL:
        return reprint(work, actor, What(job.kind, job.object_id, job.label))
    if job.status != JobStatus.FAILED:
        raise JobSettled(
            phrase("{label} is {status}", label=job.label, status=job.status),
            hint="see: hms token reprint",
        )
    _move(work, job, JobStatus.QUEUED)
    _changed(work, actor, job, JobStatus.QUEUED)
    return replace(job, status=JobStatus.QUEUED.value)


def came_out(work: Work, actor: Actor, job_id: int) -> JobView:
    """Say that a doubtful slip did come out.

    Raises:
        JobNotFound: there is no such job.
        JobSettled: it is not in doubt.
    """
    actor.require("printing.settle")
    job = _job_named(work, actor, job_id)
    if job.status != JobStatus.DOUBTFUL:
        raise JobSettled(
            phrase("{label} is {status}", label=job.label, status=job.status),
            hint="only a doubtful slip is settled",
        )
    _move(work, job, JobStatus.PRINTED)
    _changed(work, actor, job, JobStatus.PRINTED)
    return replace(job, status=JobStatus.PRINTED.value, ended_at=work.now)


def list_jobs(
    work: Work, actor: Actor, *, status: str | None = None, every_day: bool = False, limit: int = 50
) -> list[JobView]:
    """Return the newest print jobs, the newest first.

    Raises:
        InvalidInput: there is no such state, or the limit is none.
    """
    actor.require("printing.see")
    if status is not None and status not in {one.value for one in JobStatus}:
        names = ", ".join(one.value for one in JobStatus)
        raise InvalidInput(
            phrase("there is no state {status}", status=show(status)[:40]),
            hint=phrase("use one of: {names}", names=names),
            field="status",
        )
    if not 1 <= limit <= MOST:
        raise InvalidInput(phrase("the limit must be 1 to {most}", most=MOST), field="limit")
    day = None if every_day else work.service_day()
    return queries.jobs_of(work.db, actor.hospital_id, day=day, status=status, limit=limit)


def printer_sentence(work: Work, actor: Actor) -> str:
    """Return what this desk says of its printer, "" when all is well or there is none."""
    actor.require("printing.see")
    config = work.settings.printing
    if not config.on:
        return ""
    return queries.sentence_of(
        work.db, actor.hospital_id, config.station, work.service_day(), work.now
    )


def _insert(work: Work, actor: Actor, what: What, copy_no: int) -> int:
    row = {
        "hospital_id": actor.hospital_id,
        "service_day": work.service_day(),
        "station": work.settings.printing.station,
        "kind": what.kind,
        "object_id": what.object_id,
        "label": what.label,
        "copy_no": copy_no,
        "status": JobStatus.QUEUED.value,
        "tries": 0,
        "created_at": work.now,
        "next_at": work.now,
    }
    key = work.db.execute(_INSERT, row).inserted_primary_key
    assert key is not None
    return int(key[0])


def _move(work: Work, job: JobView, to: JobStatus) -> None:
    ended = None if to is JobStatus.QUEUED else work.now
    row = {
        "job_id": job.id,
        "old_status": job.status,
        "new_status": to.value,
        "ended": ended,
        "again": work.now,
    }
    if work.db.execute(_MOVE, row).rowcount != 1:
        raise JobSettled(
            phrase("{label} was just settled by another desk", label=job.label), hint="look again"
        )


def _job_named(work: Work, actor: Actor, job_id: int) -> JobView:
    job = queries.job_by_id(work.db, actor.hospital_id, job_id)
    if job is None:
        raise JobNotFound(phrase("there is no print job {job_id}", job_id=job_id))
    return job


def _changed(work: Work, actor: Actor, job: JobView, to: JobStatus) -> None:
    work.audit(
        actor, "printing.settle", "print_job", job.id,
        before={"status": job.status}, after={"status": to.value, "label": job.label},
    )  # fmt: skip
    _tell(work, actor, job.id, to)


def _tell(work: Work, actor: Actor, job_id: int, status: JobStatus) -> None:
    work.emit(
        PrintingChanged(topic=None, subject_id=job_id, status=status.value),
        hospital_id=actor.hospital_id,
    )
