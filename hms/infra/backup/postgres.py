"""Backups of a PostgreSQL database: pg_dump of one snapshot, tried out in a database of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, make_url, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from hms.infra.backup.errors import ToolFailed
from hms.infra.backup.facts import Facts, read_facts
from hms.infra.db import Database, open_database
from hms.infra.lease import StillOpen
from hms.infra.settings import Settings
from hms.kernel import clock, ids
from hms.kernel.errors import HmsError
from hms.kernel.i18n import phrase
from hms.kernel.text import show

T = TypeVar("T")
_MAINTENANCE = "postgres"  # the database from which others are made and renamed
_OTHERS = text(
    "SELECT count(*), min(application_name) FROM pg_stat_activity "
    "WHERE datname = :name AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)


class PostgresEngine:
    """Copies, tries out and puts back one PostgreSQL database."""

    name = "postgresql"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._url = make_url(settings.database.url)

    def bytes_needed(self, data_bytes: int | None = None) -> int:
        """Return about how much room making or trying takes on this machine."""
        if data_bytes is not None:
            return data_bytes
        size = text("SELECT pg_database_size(current_database())")
        with self._opened(self._url) as database:
            return int(database.read_now(lambda work: work.db.execute(size).scalar_one()))

    def copy(self, data: Path) -> Facts:
        """Dump the live database to ``data``; return its facts in the very snapshot of the dump."""
        os.close(os.open(data, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))

        def dump(db: Connection) -> Facts:
            db = db.execution_options(isolation_level="REPEATABLE READ")
            with db.begin() as transaction:
                facts = read_facts(db)
                snapshot = db.execute(text("SELECT pg_export_snapshot()")).scalar_one()
                self._tool(
                    "pg_dump",
                    self._url,
                    "--format=custom", "--no-owner", "--no-privileges",
                    f"--snapshot={snapshot}", f"--file={data}",
                )  # fmt: skip
                transaction.rollback()
            return facts

        with self._opened(self._url) as database:
            return database.backend.run_now(dump, write=False)

    @contextmanager
    def trial(self, data: Path) -> Iterator[Database]:
        """Restore ``data`` into a database of its own, which is dropped afterwards."""
        own = self._url.set(database=f"hms_trial_{ids.op_id()}")
        with self._made(own, data), self._opened(own) as database:
            yield database

    def alone(self, job: Callable[[Connection], T]) -> T:
        """Run ``job`` on the live database while nobody else is connected to it.

        Raises:
            StillOpen: somebody is.
        """
        self._refuse_open(self._url.database or "")
        with self._opened(self._url) as database:
            return database.backend.run_now(job, write=True)

    def put_back(
        self,
        extract: Callable[[Path], None],
        renew: Callable[[Database], None],
        look: Callable[[Connection], None],
    ) -> str | None:
        """Put a backup's data in the place of the live database, while nobody is connected to it.

        The new one is complete under another name before the two are renamed, in
        one transaction; PostgreSQL itself refuses that while somebody is connected.

        Returns:
            The name under which the old database is kept.
        """
        live = self._url.database or ""
        self._refuse_open(live)
        stamp = clock.now().strftime("%Y%m%d_%H%M%S")
        fresh, kept = f"hms_restoring_{ids.op_id()}", f"{live}_before_{stamp}"
        own = self._url.set(database=fresh)
        with TemporaryDirectory(prefix=".restoring-", dir=self._settings.data_dir) as place:
            data = Path(place) / "data"
            extract(data)
            with suppress(SQLAlchemyError, HmsError), self._opened(self._url) as old:
                old.backend.run_now(look, write=False)  # there may be none, or a damaged one
            with self._made(own, data):
                with self._opened(own) as database:
                    renew(database)
                self._swap(live, fresh, kept)
        return kept

    def _swap(self, live: str, fresh: str, kept: str) -> None:
        def swap(db: Connection) -> None:
            with db.begin():
                there = text("SELECT 1 FROM pg_database WHERE datname = :name")
                if db.execute(there, {"name": live}).first() is not None:
                    db.execute(text(f'ALTER DATABASE "{live}" RENAME TO "{kept}"'))
                db.execute(text(f'ALTER DATABASE "{fresh}" RENAME TO "{live}"'))

        try:
            self._maintain(swap)
        except HmsError as error:
            self._refuse_open(live)
            raise ToolFailed(
                phrase("the databases cannot be renamed: {message}", message=error.message)
            ) from error

    def _refuse_open(self, name: str) -> None:
        def others(db: Connection) -> Any:
            with db.begin():
                return db.execute(_OTHERS, {"name": name}).one()

        count, example = self._maintain(others)
        if count:
            raise StillOpen(
                phrase(
                    "{count} connections to the database are open ({example})",
                    count=count,
                    example=show(example),
                )
            )

    @contextmanager
    def _made(self, own: URL, data: Path) -> Iterator[None]:
        """Make the database ``own`` of what ``data`` holds; whatever still has its name goes."""
        name = own.database
        self._maintain(lambda db: _alone(db, f'CREATE DATABASE "{name}" TEMPLATE template0'))
        try:
            self._tool("pg_restore", own, "--no-owner", "--exit-on-error", "--single-transaction",
                       f"--dbname={name}", str(data))  # fmt: skip
            yield
        finally:
            with suppress(HmsError):
                self._maintain(lambda db: _alone(db, f'DROP DATABASE IF EXISTS "{name}"'))

    def _maintain(self, job: Callable[[Connection], Any]) -> Any:
        """Run ``job`` beside the live database."""
        try:
            with self._opened(self._url.set(database=_MAINTENANCE)) as database:
                return database.backend.run_now(job, write=True)
        except DBAPIError as error:
            if "permission denied" not in str(error.orig):
                raise
            raise ToolFailed(
                "the database user may not make the database a backup is tried out in",
                hint=phrase(
                    "as an administrator of PostgreSQL: ALTER ROLE {username} CREATEDB",
                    username=self._url.username,
                ),
            ) from error

    @contextmanager
    def _opened(self, url: URL) -> Iterator[Database]:
        plain = url.render_as_string(hide_password=False)
        database = open_database(self._settings, url=plain, long_jobs=True)
        try:
            yield database
        finally:
            database.close_now()

    def _tool(self, name: str, url: URL, *arguments: str) -> None:
        """Run a program of PostgreSQL; the password goes by the environment, never by argv."""
        path = shutil.which(name)
        if path is None:
            raise ToolFailed(
                phrase("{name} is not installed", name=name),
                hint="apt-get install postgresql-client",
            )
        host, port = _server(url)
        told = {
            "PGHOST": host,
            "PGPORT": port,
            "PGUSER": url.username,
            "PGPASSWORD": url.password,
            "PGDATABASE": url.database,
            "PGTARGETSESSIONATTRS": "primary" if "," in host else "",
        }
        environment = {**os.environ, **{key: str(value) for key, value in told.items() if value}}
        done = subprocess.run(  # noqa: S603 - our own words, no shell
            [path, *arguments], env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            said = done.stderr.strip().splitlines()
            raise ToolFailed(
                phrase(
                    "{name}: {value}", name=name, value=show(said[-1]) if said else done.returncode
                )
            )


def _server(url: URL) -> tuple[str, str]:
    """Return host and port as PostgreSQL's own programs take them, several with commas."""
    named = url.query.get("host", "")
    if isinstance(named, str):
        return url.host or named, str(url.port or url.query.get("port", ""))
    hosts, _, ports = zip(*(one.rpartition(":") for one in named), strict=True)
    return ",".join(hosts), ",".join(ports)


def _alone(db: Connection, statement: str) -> None:
    """Run a statement that may not be in a transaction."""
    db.execution_options(isolation_level="AUTOCOMMIT").execute(text(statement))
