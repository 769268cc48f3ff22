"""Which schema the database has, and making an older one current."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, select, text, update

from hms.infra.tables import SCHEMA_VERSION, Meta, table_of
from hms.infra.uow import Work
from hms.kernel.errors import Exit, Refused, Unavailable
from hms.kernel.i18n import phrase

MIGRATIONS = Path(__file__).parent / "migrations"
_meta = table_of(Meta)
_VERSION = select(_meta.c.value).where(_meta.c.key == "schema_version")


class SchemaDiffers(Refused):
    """The database was made for another version of HMS."""

    code = "database.schema"
    exit = Exit.UNAVAILABLE
    hint = "use the hms that made it"


class MigrationFailed(Unavailable):
    """A step of the way to the present schema could not be done; nothing was changed."""

    code = "database.migration"
    hint = "the database is as it was; keep the backup that was made, and report this"


def version_of(db: Connection) -> int:
    """Return the schema version of the database, 0 when it does not say."""
    found = db.execute(_VERSION).scalar()
    return int(found) if found is not None else 0


def refuse_other_version(work: Work) -> None:
    """Refuse a database that was made for another version of HMS.

    Raises:
        SchemaDiffers: it is older or newer; the hint tells what to do.
    """
    version = version_of(work.db)
    if version == 0:
        raise SchemaDiffers(
            "the database is not complete: a copy into it was not finished",
            hint="go on with: hms db copy, at the hospital that is copied",
        )
    if version != SCHEMA_VERSION:
        raise SchemaDiffers(
            phrase(
                "the database has schema {version}, this hms needs {schema_version}",
                version=version,
                schema_version=SCHEMA_VERSION,
            ),
            hint="make it current with: hms db upgrade" if version < SCHEMA_VERSION else None,
        )


def upgrade(
    db: Connection,
    *,
    folder: Path = MIGRATIONS,
    record: Callable[[Connection, list[int]], None] | None = None,
) -> list[int]:
    """Bring the database to the newest schema in one transaction; return the versions passed.

    Args:
        db: a connection that writes, not in a transaction, alone with the database.
        folder: holds the migrations.
        record: writes down in the same transaction which versions were passed.

    Raises:
        MigrationFailed: the result does not hold together; nothing was changed.
    """
    sqlite = db.dialect.name == "sqlite"
    if sqlite:  # a table that is rebuilt would take its rows' children with it
        _pragma(db, "foreign_keys=OFF")
    try:
        with db.begin():
            steps = _run(db, folder)
            if steps:
                _set_version(db, steps[-1])
                if record is not None:
                    record(db, steps)
            broken = db.exec_driver_sql("PRAGMA foreign_key_check").first() if sqlite else None
            if broken is not None:
                raise MigrationFailed(
                    phrase(
                        "after the migration row {broken} of {broken2} is lost",
                        broken=broken[1],
                        broken2=broken[0],
                    )
                )
    finally:
        if sqlite:
            _pragma(db, "foreign_keys=ON")
    return steps


def _run(db: Connection, folder: Path) -> list[int]:
    """Run the steps that are missing, inside the present transaction."""
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    passed: list[int] = []

    def missing(revision: Any, _context: Any) -> Any:
        steps = script._upgrade_revs("head", revision)
        passed.extend(int(step.revision.revision) for step in steps)
        return steps

    config = Config()
    config.set_main_option("script_location", str(folder))
    script = ScriptDirectory.from_config(config)
    _stamp(db)
    with EnvironmentContext(config, script, fn=missing) as environment:
        environment.configure(connection=db, render_as_batch=True)
        environment.run_migrations()
    return passed


def _stamp(db: Connection) -> None:
    """Tell alembic where a database stands that was made whole, not step by step."""
    if not inspect(db).has_table("meta") or inspect(db).has_table("alembic_version"):
        return
    db.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)"))
    revision = f"{version_of(db):04d}"
    db.execute(text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": revision})


def _set_version(db: Connection, version: int) -> None:
    changed = db.execute(
        update(_meta).where(_meta.c.key == "schema_version").values(value=str(version))
    )
    if changed.rowcount == 0:
        db.execute(_meta.insert().values(key="schema_version", value=str(version)))


def _pragma(db: Connection, setting: str) -> None:
    """Set a pragma that has no effect inside a transaction."""
    raw: Any = db.connection.driver_connection
    raw.execute(f"PRAGMA {setting}")
