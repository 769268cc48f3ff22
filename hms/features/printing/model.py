"""The table of print jobs: one original slip for each thing, one slip at a time on a printer."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from hms.features.printing import rules
from hms.infra.tables import Instant, after_create, partial_index, table_of


class PrintJob(SQLModel, table=True):
    """A slip on its way to paper.

    ``station`` is the desk whose own printer it is for, empty for the common one.
    ``kind`` and ``object_id`` say what is printed, ``label`` what people call it
    (a code, never a name).  ``copy_no`` is 0 for the original.  ``worker`` holds
    it until ``lease_until``.
    """

    __tablename__ = "print_job"
    __table_args__ = (
        UniqueConstraint("kind", "object_id", "copy_no"),
        partial_index(
            "uq_print_job_at_once",
            "hospital_id",
            "station",
            where="status = 'printing'",
            unique=True,
        ),
        partial_index(
            "ix_print_job_unsettled",
            "hospital_id",
            "station",
            "id",
            where="status IN ('queued', 'failed', 'printing', 'doubtful')",
        ),
        CheckConstraint(
            f"status IN ({', '.join(repr(s.value) for s in rules.JobStatus)})", name="status"
        ),
        CheckConstraint(
            "status <> 'printing' OR (worker IS NOT NULL AND lease_until IS NOT NULL)", name="lease"
        ),
        CheckConstraint("copy_no >= 0 AND tries >= 0", name="counts"),
    )

    id: int | None = Field(default=None, primary_key=True)
    hospital_id: int = Field(foreign_key="hospital.id")
    service_day: date
    station: str = Field(default="", max_length=80)
    kind: str = Field(max_length=20)
    object_id: int
    label: str = Field(max_length=40)
    copy_no: int = Field(default=0)
    status: str = Field(default="queued", max_length=12)
    reason: str | None = Field(default=None, max_length=200)
    tries: int = Field(default=0)
    created_at: datetime = Field(sa_type=Instant)
    next_at: datetime = Field(sa_type=Instant)
    worker: str | None = Field(default=None, max_length=40)
    lease_until: datetime | None = Field(default=None, sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)


def _illegal(old: str, new: str) -> str:
    legal = " OR ".join(
        f"({old} = '{source.value}' AND {new} IN ({', '.join(repr(t.value) for t in to)}))"
        for source, to in rules.ALLOWED.items()
        if to
    )
    return f"{old} <> {new} AND NOT ({legal})"


_SQLITE_GUARD = f"""
CREATE TRIGGER IF NOT EXISTS print_job_moves BEFORE UPDATE OF status ON print_job
WHEN {_illegal("OLD.status", "NEW.status")}
BEGIN SELECT RAISE(ABORT, 'a print job cannot move so'); END
"""
_POSTGRES_FUNCTION = f"""
CREATE OR REPLACE FUNCTION print_job_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF {_illegal("OLD.status", "NEW.status")} THEN
    RAISE EXCEPTION 'a print job cannot move so' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$
"""
_POSTGRES_GUARD = (
    "CREATE OR REPLACE TRIGGER print_job_moves BEFORE UPDATE OF status ON print_job "
    "FOR EACH ROW EXECUTE FUNCTION print_job_moves()"
)

_job = table_of(PrintJob)
after_create(_job, _SQLITE_GUARD, "sqlite")
after_create(_job, _POSTGRES_FUNCTION, "postgresql")
after_create(_job, _POSTGRES_GUARD, "postgresql")
