"""Reading the audit, and the part of backups that asks who may and records who did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hms.features.patients.queries import id_of_mrn
from hms.features.upkeep.queries import AuditFilter, AuditView, entries, masked, of_patient
from hms.infra import audit_anchors, outbox
from hms.infra.audit_chain import Anchor
from hms.infra.audit_verify import Verdict, verify
from hms.infra.backup import facts, folder
from hms.infra.exposed import exposed_files
from hms.infra.schema import refuse_other_version
from hms.infra.uow import Work
from hms.kernel.actor import Actor, Scope
from hms.kernel.errors import InvalidInput, NotFound, NotPermitted
from hms.kernel.feature import Invariant
from hms.kernel.i18n import phrase

MOST_ENTRIES = 10_000
MAX_BACKUP_AGE = timedelta(hours=48)


class BadRange(InvalidInput):
    """A time span or a number of entries that nobody could mean."""

    code = "audit.range"


class NoSuchPatient(NotFound):
    """Nobody has this number."""

    code = "audit.no_such_patient"


@dataclass(frozen=True, slots=True)
class Watch:
    """When the last good backup was made, and which files others on this machine may read.

    A backup has its name only after it was tried out: that there is one says it was.
    """

    now: datetime
    backup_at: datetime | None
    exposed: tuple[str, ...]

    @property
    def backup_old(self) -> bool:
        """Return whether a night's backup is missing."""
        return self.backup_at is None or self.now - self.backup_at > MAX_BACKUP_AGE


@dataclass(frozen=True, slots=True)
class Condition:
    """How the database is; ``problems`` holds a sentence for each fault below the audit."""

    problems: tuple[str, ...]
    audit: Verdict
    rows: int

    @property
    def sound(self) -> bool:
        """Return whether nothing is wrong."""
        return not self.problems and self.audit.sound


def show_audit(
    work: Work, actor: Actor, wanted: AuditFilter, *, patient: str | None = None
) -> list[AuditView]:
    """Return entries of the audit, the newest first; the look is audited itself.

    Args:
        work: the transaction.
        actor: who asks.
        wanted: which entries.
        patient: an MRN, for what was done to this patient's record.

    Raises:
        BadRange: the span ends before it begins, or the limit is no number of entries.
        NoSuchPatient: nobody has this MRN.
        NotPermitted: the role may not read the audit, or not by patient.
    """
    scope = actor.require("audit.read")
    if scope is Scope.MASKED and (patient is not None or _by_patient(wanted)):
        raise NotPermitted(
            "an administrator sees the audit without its patients", hint="ask a manager"
        )
    if not 1 <= wanted.limit <= MOST_ENTRIES:
        raise BadRange(
            phrase("{limit} entries cannot be shown", limit=wanted.limit),
            hint=phrase("ask for 1 to {most_entries}", most_entries=MOST_ENTRIES),
            field="limit",
        )
    if wanted.since and wanted.until and wanted.until <= wanted.since:
        raise BadRange("the span ends before it begins", field="until")
    if patient is not None:
        wanted = _of_patient(work, actor, wanted, patient)
    found = entries(work.db, actor.hospital_id, wanted)
    work.audit(actor, "audit.show", "audit", None, after=wanted.as_json())
    return [masked(entry) for entry in found] if scope is Scope.MASKED else found


def verify_audit(work: Work, actor: Actor) -> Verdict:
    """Compare the audit with its seals and with the heads noted outside of the database.

    Raises:
        NotPermitted: the role may not read the audit.
    """
    actor.require("audit.read")
    return _verdict(work)


def may_back_up(_work: Work, actor: Actor) -> None:
    """Say whether ``actor`` may make and verify backups.

    Raises:
        NotPermitted: the role may not.
    """
    actor.require("backup.make")


def record_backup(work: Work, actor: Actor, file: str, bytes_: int, rows: int) -> None:
    """Record that a backup was made.

    Raises:
        NotPermitted: the role may not.
    """
    actor.require("backup.make")
    after = {"file": file, "bytes": bytes_, "rows": rows}
    work.audit(actor, "backup.make", "database", None, after=after)


def watch_over(work: Work, actor: Actor) -> Watch:
    """Return what an administrator should know at a glance: the last backup, open files.

    Raises:
        NotPermitted: the role may not.
    """
    actor.require("backup.make")
    newest = folder.last_good(work.settings)
    made_at = newest.made_at if newest is not None else None
    names = tuple(str(path) for path in exposed_files(work.settings))
    return Watch(work.now, made_at, names)


def check_database(work: Work, actor: Actor, invariants: Sequence[Invariant]) -> Condition:
    """Look at the structure of the database, at what must hold in it, and at the audit's chain.

    Raises:
        NotPermitted: the role may not.
    """
    actor.require("backup.make")
    found = tuple(facts.problems(work.db, invariants))
    return Condition(found, _verdict(work), facts.read_facts(work.db).rows)


def _verdict(work: Work) -> Verdict:
    settings, epoch = work.settings, outbox.epoch(work.db)
    noted: list[Anchor] = audit_anchors.read(settings.data_dir, epoch)
    noted += folder.anchors(settings, epoch)
    # Each machine on one PostgreSQL notes what it sealed itself: there may be none here.
    return verify(work.db, noted, anchored=settings.database_file is not None)


def _by_patient(wanted: AuditFilter) -> bool:
    return of_patient(wanted.kind or "") and wanted.object_id is not None


def _of_patient(work: Work, actor: Actor, wanted: AuditFilter, mrn: str) -> AuditFilter:
    from dataclasses import replace

    patient_id = id_of_mrn(work.db, actor.hospital_id, mrn)
    if patient_id is None:
        raise NoSuchPatient("no patient has this number", field="patient")
    return replace(wanted, kind="patient", object_id=patient_id)


def before_copy(work: Work, actor: Actor) -> Actor:
    """Return who copies the hospital into another database, for the audit of the copy.

    Raises:
        NotPermitted: it is not theirs to take the data elsewhere.
        SchemaDiffers: the hospital was made for another version of HMS.
    """
    actor.require("backup.make")
    refuse_other_version(work)
    return actor
