"""The folder of the backups: names, the newest, how many are kept, and a place to work in."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hms.infra.audit_chain import Anchor
from hms.infra.backup import archive
from hms.infra.backup.errors import BackupUnderWay
from hms.infra.settings import Settings
from hms.kernel.errors import HmsError
from hms.kernel.i18n import phrase

SUFFIX = ".hmsbackup"
_NAME = re.compile(r"hms-(\d{8}T\d{6}Z)(?:-\d+)?\.hmsbackup")
_WORKPLACE = ".making-"
_LOCK = ".backup.lock"


@dataclass(frozen=True, slots=True)
class Kept:
    """A backup in the folder, as its head tells it."""

    path: Path
    made_at: datetime
    bytes: int


def folder_of(settings: Settings) -> Path:
    """Return the folder of the backups: ``[backup] to``, relative to the data directory."""
    return settings.data_dir / Path(settings.backup.to).expanduser()


def new_name(folder: Path, at: datetime) -> Path:
    """Return a name in ``folder`` that is not taken."""
    stem = f"hms-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    path, count = folder / f"{stem}{SUFFIX}", 1
    while path.exists():
        count += 1
        path = folder / f"{stem}-{count}{SUFFIX}"
    return path


def backups(folder: Path) -> list[Path]:
    """Return the backups in ``folder``, the oldest first."""
    with suppress(OSError):
        found = [path for path in folder.iterdir() if _NAME.fullmatch(path.name)]
        return sorted(found, key=lambda path: (path.name[:20], path.stat().st_mtime_ns))
    return []


def last_good(settings: Settings) -> Kept | None:
    """Return the newest backup in the folder of the settings whose head can be read.

    A backup got its name only after it was tried out, so having one is the proof
    that it was good when it was made; ``hms backup verify`` tells whether it still is.
    """
    for path in reversed(backups(folder_of(settings))):
        with suppress(HmsError, OSError):
            manifest = archive.read_manifest(path)
            return Kept(path, datetime.fromisoformat(manifest.made_at), path.stat().st_size)
    return None


def anchors(settings: Settings, epoch: str) -> list[Anchor]:
    """Return the heads of the audit chain that the backups of the timeline ``epoch`` hold."""
    found = []
    for path in backups(folder_of(settings)):
        with suppress(HmsError, OSError):
            manifest = archive.read_manifest(path)
            head, at = manifest.facts.audit_head, datetime.fromisoformat(manifest.made_at)
            if head is not None and manifest.facts.epoch == epoch:
                found.append(Anchor(at, epoch, head, path.name))
    return found


def forget_older(folder: Path, keep: int) -> list[Path]:
    """Remove all but the newest ``keep`` backups; return what was removed."""
    old = backups(folder)[:-keep]
    for path in old:
        path.unlink(missing_ok=True)
    return old


@contextmanager
def workplace(folder: Path) -> Iterator[Path]:
    """Give a private folder inside ``folder`` that is gone afterwards, whatever happens.

    What a killed process left there before is cleared first.

    Raises:
        BackupUnderWay: another process works there.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupUnderWay(
                phrase("a backup into {folder} is being made already", folder=folder)
            ) from error
        for left in folder.glob(f"{_WORKPLACE}*"):
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(
            prefix=_WORKPLACE, dir=folder, ignore_cleanup_errors=True
        ) as place:
            yield Path(place)
    finally:
        os.close(lock)


def settle(draft: Path, path: Path) -> None:
    """Give the finished ``draft`` its name ``path``, and put the name on the disk."""
    draft.rename(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Put the names in ``folder`` on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
