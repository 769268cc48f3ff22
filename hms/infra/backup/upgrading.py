"""Making the live database current: nobody else at work, a backup first, one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from hms.infra import schema
from hms.infra.backup.engine import engine_of
from hms.infra.backup.make import Made, make_backup
from hms.infra.db import open_database
from hms.infra.schema import MIGRATIONS, SchemaDiffers, version_of
from hms.infra.settings import Settings
from hms.infra.tables import SCHEMA_VERSION
from hms.infra.uow import Work
from hms.kernel import clock, ids
from hms.kernel.actor import Actor
from hms.kernel.i18n import phrase


@dataclass(frozen=True, slots=True)
class Upgraded:
    """The versions before and after; ``backup`` is the one made before, if one was needed."""

    before: int
    after: int
    backup: Made | None

    def as_json(self) -> dict[str, object]:
        """Return what was done for ``--json``."""
        backup = None if self.backup is None else str(self.backup.file)
        return {"before": self.before, "after": self.after, "backup": backup}


def upgrade_database(
    settings: Settings, who: Actor, *, needed: int = SCHEMA_VERSION, folder: Path = MIGRATIONS
) -> Upgraded:
    """Bring the live database to the schema of this hms, after a backup.

    Args:
        settings: of the installation.
        who: acts, for the audit.
        needed: the version that the steps in ``folder`` lead to.
        folder: holds the migrations.

    Raises:
        SchemaDiffers: the database is of a newer hms.
        StillOpen: a process has the database open.
        MigrationFailed: nothing was changed.
    """
    before = _version(settings)
    if before > needed:
        raise SchemaDiffers(
            phrase(
                "the database has schema {before}, this hms knows {needed}",
                before=before,
                needed=needed,
            )
        )
    if before == needed:
        return Upgraded(before, before, None)
    engine = engine_of(settings)
    engine.alone(lambda _db: None)  # refuse before a backup is made for nothing
    made = make_backup(settings, ())

    def record(db: Connection, steps: list[int]) -> None:
        work = Work(db, settings, ids.op_id(), clock.now())
        said = {"schema_version": before}, {"schema_version": steps[-1], "backup": made.file.name}
        work.audit(who, "database.upgrade", "database", None, before=said[0], after=said[1])
        work.flush()

    steps = engine.alone(lambda db: schema.upgrade(db, folder=folder, record=record))
    return Upgraded(before, steps[-1], made)


def _version(settings: Settings) -> int:
    database = open_database(settings)
    try:
        return database.read_now(lambda work: version_of(work.db))
    finally:
        database.close_now()
