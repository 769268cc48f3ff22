"""Making a backup, trying one out, putting one back."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import update

import hms
from hms.infra import audit_anchors, audit_chain
from hms.infra.audit_verify import verify
from hms.infra.backup import archive, folder
from hms.infra.backup.archive import Manifest
from hms.infra.backup.engine import Engine, engine_of
from hms.infra.backup.errors import (
    BackupDamaged,
    BackupForeign,
    DatabaseUnsound,
    NoRoom,
    plain,
)
from hms.infra.backup.facts import Facts, problems, read_facts
from hms.infra.backup.numbers import RESTORE, Carried, Carrier, Numbers
from hms.infra.db import Database, open_database
from hms.infra.schema import upgrade, version_of
from hms.infra.sealing import note_head_now, seal_all_now
from hms.infra.settings import Settings
from hms.infra.tables import SCHEMA_VERSION, Meta, table_of
from hms.infra.uow import Work
from hms.kernel import clock, ids
from hms.kernel.actor import Actor
from hms.kernel.feature import Invariant
from hms.kernel.i18n import phrase
from hms.kernel.text import show


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was tried out; ``removed`` are older ones that made room."""

    file: Path
    bytes: int
    manifest: Manifest
    removed: tuple[Path, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return the one proof of the backup."""
        facts = self.manifest.facts
        return {
            "file": str(self.file),
            "bytes": self.bytes,
            "rows": facts.rows,
            "verified": True,
            "made_at": self.manifest.made_at,
            "tables": facts.tables,
            "schema_version": facts.schema_version,
            "audit_head": None if facts.audit_head is None else facts.audit_head.hash,
            "removed": [str(path) for path in self.removed],
        }


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back, and where the old data is."""

    manifest: Manifest
    kept: str | None
    numbers: Carried

    def as_json(self) -> dict[str, object]:
        """Return what was done for ``--json``."""
        return {
            "made_at": self.manifest.made_at,
            "rows": self.manifest.facts.rows,
            "old_data": self.kept,
            "numbers": self.numbers.as_json(),
        }


def make_backup(
    settings: Settings,
    invariants: Sequence[Invariant],
    *,
    to: Path | None = None,
    keep: int | None = None,
) -> Made:
    """Back up the live database while desks work; the file appears only after it was tried out.

    Args:
        settings: of the installation.
        invariants: what must hold in the database.
        to: the folder; by default the one of the settings.
        keep: how many stay in that folder, None for all.

    Raises:
        BackupUnderWay: another process makes one there.
        NoRoom, FolderUnusable: the disk refuses; nothing is left behind.
        DatabaseUnsound: the database has faults, so a copy proves nothing.
    """
    engine = engine_of(settings)
    target = folder.folder_of(settings) if to is None else to.absolute()
    _seal_if_current(settings)
    with plain(target), folder.workplace(target) as place:
        _refuse_full(target, engine.bytes_needed())
        draft = _draft(engine, place)
        manifest = _try(engine, draft, place, invariants)
        path = folder.new_name(target, clock.now())
        folder.settle(draft, path)
        removed = folder.forget_older(target, keep) if keep is not None else []
        return Made(path, path.stat().st_size, manifest, tuple(removed))


def verify_backup(settings: Settings, path: Path, invariants: Sequence[Invariant]) -> Made:
    """Compare every byte of ``path`` with its digest, then try it out as a restore would.

    Raises:
        BackupMissing: there is no such file.
        BackupDamaged: it is not what was written, or does not hold what it says.
        BackupForeign: it is of another kind of database, or of a newer HMS.
    """
    manifest = archive.check(path)
    engine = _engine_for(settings, path, manifest)
    with plain(settings.data_dir), folder.workplace(settings.data_dir) as place:
        _refuse_full(place, engine.bytes_needed(manifest.data_bytes))
        _try(engine, path, place, invariants)
    return Made(path, path.stat().st_size, manifest)


def restore_backup(
    settings: Settings,
    path: Path,
    invariants: Sequence[Invariant],
    *,
    who: Actor,
    renew: Callable[[Work], None],
    numbers: Sequence[Numbers] = (),
    skip: int | None = None,
) -> Restored:
    """Put ``path`` in the place of the live database, which nobody may have open.

    The restored database is a new timeline: walls trust no number of the old one.
    One of an older schema is made current on the way.  Numbers go on behind those that
    were given since the backup.

    Args:
        settings: of the installation.
        path: the backup.
        invariants: what must hold in it.
        who: acts, for the audit.
        renew: what else ends with the old timeline (sessions).
        numbers: of the features, to be carried over.
        skip: how many to leave out of each series (see ``numbers.Carrier``).

    Raises:
        StillOpen: a process has the database open.
        BackupDamaged, BackupForeign, NoRoom: as for ``verify_backup``; nothing was changed.
    """
    manifest = archive.check(path)
    engine = _engine_for(settings, path, manifest)
    carrier = Carrier(settings, numbers, manifest.facts, skip)
    carried: list[Carried] = []

    def extract(data: Path) -> None:
        if archive.extract(path, data) != manifest:
            raise BackupDamaged(phrase("{path} was changed meanwhile", path=show(path)))

    def start_anew(database: Database) -> None:
        _compare(database, manifest, path, invariants)
        database.backend.run_now(upgrade, write=True)
        new = database.write_now(
            lambda work: _new_timeline(work, who, path, manifest, renew, carrier)
        )
        carried.append(new)
        while database.write_now(lambda work: audit_chain.seal(work.db)) == audit_chain.BATCH:
            continue

    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with plain(settings.data_dir):
        _refuse_full(settings.data_dir, engine.bytes_needed(manifest.data_bytes))
        kept = engine.put_back(extract, start_anew, carrier.look)
        _keep_anchors(settings)
    return Restored(manifest, kept, carried[-1])


def _draft(engine: Engine, place: Path) -> Path:
    """Write the backup's file in ``place``, and put it on the disk."""
    data, draft = place / "data", place / "draft"
    made_at = clock.iso(clock.now()) or ""
    facts = engine.copy(data)
    manifest = Manifest(made_at, engine.name, hms.__version__, data.stat().st_size, facts)
    archive.write(draft, manifest, data)
    data.unlink()
    return draft


def _try(engine: Engine, path: Path, place: Path, invariants: Sequence[Invariant]) -> Manifest:
    """Restore ``path`` into ``place``, look at everything, and write to it."""
    data = place / "trial.db"
    manifest = archive.extract(path, data)
    with engine.trial(data) as database:
        _compare(database, manifest, path, invariants)
        database.write_now(lambda work: _set_epoch(work, ids.op_id()))
    return manifest


def _compare(
    database: Database, manifest: Manifest, path: Path, invariants: Sequence[Invariant]
) -> None:
    found, facts = database.read_now(lambda work: _look(work, invariants))
    if found:
        raise DatabaseUnsound(phrase("{name}: {join}", name=show(path.name), join="; ".join(found)))
    if facts != manifest.facts:
        raise BackupDamaged(phrase("{path} does not hold what it says", path=show(path)))


def _look(work: Work, invariants: Sequence[Invariant]) -> tuple[list[str], Facts]:
    """Return the faults and the facts; what only holds of our own schema is not asked of others."""
    ours = version_of(work.db) == SCHEMA_VERSION
    found = problems(work.db, invariants if ours else ())
    if found:
        return found, Facts(0, "", {}, 0, None)
    if ours:
        chain = verify(work.db, (), anchored=False)
        found = [fault.message for fault in chain.faults[:5]]
    return found, read_facts(work.db)


def _new_timeline(
    work: Work,
    who: Actor,
    path: Path,
    manifest: Manifest,
    renew: Callable[[Work], None],
    carrier: Carrier,
) -> Carried:
    epoch = ids.op_id()
    _set_epoch(work, epoch)
    renew(work)
    carried = carrier.carry(work)
    facts = manifest.facts
    before = {"epoch": facts.epoch}
    after = {
        "epoch": epoch,
        "file": path.name,
        "made_at": manifest.made_at,
        "rows": facts.rows,
        "numbers": carried.as_json(),
    }
    work.audit(who, RESTORE, "database", None, before=before, after=after)
    return carried


def _set_epoch(work: Work, epoch: str) -> None:
    meta = table_of(Meta)
    work.db.execute(update(meta).where(meta.c.key == "epoch").values(value=epoch))


def _engine_for(settings: Settings, path: Path, manifest: Manifest) -> Engine:
    engine = engine_of(settings)
    if manifest.engine != engine.name:
        raise BackupForeign(
            phrase(
                "{path} is of {engine}, the database here is {name}",
                path=show(path),
                engine=show(manifest.engine),
                name=engine.name,
            ),
            hint="point [database] url at a database of that kind",
        )
    version = manifest.facts.schema_version
    if version > SCHEMA_VERSION:
        raise BackupForeign(
            phrase(
                "{path} has schema {version}, this hms needs {schema_version}",
                path=show(path),
                version=version,
                schema_version=SCHEMA_VERSION,
            ),
            hint=phrase("use the hms that made it ({hms})", hms=show(manifest.hms)),
        )
    return engine


def _refuse_full(place: Path, needed: int) -> None:
    free = shutil.disk_usage(place).free
    if free < needed:
        need = f"about {needed >> 10} KiB are needed"
        raise NoRoom(
            phrase(
                "{place} has {free} KiB free, {need}", place=show(place), free=free >> 10, need=need
            )
        )


def _seal_if_current(settings: Settings) -> None:
    """Seal the audit, so that the backup holds all of the chain; an older one is as it is."""
    database = open_database(settings)
    try:
        if database.read_now(lambda work: version_of(work.db)) == SCHEMA_VERSION:
            seal_all_now(database)
    finally:
        database.close_now()


def _keep_anchors(settings: Settings) -> None:
    """Set the noted heads of the old timeline aside and note the new one's."""
    noted = audit_anchors.anchor_file(settings.data_dir)
    if noted.exists():
        stamp = clock.now().strftime("%Y%m%dT%H%M%S%fZ")
        noted.replace(noted.with_name(f"{noted.name}.before-restore-{stamp}"))
    database = open_database(settings)
    try:
        note_head_now(database)
    finally:
        database.close_now()
