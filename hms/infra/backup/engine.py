"""What a kind of database does for backups, and which kind the settings name."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from hms.infra.backup.facts import Facts
from hms.infra.db import Database
from hms.infra.settings import Settings

T = TypeVar("T")


class Engine(Protocol):
    """Copies a live database, opens a copy to try it, and puts one back."""

    name: str

    def bytes_needed(self, data_bytes: int | None = None) -> int:
        """Return about how much room making or trying takes, of the live data or of a backup's."""
        ...

    def copy(self, data: Path) -> Facts:
        """Write the live database to the new file ``data``; return its facts at that instant."""
        ...

    def trial(self, data: Path) -> AbstractContextManager[Database]:
        """Open what ``data`` holds as a database of its own, gone afterwards."""
        ...

    def alone(self, job: Callable[[Connection], T]) -> T:
        """Run ``job`` on the live database while nobody else has it open."""
        ...

    def put_back(
        self,
        extract: Callable[[Path], None],
        renew: Callable[[Database], None],
        look: Callable[[Connection], None],
    ) -> str | None:
        """Put a backup's data in the place of the live database; return what the old one is now.

        ``look`` sees the old one first; where there is none that can be read, it is not asked,
        or what it raises is passed over.
        """
        ...


def engine_of(settings: Settings) -> Engine:
    """Return the engine of the database that ``settings`` name."""
    file = settings.database_file
    if file is not None:
        from hms.infra.backup.sqlite import SqliteEngine

        return SqliteEngine(settings, file)
    from hms.infra.backup.postgres import PostgresEngine

    return PostgresEngine(settings)
