"""What can be wrong with a backup, or in the way of one."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hms.kernel.errors import NotFound, ProblemsFound, Refused, Unavailable
from hms.kernel.i18n import phrase
from hms.kernel.text import show


class BackupDamaged(ProblemsFound):
    """The file is not what was written, or is no backup at all."""

    code = "backup.damaged"
    hint = "do not use it; take another one"


class DatabaseUnsound(ProblemsFound):
    """The database itself has faults; a copy of it would have them too."""

    code = "database.unsound"
    hint = "see: hms db check; the last good backup can be put back with: hms restore"


class BackupMissing(NotFound):
    """There is no such file."""

    code = "backup.not_found"


class BackupUnderWay(Refused):
    """Another process makes a backup into the same folder."""

    code = "backup.under_way"
    hint = "wait for it to end"


class BackupForeign(Refused):
    """The backup belongs to another kind of database, or to a newer HMS."""

    code = "backup.foreign"


class NoRoom(Unavailable):
    """The disk has no room; nothing was left behind."""

    code = "backup.no_room"
    hint = "free some space there, or name another folder"


class FolderUnusable(Unavailable):
    """The folder of the backups cannot be read or written."""

    code = "backup.folder"


class ToolFailed(Unavailable):
    """A program of PostgreSQL is missing, or said no."""

    code = "backup.tool"


_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def plain(place: Path) -> Iterator[None]:
    """Say in plain words what the disk or SQLite refuses at ``place``.

    Raises:
        NoRoom: the disk is full.
        FolderUnusable: it cannot be written for another reason.
    """
    import sqlite3

    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise NoRoom(phrase("the disk of {place} is full", place=show(place))) from error
        at = show(error.filename) if error.filename else show(place)
        raise FolderUnusable(
            phrase("{at}: {value}", at=at, value=error.strerror or error)
        ) from error
    except sqlite3.OperationalError as error:
        if "full" in str(error):
            raise NoRoom(phrase("the disk of {place} is full", place=show(place))) from error
        if "disk i/o" in str(error).lower():
            raise FolderUnusable(
                phrase("the disk of {place} fails: {error}", place=show(place), error=error)
            ) from error
        raise
