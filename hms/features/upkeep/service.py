"""Reading the audit, and the part of backups that asks who may and records who did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hms.features.patients.queries import id_of_mrn
from hms.features.upkeep.queries import AuditFilter, AuditView, entries
from hms.infra import audit_anchors, outbox
from hms.infra.audit_verify import Anchor, Verdict, verify
from hms.infra.backup import facts, folder
from hms.infra.uow import Work
from hms.kernel.actor import Actor
from hms.kernel.errors import InvalidInput, NotFound
from hms.kernel.feature import Invariant

MOST_ENTRIES = 10_000


class BadRange(InvalidInput):
    """A time span or a number of entries that nobody could mean."""

    code = "audit.range"


class NoSuchPatient(NotFound):
    """Nobody has this number."""

    code = "audit.no_such_patient"


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
        NotPermitted: the role may not read the audit.
    """
    actor.require("audit.read")
    if not 1 <= wanted.limit <= MOST_ENTRIES:
        raise BadRange(
            f"{wanted.limit} entries cannot be shown",
            hint=f"ask for 1 to {MOST_ENTRIES}",
            field="limit",
        )
    if wanted.since and wanted.until and wanted.until <= wanted.since:
        raise BadRange("the span ends before it begins", field="until")
    if patient is not None:
        wanted = _of_patient(work, actor, wanted, patient)
    found = entries(work.db, actor.hospital_id, wanted)
    work.audit(actor, "audit.show", "audit", None, after=wanted.as_json())
    return found


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


def _of_patient(work: Work, actor: Actor, wanted: AuditFilter, mrn: str) -> AuditFilter:
    from dataclasses import replace

    patient_id = id_of_mrn(work.db, actor.hospital_id, mrn)
    if patient_id is None:
        raise NoSuchPatient("no patient has this number", field="patient")
    return replace(wanted, kind="patient", object_id=patient_id)
