"""Files that hold secrets: ours alone (0600), never followed through a link, never half-written."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from hms.kernel.errors import NotPermitted
from hms.kernel.i18n import phrase
from hms.kernel.text import show


class UnsafeFile(NotPermitted):
    """A file with a secret that others own, may read or may have swapped."""

    code = "file.unsafe"


def read_private(path: Path, *, max_bytes: int = 65_536) -> bytes:
    """Return the content of ``path``.

    Raises:
        FileNotFoundError: there is no such file.
        UnsafeFile: it is a link or no plain file, another user owns it, or others may read it.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UnsafeFile(
            phrase("{path} cannot be opened: {strerror}", path=show(path), strerror=error.strerror),
            hint="see: hms check",
        ) from error
    try:
        _refuse_unsafe(path, os.fstat(handle))
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(max_bytes)
    finally:
        os.close(handle)


def _refuse_unsafe(path: Path, status: os.stat_result) -> None:
    name = show(path)
    if not stat.S_ISREG(status.st_mode):
        raise UnsafeFile(phrase("{name} is not a plain file", name=name), hint="remove it")
    if status.st_uid != os.geteuid():
        raise UnsafeFile(
            phrase("{name} belongs to another user", name=name),
            hint="remove it, or change its owner",
        )
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise UnsafeFile(
            phrase("{name} may be read by others", name=name),
            hint=phrase("run: chmod 600 {name}", name=name),
        )


def write_private(path: Path, content: bytes, *, replace: bool = True) -> bool:
    """Write ``content`` to ``path`` with mode 0600, wholly or not at all.

    The folder is made with mode 0700 when it is missing.  With ``replace`` False
    a file that exists is left as it is.

    Returns:
        Whether the file was written.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(draft, flags, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            draft.replace(path)
            return True
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            return False
        return True
    finally:
        draft.unlink(missing_ok=True)
