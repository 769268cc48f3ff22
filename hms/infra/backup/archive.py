"""The file of a backup: one line with a digest of all the rest, one of facts, then the data.

    HMS BACKUP 1 sha256=<64 digits>
    {"made_at": …, "tables": {…}, …}
    <an SQLite database, or what pg_dump wrote>

The digest covers every byte after the first line and the first line is compared
whole, so no changed byte goes unseen and the digest cannot get lost.  Without HMS
the data is what ``tail -n +3 FILE`` gives.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from hms.infra.backup.errors import BackupDamaged, BackupMissing, FolderUnusable
from hms.infra.backup.facts import Facts
from hms.kernel.i18n import phrase
from hms.kernel.text import show

_MAGIC = b"HMS BACKUP 1 sha256="
_FIRST_LINE = len(_MAGIC) + 64 + 1
_LONGEST_MANIFEST = 262_144
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself; ``data_bytes`` is the length of what follows it."""

    made_at: str
    engine: str
    hms: str
    data_bytes: int
    facts: Facts

    def line(self) -> bytes:
        """Return the manifest as its line in the file."""
        return json.dumps(asdict(self), sort_keys=True).encode("ascii") + b"\n"


def write(path: Path, manifest: Manifest, data: Path) -> None:
    """Write the backup ``path`` (0600) of ``data`` and put it on the disk."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o600), "wb") as out, data.open("rb") as source:
        line = manifest.line()
        digest = sha256(line)
        out.write(_MAGIC + b"0" * 64 + b"\n" + line)
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            out.write(chunk)
        out.seek(len(_MAGIC))
        out.write(digest.hexdigest().encode("ascii"))
        out.flush()
        os.fsync(out.fileno())


def read_manifest(path: Path) -> Manifest:
    """Return what ``path`` says of itself, without looking whether it is whole.

    Raises:
        BackupMissing: there is no such file.
        BackupDamaged: it is no backup, or its head cannot be read.
    """
    with _opened(path) as file:
        return _head(path, file)[1]


def check(path: Path) -> Manifest:
    """Return the manifest of ``path`` after every byte was compared with the digest.

    Raises:
        BackupMissing: there is no such file.
        BackupDamaged: a byte differs, the digest is missing, or it is no backup.
    """
    return _pass_over(path, None)


def extract(path: Path, data: Path) -> Manifest:
    """Write the data of ``path`` to ``data`` (0600), every byte compared with the digest.

    Raises:
        BackupDamaged: it is not whole; ``data`` is then not to be used.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(data, flags, 0o600), "wb") as out:
        manifest = _pass_over(path, out)
        out.flush()
        os.fsync(out.fileno())
    return manifest


def _pass_over(path: Path, out: BinaryIO | None) -> Manifest:
    with _opened(path) as file:
        stated, manifest = _head(path, file)
        digest = sha256(manifest.line())
        length = 0
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            length += len(chunk)
            if out is not None:
                out.write(chunk)
    if digest.hexdigest().encode("ascii") != stated or length != manifest.data_bytes:
        raise BackupDamaged(
            phrase("{path} is not what was written: its digest differs", path=show(path))
        )
    return manifest


def _head(path: Path, file: BinaryIO) -> tuple[bytes, Manifest]:
    """Return the stated digest and the manifest, which must read exactly as it was written."""
    first = file.read(_FIRST_LINE)
    if not first.startswith(_MAGIC) or len(first) != _FIRST_LINE or first[-1:] != b"\n":
        raise BackupDamaged(
            phrase("{path} has no digest: it is no backup, or its head is damaged", path=show(path))
        )
    line = file.readline(_LONGEST_MANIFEST)
    manifest = _manifest(line)
    if manifest is None or manifest.line() != line:
        raise BackupDamaged(
            phrase("{path} is not what was written: its head differs", path=show(path))
        )
    return first[len(_MAGIC) : -1], manifest


def _manifest(line: bytes) -> Manifest | None:
    try:
        said: dict[str, Any] = json.loads(line)
        return Manifest(**{**said, "facts": Facts.of(said["facts"])})
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    if not path.is_file():
        raise BackupMissing(phrase("there is no file {path}", path=show(path)))
    try:
        file = path.open("rb")
    except OSError as error:
        raise FolderUnusable(
            phrase("{path} cannot be read: {strerror}", path=show(path), strerror=error.strerror)
        ) from error
    with file:
        yield file
